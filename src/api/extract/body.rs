//! The body by its content type. Source: `docs/behaviour/http-api.md` section 1.5.
//!
//! What cannot be parsed counts as an empty object: the schema then says what is missing.

use super::header;
use actix_web::HttpRequest;
use actix_web::web::Payload;
use futures_util::StreamExt;
use serde::de::{Deserialize, Deserializer, Visitor};
use std::fmt;

/// More than this cannot be stored in one document anyway.
const LIMIT: usize = 16 * 1024 * 1024;

/// It may hold passwords, and so shows itself nowhere.
pub enum Body {
    /// JSON text, not yet parsed. Bytes that are no UTF-8 have been replaced.
    Json(String),
    /// The keys and values of a form; its values are always texts.
    Form(Vec<(String, String)>),
    /// Anything else holds no `data`.
    Other,
}

#[derive(Debug, PartialEq, Eq)]
pub enum BodyError {
    TooLarge,
    /// The client stopped sending.
    Broken,
}

impl Body {
    /// Reads the whole body.
    pub async fn read(request: &HttpRequest, mut payload: Payload) -> Result<Body, BodyError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| BodyError::Broken)?;
            if bytes.len() + chunk.len() > LIMIT {
                return Err(BodyError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        let content_type = header::text(request, "content-type").unwrap_or_default();
        Ok(if content_type.contains("multipart/form-data") {
            Body::Other
        } else if content_type.contains("application/json") {
            Body::Json(decode(bytes))
        } else if content_type.contains("application/x-www-form-urlencoded") {
            Body::Form(url::form_urlencoded::parse(&bytes).into_owned().collect())
        } else {
            Body::Other
        })
    }
}

/// UTF-8 as browsers decode it: a byte order mark is dropped, broken bytes become U+FFFD.
fn decode(bytes: Vec<u8>) -> String {
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    match text.strip_prefix('\u{FEFF}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

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
    fn texts_are_decoded_as_a_browser_does() {
        assert_eq!(decode(b"\xEF\xBB\xBF{}".to_vec()), "{}");
        assert_eq!(decode(b"a\xFFb".to_vec()), "a\u{FFFD}b");
    }

    #[test]
    fn lone_surrogates_become_the_replacement_character() {
        let text = |json: &str| serde_json::from_str::<LossyText>(json).expect("JSON").0;
        assert_eq!(text(r#""a\ud800b""#), "a\u{FFFD}b");
        assert_eq!(text(r#""\udc00\ud83d\ude00é""#), "\u{FFFD}😀é");
        assert_eq!(text(r#""plain""#), "plain");
    }
}
