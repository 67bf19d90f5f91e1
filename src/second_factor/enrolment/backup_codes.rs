//! Backup codes: shown once, stored as hashes. Source: `docs/behaviour/two-factor.md` section 3.

use crate::random;
use crate::second_factor::totp::backup_hash;
use secrecy::{ExposeSecret, SecretString};

const COUNT: usize = 12;
const LENGTH: usize = 8;
/// Meteor's characters of ids: none that can be mistaken for another.
const ALPHABET: &[u8; 55] = b"23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz";

/// A new set of codes, in plain text.
#[derive(Debug, Clone)]
pub struct BackupCodes(Vec<SecretString>);

impl BackupCodes {
    pub fn generate() -> BackupCodes {
        BackupCodes((0..COUNT).map(|_| random::characters(ALPHABET, LENGTH).into()).collect())
    }

    /// What is stored of them.
    pub fn hashes(&self) -> Vec<String> {
        self.0.iter().map(|code| backup_hash(code.expose_secret())).collect()
    }

    /// The plain text, for the one who is to write it down.
    pub fn expose(&self) -> Vec<&str> {
        self.0.iter().map(ExposeSecret::expose_secret).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_twelve_different_ones_of_meteors_characters() {
        let codes = BackupCodes::generate();
        let plain: HashSet<&str> = codes.expose().into_iter().collect();
        assert_eq!(plain.len(), 12);
        assert!(
            plain.iter().all(|code| code.len() == 8 && code.bytes().all(|byte| ALPHABET.contains(&byte)))
        );
        assert_eq!(codes.hashes().len(), 12);
        let shown = format!("{codes:?}");
        assert!(plain.iter().all(|code| !shown.contains(code)));
    }
}
