//! Random texts in the forms in which Meteor makes them. Source: `docs/behaviour/login.md` section 1.8.

/// 64 characters, so that six bits of a random byte choose one evenly.
const SECRET_ALPHABET: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

/// A token that nobody can guess: 43 characters.
#[must_use]
pub fn secret() -> String {
    rand::random::<[u8; 43]>()
        .iter()
        .map(|byte| char::from(SECRET_ALPHABET[usize::from(byte & 63)]))
        .collect()
}
