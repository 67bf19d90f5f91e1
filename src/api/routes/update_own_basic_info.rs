//! `POST /api/v1/users.updateOwnBasicInfo`. Source: `docs/behaviour/update-own-basic-info.md` section 1.

use super::admission::limit_and_read;
use crate::api::call_limit::count_call;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, Body, Largest, basic_info, payload, second_factor};
use crate::api::save_profile::save_profile;
use crate::api::{Api, envelope};
use crate::ecmascript;
use crate::profile::{Change, Scope};
use crate::refusal::Refusal;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use std::sync::Arc;

pub const PATH: &str = "/api/v1/users.updateOwnBasicInfo";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let caller = Authenticated::from_request(&request, &api).await?;
    let (workspace, roles) = (Arc::clone(&caller.workspace), &caller.caller.roles);
    let release = &workspace.release;
    let limit = || count_call(&request, &api, PATH, release.rate_limit, &workspace, roles);
    let read = read_change(&request, payload, &api, &caller);
    let change = limit_and_read(release, limit, read).await?;
    if release.name_characters_checked {
        check_name(&change)?;
    }
    let offered = second_factor::offered(&request, &change);
    let reply = api.reply(&workspace);
    let user =
        save_profile(&request, &api, caller, Scope::Profile, &change, &offered, reply.projection()).await?;
    Ok(envelope::success(reply.write(&user, &workspace.settings)?))
}

async fn read_change(
    request: &HttpRequest,
    payload: Payload,
    api: &Api,
    caller: &Authenticated,
) -> Result<Change, ApiError> {
    let release = &caller.workspace.release;
    let body = Body::read(request, payload, api, Largest::SignedIn, release).await?;
    let body = payload::unwrapped(body, release)?;
    if let (Some(recorder), Body::Json(text)) = (&api.recorder, &body) {
        second_factor::record(recorder, request, caller, text);
    }
    Ok(basic_info::parse(&body, release)?)
}

/// The route's own rule, which the method does not have.
fn check_name(change: &Change) -> Result<(), Refusal> {
    match change.name.truthy() {
        Some(name) if has_forbidden_characters(name) => Err(Refusal::name_characters()),
        _ => Ok(()),
    }
}

/// Also refuses what only looks like an escaped character, such as a bare `%`: decoding it throws.
fn has_forbidden_characters(name: &str) -> bool {
    let forbidden = |text: &str| text.contains(['<', '>', '\\', '/']);
    forbidden(name) || ecmascript::decode_uri(name).is_none_or(|decoded| forbidden(&decoded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_with_markup_or_broken_escapes_are_refused() {
        for name in ["a<b", "a>b", "a\\b", "a/b", "%3Cb", "%3e", "%5C", "100%"] {
            assert!(has_forbidden_characters(name), "{name}");
        }
        for name in ["Example User", "%2F", "Zoë", "100%25"] {
            assert!(!has_forbidden_characters(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_without_special_characters_is_never_refused(name in "[^<>/\\\\%]*") {
            prop_assert!(!has_forbidden_characters(&name));
        }
    }
}
