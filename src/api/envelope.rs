//! JSON answers as Rocket.Chat sends them: content type without charset, and no caching of what an action says.

use crate::release::CacheHeaders;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, PRAGMA};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Map, Value};

/// Content type of the answers that are not JSON.
pub const TEXT: &str = "text/plain; charset=UTF-8";

/// 200 with the user, whose JSON is already written.
pub fn success(user: String) -> HttpResponse {
    let mut body = String::with_capacity(user.len() + 24);
    body.push_str(r#"{"user":"#);
    body.push_str(&user);
    body.push_str(r#","success":true}"#);
    answer(body)
}

/// 200 with JSON that is already written.
pub fn answer(body: String) -> HttpResponse {
    uncached(StatusCode::OK).body(body)
}

/// 200 with these fields; without any, only with `success`.
pub fn success_with(mut fields: Map<String, Value>) -> HttpResponse {
    fields.insert("success".to_owned(), true.into());
    action(StatusCode::OK, &Value::Object(fields))
}

/// What an action says.
pub fn action(status: StatusCode, body: &Value) -> HttpResponse {
    uncached(status).body(body.to_string())
}

/// A failure before the action, which not every release keeps from caches.
pub fn early(status: StatusCode, body: &Value, rule: CacheHeaders) -> HttpResponse {
    let forbids = match rule {
        CacheHeaders::EveryAnswer => true,
        CacheHeaders::AllButUnauthorized => status != StatusCode::UNAUTHORIZED,
        CacheHeaders::Actions => false,
    };
    let mut builder = if forbids { uncached(status) } else { json(status) };
    builder.body(body.to_string())
}

/// An answer in words.
pub fn plain(status: StatusCode, text: &'static str) -> HttpResponse {
    HttpResponse::build(status).content_type(TEXT).body(text)
}

/// 500 as the routers up to 7.4 answer what they did not expect.
pub fn server_error() -> HttpResponse {
    let mut builder = uncached(StatusCode::INTERNAL_SERVER_ERROR);
    builder.insert_header((CONTENT_TYPE, HeaderValue::from_static("text/html"))).body("Server error.")
}

fn uncached(status: StatusCode) -> HttpResponseBuilder {
    let mut builder = json(status);
    builder.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"));
    builder
}

fn json(status: StatusCode) -> HttpResponseBuilder {
    let mut builder = HttpResponse::build(status);
    builder.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
    builder
}
