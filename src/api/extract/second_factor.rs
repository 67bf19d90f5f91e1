//! `x-2fa-code` and `x-2fa-method`, or `currentPassword` in the body. Source: `docs/behaviour/two-factor.md` section 2.

use super::{Authenticated, ClientAddress, header};
use crate::api::Api;
use crate::caller::Client;
use crate::profile::Change;
use crate::record::{Recorder, SecondFactor};
use crate::release::Release;
use crate::second_factor::Offered;
use crate::workspace::Definition;
use actix_web::HttpRequest;

/// The second factor that counts for this request.
pub fn offered(request: &HttpRequest, change: &Change) -> Offered {
    Offered::new(
        change.current_password.as_ref(),
        header::text(request, "x-2fa-code"),
        header::text(request, "x-2fa-method"),
    )
}

/// `x-2fa-code` alone, which is enough at a login.
pub fn header_code(request: &HttpRequest) -> Option<String> {
    header::text(request, "x-2fa-code")
}

/// The second factor in the headers; one of them alone counts for nothing.
pub fn from_headers(request: &HttpRequest) -> Offered {
    Offered::new(None, header::text(request, "x-2fa-code"), header::text(request, "x-2fa-method"))
}

/// The second factor for a route that is guarded as a whole: there each header counts by itself.
pub fn for_guarded_route(request: &HttpRequest) -> Offered {
    Offered {
        code: header::text(request, "x-2fa-code").map(Into::into),
        method: header::text(request, "x-2fa-method"),
    }
}

/// Has a request recorded, with its second factor: which method was offered, and whether there was a code.
pub fn record(recorder: &Recorder, request: &HttpRequest, caller: &Authenticated, body: &str) {
    let (method, code) = (header::text(request, "x-2fa-method"), header::text(request, "x-2fa-code"));
    let offered = SecondFactor { method: method.as_deref(), code: code.as_deref() };
    let is_defined = |name: &str| match &caller.workspace.custom_fields {
        Definition::Fields(fields) => fields.contains_key(name),
        _ => false,
    };
    recorder.note(&caller.caller.id, &offered, body, is_defined);
}

/// What a remembered second factor is bound to.
pub fn client(request: &HttpRequest, api: &Api, release: &Release) -> Client {
    let remembers = api.remembers_user_agent.unwrap_or(release.remembers_user_agent);
    let address = ClientAddress::from_request(request, &api.proxies);
    Client {
        user_agent: remembers.then(|| header::text(request, "user-agent")).flatten(),
        address: Some(address.as_str().to_owned()),
    }
}
