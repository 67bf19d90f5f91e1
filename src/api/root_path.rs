//! Below the path of the workspace's address: with `https://example.org/chat` the routes are those of `/chat/api/v1`, too.
//!
//! Rocket.Chat takes the path from `ROOT_URL` alone, and serves nothing beside it. Here the path of the setting `Site_Url`
//! counts as well, because an operator need not repeat `ROOT_URL`, and the routes themselves always, because a proxy may
//! have taken the path away.

use super::Shared;
use crate::config::path_of;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;
use actix_web::middleware::Next;
use actix_web::web::Data;
use percent_encoding::percent_decode_str;

/// What every route beside a Rocket.Chat begins with.
const API: &str = "/api/";

/// Takes the path of the workspace's address away, before the route is looked for. Notes marks, whichever route is asked for.
pub async fn strip<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if let Some(shared) = request.app_data::<Data<Shared>>() {
        shared.proxies.note_mark(request.request());
    }
    if let Some(uri) = below_root(&request) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
    next.call(request).await
}

fn below_root(request: &ServiceRequest) -> Option<Uri> {
    let path = request.uri().path();
    let shared = request.app_data::<Data<Shared>>()?;
    // Stand-alone, the pages are below it, too.
    let is_route = |left: &&str| shared.standalone || left.starts_with(API);
    let by_configuration = path_below(&shared.root_url, path).filter(is_route);
    let route = match by_configuration {
        None if !path.starts_with(API) => {
            path_below(&shared.workspace.now().settings.site_url, path).filter(is_route)
        }
        found => found,
    }?;
    let with_query = match request.uri().query() {
        Some(query) => format!("{route}?{query}"),
        None => route.to_owned(),
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(with_query).ok()?);
    Uri::from_parts(parts).ok()
}

/// What is left of a request's path below the path of an address, where that has one.
fn path_below<'a>(address: &str, path: &'a str) -> Option<&'a str> {
    let root = path_of(address);
    let mut rest = path;
    for segment in root.split('/').skip(1) {
        let (here, below) = rest.strip_prefix('/')?.split_once('/')?;
        if !percent_decode_str(here).eq(percent_decode_str(segment)) {
            return None;
        }
        rest = &path[path.len() - below.len() - 1..];
    }
    (!root.is_empty()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_below_the_address_segment_by_segment() {
        for (address, path, left) in [
            ("https://example.org/chat", "/chat/api/v1/me", Some("/api/v1/me")),
            ("https://example.org/chat/", "/chat/api/v1/me", Some("/api/v1/me")),
            ("https://example.org/chat//", "/chat/api/v1/me", Some("/api/v1/me")),
            ("https://example.org/chat?a=/b#/c", "/chat/api/v1/me", Some("/api/v1/me")),
            ("https://example.org/a/b", "/a/b/api/info", Some("/api/info")),
            ("https://example.org/a/b", "/a/api/info", None),
            ("https://example.org/api", "/api/api/info", Some("/api/info")),
            ("https://example.org/api", "/api/v1/me", None),
            ("https://example.org/chät x", "/ch%C3%A4t%20x/api/v1/me", Some("/api/v1/me")),
            ("https://example.org/ch%c3%a4t", "/ch%C3%A4t/api/v1/me", Some("/api/v1/me")),
            ("https://example.org/chat", "/%63hat/api/v1/a%2Fb", Some("/api/v1/a%2Fb")),
            ("https://example.org/a%2Fb", "/a/b/api/v1/me", None),
            ("https://example.org/chat", "/Chat/api/v1/me", None),
            ("https://example.org/chat", "/chatter/api/v1/me", None),
            ("https://example.org/chat", "/chat//api/v1/me", None),
            ("https://example.org/chat", "//chat/api/v1/me", None),
            ("https://example.org/chat", "/chat/chat/api/v1/me", None),
            ("https://example.org/chat", "/chat", None),
            ("https://example.org", "/api/v1/me", None),
            ("https://example.org/", "/api/v1/me", None),
            ("", "/api/v1/me", None),
            ("example.org/chat", "/chat/api/v1/me", Some("/api/v1/me")),
        ] {
            let found = path_below(address, path).filter(|left| left.starts_with(API));
            assert_eq!(found, left, "{address} {path}");
        }
    }

    #[test]
    fn a_page_is_below_the_address_as_a_route_is() {
        let address = "https://example.org/chat";
        assert_eq!(path_below(address, "/chat/"), Some("/"));
        assert_eq!(path_below(address, "/chat/reset-password/t"), Some("/reset-password/t"));
        assert_eq!(path_below(address, "/chat"), None);
        assert_eq!(path_below(address, "/docs"), None);
    }
}
