//! `POST /api/v1/users.updateOwnBasicInfo`. Source: `docs/behaviour/update-own-basic-info.md` section 1.

use crate::api::Api;
use crate::api::envelope;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, Body, basic_info, second_factor};
use crate::api::rate_limit::Quota;
use crate::api::routes::admission;
use crate::caller::{Caller, Session};
use crate::ecmascript;
use crate::profile::{self, Change};
use crate::refusal::Refusal;
use crate::workspace::Workspace;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use std::sync::Arc;

pub const PATH: &str = "/api/v1/users.updateOwnBasicInfo";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> HttpResponse {
    admission::respond(&api, async |quota| answer(&request, payload, &api, quota).await).await
}

/// Credentials, then rate limit and body in the release's order, then the change itself.
async fn answer(
    request: &HttpRequest,
    payload: Payload,
    api: &Api,
    quota: &mut Option<Quota>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated { caller, session, .. } = Authenticated::from_request(request, api).await?;
    let workspace = api.workspace.now();
    let count = || api.count_call(request, PATH, api.release.rate_limit, &workspace, &caller.roles);
    let change = async || read_change(request, payload, api).await;
    let change = admission::pass(api, count, change, quota).await?;

    let saved = save(request, api, &workspace, caller, &session, &change).await;
    if let Err(ApiError::Refused(refusal)) = &saved
        && refusal.is_challenge()
        && let Some(quota) = quota
    {
        // The answer to a challenge is a second call; the release's own limit of one call would refuse it.
        api.limiter.give_back(quota);
    }
    saved.map(envelope::success)
}

async fn read_change(request: &HttpRequest, payload: Payload, api: &Api) -> Result<Change, ApiError> {
    let body = Body::read(request, payload).await?;
    Ok(basic_info::parse(&body, api.release.custom_fields_in_data)?)
}

async fn save(
    request: &HttpRequest,
    api: &Api,
    workspace: &Arc<Workspace>,
    caller: Caller,
    session: &Session,
    change: &Change,
) -> Result<String, ApiError> {
    if change.name.truthy().is_some_and(has_forbidden_characters) {
        return Err(Refusal::name_characters().into());
    }
    let saving = api.saving(workspace, api.reply.projection());
    let offered = second_factor::offered(request, change);
    let mut news = api.news(request, &caller, change, workspace);
    let saved = profile::save(&saving, caller, session, change, &offered).await?;
    news.committed(&saved.user);
    let user = api.settled(saved).await;
    news.finished();
    Ok(api.reply.write(&user, &workspace.settings)?)
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
