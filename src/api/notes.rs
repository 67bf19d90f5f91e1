//! What is learned of a request on its way, for the line that tells of it.

use super::audit::Audit;
use super::extract::ClientAddress;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// The header by which a proxy names a request, and in which the name is sent back.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST_ID: usize = 128;
/// Bytes of an id that is made here, twice as many characters.
const BYTES_OF_ID: usize = 16;

/// One request's. It stays when the request itself is given up.
pub struct Notes {
    pub id: RequestId,
    pub address: ClientAddress,
    user_id: OnceCell<String>,
    error: Cell<Option<&'static str>>,
    pub audit: OnceCell<Audit>,
}

/// A text that can stand in a line and in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The one that came, if it is one that proxies make; else a new one. A second header makes both worthless.
    pub fn of(headers: &HeaderMap) -> RequestId {
        let mut given = headers.get_all(REQUEST_ID);
        match (given.next(), given.next()) {
            (Some(id), None) if is_well_formed(id) => RequestId(id.clone()),
            _ => RequestId::new(),
        }
    }

    fn new() -> RequestId {
        let id = crate::random::hex(BYTES_OF_ID);
        // Digits in hex make a header's value.
        RequestId(HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("none")))
    }

    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub fn to_header(&self) -> HeaderValue {
        self.0.clone()
    }
}

fn is_well_formed(id: &HeaderValue) -> bool {
    let id = id.as_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:+/=".contains(byte);
    (1..=LONGEST_ID).contains(&id.len()) && id.iter().all(is_plain)
}

impl Notes {
    pub fn new(id: RequestId, address: ClientAddress) -> Notes {
        Notes { id, address, user_id: OnceCell::new(), error: Cell::new(None), audit: OnceCell::new() }
    }

    pub fn user_id(&self) -> Option<&str> {
        self.user_id.get().map(String::as_str)
    }

    pub fn error(&self) -> Option<&'static str> {
        self.error.get()
    }
}

/// Those of this request, where there are any.
pub fn of(request: &HttpRequest) -> Option<Rc<Notes>> {
    request.extensions().get::<Rc<Notes>>().cloned()
}

/// It is proved that this user calls.
pub fn signed_in(request: &HttpRequest, user_id: &str) {
    if let Some(notes) = request.extensions().get::<Rc<Notes>>() {
        // A request has one caller.
        let _ = notes.user_id.set(user_id.to_owned());
    }
}

/// Why nothing was done.
pub fn refused(request: &HttpRequest, error: &'static str) {
    if let Some(notes) = request.extensions().get::<Rc<Notes>>() {
        notes.error.set(Some(error));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(values: &[&'static str]) -> RequestId {
        let mut headers = HeaderMap::new();
        values.iter().for_each(|value| headers.append(REQUEST_ID, HeaderValue::from_static(value)));
        RequestId::of(&headers)
    }

    #[test]
    fn what_proxies_make_is_taken_and_anything_else_replaced() {
        for id in ["a", "7F000001:8296_7F00001E:1F90_4F7B0A69_0003:790E", "3f1c-ab.Z+/=", &"x".repeat(128)] {
            let id: &'static str = Box::leak(id.to_owned().into_boxed_str());
            assert_eq!(id_of(&[id]).as_str(), id);
        }
        for ids in [&[][..], &[""], &["a b"], &["a\"b"], &["a{b"], &["a,b"], &["a", "a"]] {
            let id = id_of(ids);
            assert!(id.as_str().len() == 32 && id != id_of(ids), "{ids:?}: {id:?}");
        }
        let long: &'static str = Box::leak("x".repeat(129).into_boxed_str());
        assert_eq!(id_of(&[long]).as_str().len(), 32);
    }
}
