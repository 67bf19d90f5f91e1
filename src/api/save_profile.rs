//! One change of a profile, from where the request is read to where the answer is written: save, announce, wait for a
//! new name to be everywhere. The route and the method share it.

use super::Api;
use super::announcing::{self, Announcement};
use super::audit::{self, Sensitive};
use super::call_limit;
use super::error::ApiError;
use super::extract::Authenticated;
use crate::domain_error::DomainError;
use crate::hashing::Work;
use crate::profile::{self, Change, Saving, Scope};
use crate::release::Release;
use crate::second_factor::{GuessedAt, Offered};
use actix_web::HttpRequest;
use bson::{Document, RawDocumentBuf};

/// Returns the new document; `projection`: what of it the reply needs.
///
/// # Errors
/// [`ApiError`]; nothing was saved then.
pub async fn save_profile(
    request: &HttpRequest,
    api: &Api,
    Authenticated { caller, session, workspace, .. }: Authenticated,
    scope: Scope,
    change: &Change,
    offered: &Offered,
    projection: Document,
) -> Result<RawDocumentBuf, ApiError> {
    if let Some(sensitive) = Sensitive::of_profile(change, &caller) {
        audit::begin(request, sensitive);
    }
    let now = (api.clock)();
    let work = Work::of_user(&caller.id);
    let saving = Saving {
        scope,
        gate: api.gate(&workspace, GuessedAt::Session, work.clone(), now),
        store: &api.store,
        hashing: api.hashing.on_behalf_of(work),
        mail_limit: &api.mail_limit,
        limits_changes: api.limiter.follows_release(),
        mail_domains: api.mail_domains.as_ref(),
        workspace: &workspace,
        projection: announcing::projection(api, &workspace, projection),
        now,
    };
    let mut announcement = Announcement::prepare(api, request, &caller, change, &workspace);
    let saved = profile::save(&saving, caller, &session, change, offered).await;
    let saved = saved.inspect_err(|error| give_back_challenge(request, api, &workspace.release, error))?;
    audit::proved(request, saved.proof);
    announcement.committed(&saved.user, saved.is_written_elsewhere);
    if let Some(rename) = saved.rename {
        // It goes on behind the answer when this wait is over.
        rename.wait(api.rename_wait.min(api.deadline.left())).await;
    }
    announcement.finished();
    Ok(saved.user)
}

/// The answer to a challenge is a second call; the release's own limit of one call would refuse it.
fn give_back_challenge(request: &HttpRequest, api: &Api, release: &Release, error: &DomainError) {
    if let DomainError::Refused(refusal) = error
        && refusal.is_challenge()
        && !release.challenge_counts
    {
        call_limit::give_back(request, api);
    }
}
