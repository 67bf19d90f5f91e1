//! `GET /api/docs/openapi.json`: what is said of every route here, for programs. Source: `docs/openapi.json`.

use crate::api::Api;
use crate::config::path_of;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, EntityTag, Header, IfNoneMatch};
use actix_web::web::{Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

const PATH: &str = "/api/docs/openapi.json";

const DOCUMENT: &str = include_str!("../../../docs/openapi.json");
/// The server of the document as it is written, and so of a workspace whose address has no path.
const AT_THE_TOP: &str = r#""url": "/""#;

/// The document as it is served, once somebody has asked for it.
#[derive(Default)]
pub struct Served(OnceLock<(Bytes, EntityTag)>);

pub fn register(routes: &mut ServiceConfig) {
    routes.app_data(Data::new(Served::default()));
    routes.route(PATH, super::get().to(get));
}

async fn get(request: HttpRequest, api: Api, served: Data<Served>) -> HttpResponse {
    let (document, tag) = served.0.get_or_init(|| {
        let document = below(path_of(&api.root_url));
        let tag = EntityTag::new_strong(hex::encode(Sha256::digest(&document)));
        (document.into(), tag)
    });
    let is_known = match IfNoneMatch::parse(&request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    };
    let mut answer = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((ETAG, tag.clone())).insert_header((CACHE_CONTROL, "no-cache"));
    if is_known {
        return answer.finish();
    }
    answer.insert_header((CONTENT_TYPE, "application/json")).body(document.clone())
}

/// The document for a workspace below that path: there its routes are served, whether a proxy takes the path away or not.
fn below(path: &str) -> String {
    if path.is_empty() {
        return DOCUMENT.to_owned();
    }
    DOCUMENT.replacen(AT_THE_TOP, &format!(r#""url": {}"#, Value::from(path)), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_below_the_workspaces_path() {
        for (path, url) in [("", "/"), ("/chat", "/chat"), ("/a\"b", "/a\"b")] {
            let document: Value = serde_json::from_str(&below(path)).expect("JSON");
            assert_eq!(document["servers"], serde_json::json!([{"url": url}]), "{path}");
        }
    }
}
