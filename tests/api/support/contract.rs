//! Every answer that a test gets is held against `docs/openapi.json`.

use contract::{Contract, Exceptions, Exchange};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use std::fs;
use std::sync::LazyLock;

static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::committed);

/// Reads the document, which takes a while, so that it is no part of what a test measures.
pub fn prepare() {
    LazyLock::force(&CONTRACT);
}

/// What will be sent, as far as the document says something of it.
pub fn sent(request: &reqwest::Request, except: Exceptions) -> Exchange {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Exchange {
        method: request.method().to_string(),
        path: request.url().path().to_owned(),
        content_type: content_type.unwrap_or_default().to_owned(),
        request: request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default().to_vec(),
        except,
        ..Exchange::default()
    }
}

/// Fails the test where the document does not say that this is answered so.
pub fn hold(sent: Exchange, status: u16, headers: &HeaderMap, answer: &str) {
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    held(&Exchange { status, headers, answer: answer.to_owned(), ..sent });
}

/// The same.
pub fn held(exchange: &Exchange) {
    if let Err(complaint) = CONTRACT.check(exchange) {
        panic!("{complaint}");
    }
}

/// What was checked so far, as a file beside the build results: `.ci/run` shows it.
pub fn tell() {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/contract.txt");
    let _ = fs::write(file, CONTRACT.tally().to_text(CONTRACT.operations()));
}
