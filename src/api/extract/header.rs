//! Header values as Node shows them: bytes are Latin-1 characters, repeated headers are joined.

use actix_web::HttpRequest;

/// The header's text; `None` where it is absent or empty.
pub(super) fn text(request: &HttpRequest, name: &str) -> Option<String> {
    let mut text = String::new();
    for value in request.headers().get_all(name) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.extend(value.as_bytes().iter().map(|byte| char::from(*byte)));
    }
    (!text.is_empty()).then_some(text)
}
