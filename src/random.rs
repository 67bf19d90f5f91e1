//! Random texts and numbers: the one place that rolls dice. The generator is fit for secrets; the operating system
//! seeds it.

use rand::seq::IndexedRandom;

/// Meteor's characters of a secret.
const SECRET_ALPHABET: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

/// A token that nobody can guess: 43 characters, as Meteor makes them. Source: `docs/behaviour/login.md` section 1.8.
#[must_use]
pub fn secret() -> String {
    characters(SECRET_ALPHABET, 43)
}

/// Decimal digits.
#[must_use]
pub fn digits(count: usize) -> String {
    characters(b"0123456789", count)
}

/// Hexadecimal digits in lower case, two for each byte.
#[must_use]
pub fn hex(bytes: usize) -> String {
    characters(b"0123456789abcdef", bytes * 2)
}

/// Characters of an alphabet of ASCII, each as likely as any other; none of an empty one.
#[must_use]
pub fn characters(alphabet: &[u8], count: usize) -> String {
    #[expect(clippy::disallowed_methods, reason = "this file owns the dice")]
    let mut dice = rand::rng();
    (0..count).filter_map(|_| alphabet.choose(&mut dice)).copied().map(char::from).collect()
}

/// A number from 0 up to, but not including, `end`; 0 if `end` is 0.
#[must_use]
pub fn below(end: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "this file owns the dice")]
    if end == 0 { 0 } else { rand::random_range(0..end) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_character_of_the_alphabet_comes_and_no_other() {
        let seen: HashSet<char> = digits(10_000).chars().collect();
        assert_eq!(seen, "0123456789".chars().collect());
        assert_eq!((hex(8).len(), secret().len(), digits(0).as_str()), (16, 43, ""));
        assert_eq!((characters(b"", 3), below(0)), (String::new(), 0));
    }
}
