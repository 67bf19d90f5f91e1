//! Changes to an account beside the profile, from where the request is read to where the answer is written. Routes and
//! methods share them.

use super::error::ApiError;
use super::extract::{Authenticated, ClientAddress};
use super::{Api, announcing};
use crate::account::{
    self, Changing, Decision, Preferences, Redeeming, StoredPreferences, Subject, TokenChange,
    TokenChangeKind, TokenHolder,
};
use crate::caller::Caller;
use crate::domain_error::DomainError;
use crate::hashing::Work;
use crate::refusal::Refusal;
use crate::second_factor::{GuessedAt, Offered};
use crate::store::Whom;
use crate::workspace::Workspace;
use actix_web::HttpRequest;
use bson::{Bson, Document, RawDocumentBuf, doc};
use secrecy::SecretString;

/// Changes the caller's tokens; returns the new one, which is told this once.
pub async fn change_tokens(
    api: &Api,
    Authenticated { caller, session, workspace, .. }: Authenticated,
    change: &TokenChange,
    offered: &Offered,
) -> Result<Option<SecretString>, ApiError> {
    let now = (api.clock)();
    let gate = api.gate(&workspace, GuessedAt::Session, Work::of_user(&caller.id), now);
    let holder = TokenHolder { session: &session, offered, workspace: &workspace, gate: &gate };
    let changing = Changing { store: &api.store, gate: Some(&gate), projection: doc! {"_id": 1}, now };
    let decide = async |user: &Caller| {
        let stored = api.store.stored_login_tokens(&user.id).await?.unwrap_or(Bson::Null);
        holder.decide(change, user, &stored).await
    };
    let subject = Subject { user: caller, session: Some(session.clone()) };
    let changed = account::change(&changing, subject, decide).await?;
    let token = changed.answer?;
    if change.kind != TokenChangeKind::Generate {
        announcing::sessions_changed(api, changed.before.id);
    }
    Ok(token)
}

/// What of the user is read for preferences.
pub fn preference_fields() -> Document {
    doc! {"settings": 1, "language": 1, "utcOffset": 1}
}

/// Saves preferences; returns the user's id and new document.
pub async fn save_preferences(
    api: &Api,
    workspace: &Workspace,
    subject: Subject,
    wanted: &Preferences,
) -> Result<(String, RawDocumentBuf), ApiError> {
    let now = (api.clock)();
    let changing = Changing { store: &api.store, gate: None, projection: preference_fields(), now };
    let decide = async |user: &Caller| {
        let user = api.store.user(&user.id, preference_fields()).await?.ok_or(DomainError::SignedOut)?;
        let stored = StoredPreferences::of(&user).map_err(broken)?;
        let mut update = account::plan_preferences(wanted, &stored, workspace)?;
        // Also where nothing is wanted.
        update.set("_updatedAt", bson::DateTime::from_chrono(now));
        let with_subscriptions = !update.subscriptions.is_empty();
        Ok(Decision::free(update, with_subscriptions))
    };
    let changed = account::change(&changing, subject, decide).await?;
    let after = changed.after.ok_or_else(|| ApiError::Internal("nothing was written".to_owned()))?;
    announcing::preferences_changed(api, &changed.before.id, wanted, changed.answer);
    Ok((changed.before.id, after))
}

/// A document that cannot be read is nothing that the client did; its preferences cannot be kept apart.
fn broken(_: bson::error::Error) -> Refusal {
    Refusal::plain("The stored preferences cannot be read")
}

/// What redeems a mailed secret, as Meteor's methods do. Whoever sends one is a stranger, and waits among those of their address.
pub fn redeeming<'a>(request: &HttpRequest, api: &'a Api, workspace: &'a Workspace) -> Redeeming<'a> {
    let address = ClientAddress::from_request(request, &api.proxies);
    let hashing = api.hashing.on_behalf_of(Work::of_stranger(address.as_str()));
    Redeeming { store: &api.store, hashing, workspace, now: (api.clock)(), moves_updated_at: false }
}

/// Whoever has a verified address is anonymous no more.
pub async fn become_a_user(api: &Api, user_id: &str) -> Result<(), ApiError> {
    let Some(user) = api.store.person(Whom::Id(user_id)).await? else { return Ok(()) };
    let now = (api.clock)();
    let changing = Changing { store: &api.store, gate: None, projection: doc! {"_id": 1}, now };
    let decide = async |user: &_| Ok(Decision::free(account::plan_roles_of_verified(user), ()));
    account::change(&changing, Subject { user, session: None }, decide).await?;
    Ok(())
}
