//! CORS and the security headers of every answer. Source: `docs/behaviour/http-api.md` section 6.

use super::{Shared, envelope};
use crate::ecmascript;
use crate::release::CorsHeaders;
use crate::workspace::Workspace;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};

/// `Access-Control-Allow-Headers`, which has grown from release to release.
fn allowed_headers(rule: CorsHeaders) -> HeaderValue {
    HeaderValue::from_static(match rule {
        CorsHeaders::Credentials => "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token",
        CorsHeaders::Visitors => {
            "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token, Authorization"
        }
        CorsHeaders::Mcp => {
            "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token, Authorization, \
             MCP-Protocol-Version"
        }
    })
}

const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE, HEAD, PATCH");
const ANY: HeaderValue = HeaderValue::from_static("*");

/// Answers OPTIONS, and adds the headers to everything else.
pub async fn apply(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_options = request.method() == Method::OPTIONS;
    let workspace = request.app_data::<Data<Shared>>().map(|api| api.workspace.now());
    let mut response = match &workspace {
        Some(workspace) if is_options => {
            let answer = options(request.headers(), workspace);
            request.into_response(answer)
        }
        _ => next.call(request).await?.map_into_boxed_body(),
    };
    let headers = response.headers_mut();
    if let Some(workspace) = workspace
        && !is_options
    {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed_headers(workspace.release.cors_headers));
    }
    headers.insert(HeaderName::from_static("x-xss-protection"), HeaderValue::from_static("1"));
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    Ok(response)
}

fn options(headers: &HeaderMap, workspace: &Workspace) -> HttpResponse {
    let (settings, allowed) = (&workspace.settings, allowed_headers(workspace.release.cors_headers));
    let origin = headers.get(ORIGIN);
    if origin.is_none() && !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return HttpResponse::Ok()
            .content_type("text/plain;charset=UTF-8")
            .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, ANY))
            .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, allowed))
            .body("OK");
    }
    if !settings.cors_enabled {
        return HttpResponse::MethodNotAllowed()
            .content_type(envelope::TEXT)
            .body("CORS not enabled. Go to \"Admin > General > REST Api\" to enable it.");
    }
    let mut answer = HttpResponse::Ok();
    if settings.cors_origin == "*" {
        answer.insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, ANY));
    } else {
        let listed = origin.filter(|origin| is_listed(&settings.cors_origin, origin));
        let Some(origin) = listed else {
            return HttpResponse::Forbidden().content_type(envelope::TEXT).body("Invalid origin");
        };
        answer.insert_header((VARY, "Origin")).insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()));
    }
    answer
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, allowed))
        .content_type(envelope::TEXT)
        .body("OK")
}

/// The list is lower-cased, the origin is not.
fn is_listed(list: &str, origin: &HeaderValue) -> bool {
    ecmascript::split_list(list).any(|listed| listed.to_lowercase().as_bytes() == origin.as_bytes())
}
