//! Stand-ins of the same shape: each letter and digit becomes another one of its kind. The same text has the same stand-in as
//! long as the process runs, so names that are equal, or differ, still do; the key goes with the process.

use crate::random;
use sha2::{Digest, Sha256};

const BYTES_OF_KEY: usize = 32;

pub struct StandIns {
    key: String,
}

impl StandIns {
    pub fn new() -> StandIns {
        StandIns { key: random::hex(BYTES_OF_KEY) }
    }

    /// `$` becomes `#`, so that it begins nothing but what stands for a secret.
    pub fn text(&self, text: &str) -> String {
        let mut bytes = (0_u32..).flat_map(|block| {
            let digest = Sha256::digest(format!("{} {block} {text}", self.key));
            <[u8; 32]>::from(digest)
        });
        let mut another = |first: u8, count: u8| char::from(first + bytes.next().unwrap_or_default() % count);
        let stand_in = |c: char| match c {
            'a'..='z' => another(b'a', 26),
            'A'..='Z' => another(b'A', 26),
            '0'..='9' => another(b'0', 10),
            '$' => '#',
            c if c.is_ascii() || c.is_whitespace() || c.is_control() => c,
            // Of the same length in UTF-8 and UTF-16.
            c => match c.len_utf8() {
                2 => 'é',
                3 => '語',
                _ => '😀',
            },
        };
        text.chars().map(stand_in).collect()
    }

    /// The same number for the same address.
    pub fn number(&self, address: &str) -> u32 {
        let digest = Sha256::digest(format!("{} {}", self.key, address.to_lowercase()));
        digest.iter().take(4).fold(0, |number, byte| (number << 8) | u32::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_texts_stay_equal_and_the_key_is_of_this_process() {
        let (one, other) = (StandIns::new(), StandIns::new());
        let text = "A text with Words and 123 numbers";
        assert_eq!(one.text(text), one.text(text));
        assert_ne!(one.text(text), other.text(text));
        assert_ne!(one.text("anna"), one.text("berta").as_str());
        assert_eq!(one.number("A@b.example"), one.number("a@B.example"));
        assert_eq!(one.text("%3C ${x} @b\n").replace(char::is_alphanumeric, "."), "%.. #{.} @.\n");
    }

    proptest! {
        #[test]
        fn lengths_stay(text in ".{0,80}") {
            let stand_in = StandIns::new().text(&text);
            prop_assert_eq!(stand_in.len(), text.len());
            prop_assert_eq!(stand_in.encode_utf16().count(), text.encode_utf16().count());
            prop_assert!(!stand_in.contains('$'));
        }
    }
}
