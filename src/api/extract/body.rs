//! The body by its content type. Source: `docs/behaviour/http-api.md` section 1.5.
//!
//! What cannot be parsed counts as an empty object: the schema then says what is missing.

use super::bounds::{FormCount, JsonCount};
use super::header;
use super::nested_form;
use super::schema::SchemaError;
use crate::api::Api;
use crate::api::body_budget::Exhausted;
use crate::release::Release;
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::Payload;
use actix_web::{HttpMessage, HttpRequest};
use futures_util::StreamExt;
use std::io::ErrorKind;

/// The largest body, in bytes. Real ones are below 2 KiB; what is more is room for long custom fields.
#[derive(Debug, Clone, Copy)]
pub enum Largest {
    SignedIn = 256 * 1024,
    /// Of whoever is not signed in: a name, a password, a code.
    Anonymous = 64 * 1024,
}

/// It may hold passwords, and so shows itself nowhere.
pub enum Body {
    /// JSON text, not yet parsed. Bytes that are no UTF-8 have been replaced.
    Json(String),
    /// The keys and values of a form; its values are always texts. Where the version reads nested keys a form is JSON.
    Form(Vec<(String, String)>),
    /// Anything else holds no `data`.
    Other,
}

#[derive(Debug, PartialEq, Eq)]
pub enum BodyError {
    TooLarge,
    /// More or deeper than a body may be.
    OutOfBounds(SchemaError),
    /// It has not come within its time.
    TooSlow,
    /// All requests together hold as much as they may.
    NoRoom,
    /// The client stopped sending.
    Broken,
    /// The field `payload` holds no JSON.
    BrokenPayload,
}

enum Kind {
    Json(JsonCount),
    Form(FormCount),
    Other,
}

impl Body {
    /// Reads the whole body, and judges its size while it comes. What it holds of the budget for all bodies it holds
    /// until the request is over.
    ///
    /// # Errors
    /// [`BodyError`].
    pub async fn read(
        request: &HttpRequest,
        mut payload: Payload,
        api: &Api,
        largest: Largest,
        release: &Release,
    ) -> Result<Body, BodyError> {
        let length = declared_length(request);
        if length.is_some_and(|length| length > largest as u64) {
            return Err(BodyError::TooLarge);
        }
        let (mut kind, mut bytes, mut read) = (Kind::of(request), Vec::new(), 0);
        // What is not looked at needs no room.
        let to_hold = if matches!(kind, Kind::Other) { Some(0) } else { length };
        let mut held = api.body_budget.begin(to_hold.and_then(|length| usize::try_from(length).ok()))?;
        while let Some(chunk) = payload.next().await {
            let chunk = chunk?;
            read += chunk.len();
            if read > largest as usize {
                return Err(BodyError::TooLarge);
            }
            match &mut kind {
                Kind::Json(count) => count.feed(&chunk)?,
                Kind::Form(count) => count.feed(&chunk)?,
                Kind::Other => continue,
            }
            held.grow(chunk.len())?;
            bytes.extend_from_slice(&chunk);
        }
        request.extensions_mut().insert(held);
        Ok(match kind {
            Kind::Json(_) => Body::Json(decode(bytes)),
            Kind::Form(_) => {
                let pairs = url::form_urlencoded::parse(&bytes).into_owned().collect();
                if release.nested_forms {
                    Body::Json(nested_form::to_json(pairs)?)
                } else {
                    Body::Form(pairs)
                }
            }
            Kind::Other => Body::Other,
        })
    }
}

impl Kind {
    fn of(request: &HttpRequest) -> Kind {
        let content_type = header::text(request, "content-type").unwrap_or_default();
        if content_type.contains("multipart/form-data") {
            Kind::Other
        } else if content_type.contains("application/json") {
            Kind::Json(JsonCount::default())
        } else if content_type.contains("application/x-www-form-urlencoded") {
            Kind::Form(FormCount::default())
        } else {
            Kind::Other
        }
    }
}

fn declared_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl From<PayloadError> for BodyError {
    fn from(error: PayloadError) -> Self {
        match error {
            PayloadError::Io(error) if error.kind() == ErrorKind::TimedOut => BodyError::TooSlow,
            _ => BodyError::Broken,
        }
    }
}

impl From<SchemaError> for BodyError {
    fn from(error: SchemaError) -> Self {
        BodyError::OutOfBounds(error)
    }
}

impl From<Exhausted> for BodyError {
    fn from(Exhausted: Exhausted) -> Self {
        BodyError::NoRoom
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_decoded_as_a_browser_does() {
        assert_eq!(decode(b"\xEF\xBB\xBF{}".to_vec()), "{}");
        assert_eq!(decode(b"a\xFFb".to_vec()), "a\u{FFFD}b");
    }
}
