//! Tokens, hashes and ids in the forms in which Rocket.Chat gives them out and stores them.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

const BCRYPT_COST: u32 = 10;
/// What Meteor makes ids of: no character that can be mistaken for another.
const ID_ALPHABET: &[u8; 55] = b"23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz";
const ID_LENGTH: usize = 17;

/// A password as clients send it, and as the input of the stored hash.
pub fn password_digest(password: &str) -> String {
    hex_digest(password)
}

/// The lower-case hex SHA-256.
pub(super) fn hex_digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A secret of 43 characters; the same one for the same `origin` on every run.
pub(super) fn secret(origin: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("devstack secret: {origin}")))
}

/// A login token as it is stored.
pub(super) fn hashed_token(token: &str) -> String {
    STANDARD.encode(Sha256::digest(token))
}

/// An id as Meteor makes them; the same one for the same `origin` on every run.
pub(super) fn meteor_id(origin: &str) -> String {
    let digest = Sha256::digest(origin);
    digest[..ID_LENGTH]
        .iter()
        .map(|byte| char::from(ID_ALPHABET[usize::from(*byte) % ID_ALPHABET.len()]))
        .collect()
}

/// The stored hashes of passwords.
pub(super) struct Hashes(HashMap<String, String>);

impl Hashes {
    pub(super) fn of(passwords: Vec<String>) -> Hashes {
        Hashes(hash_all(passwords))
    }

    /// The hash of one of these passwords.
    pub(super) fn get(&self, password: &str) -> &str {
        &self.0[password]
    }
}

/// Hashing is slow by design, so all cores share it.
fn hash_all(passwords: Vec<String>) -> HashMap<String, String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = passwords.len().div_ceil(cores);
    std::thread::scope(|scope| {
        let workers: Vec<_> = passwords
            .chunks(share)
            .map(|share| {
                scope.spawn(|| {
                    share.iter().map(|password| (password.clone(), hash(password))).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("hashing does not panic")).collect()
    })
}

fn hash(password: &str) -> String {
    bcrypt::hash(password_digest(password), BCRYPT_COST)
        .expect("the cost and the length of a digest are valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_rocket_chat() {
        assert_eq!(secret("x").len(), 43);
        assert_eq!(hashed_token("x").len(), 44);
        assert_eq!(meteor_id("x").len(), 17);
        assert_eq!(
            hex_digest("passw0rd"),
            "8f0e2f76e22b43e2855189877e7dc1e1e7d98c226c95db247cd1d547928334a9"
        );
    }
}
