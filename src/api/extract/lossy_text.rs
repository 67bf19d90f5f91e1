//! JSON texts as Node writes them to the database.

use serde::de::{Deserialize, Deserializer, Visitor};
use std::fmt;

/// A JSON text in which a lone surrogate has become U+FFFD, as when Node writes it to the database.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct LossyText(pub String);

impl<'de> Deserialize<'de> for LossyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = LossyText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<LossyText, E> {
                Ok(LossyText(text.to_owned()))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<LossyText, E> {
                Ok(LossyText(without_surrogates(bytes)))
            }
        }
        // As bytes, serde_json lets lone surrogates through, in three bytes each.
        deserializer.deserialize_bytes(Text)
    }
}

fn without_surrogates(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut cleaned = bytes.to_vec();
    for at in 0..cleaned.len().saturating_sub(2) {
        if cleaned[at] == 0xED && cleaned[at + 1] >= 0xA0 {
            cleaned[at..at + 3].copy_from_slice("\u{FFFD}".as_bytes());
        }
    }
    String::from_utf8_lossy(&cleaned).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_become_the_replacement_character() {
        let text = |json: &str| serde_json::from_str::<LossyText>(json).expect("JSON").0;
        assert_eq!(text(r#""a\ud800b""#), "a\u{FFFD}b");
        assert_eq!(text(r#""\udc00\ud83d\ude00é""#), "\u{FFFD}😀é");
        assert_eq!(text(r#""plain""#), "plain");
    }
}
