//! A status that has changed by itself, or by a call that is about nothing else.

use super::changed_user::PRESENCE;
use crate::account::{self, StatusExpiry, Tell};
use crate::announce::{Announcer, Event, ejson};
use crate::api::{Api, Shared};
use crate::release::PresenceRules;
use crate::store::StoreError;
use crate::workspace::{LiveWorkspace, Workspace};
use bson::error::Error;
use bson::raw::RawDocument;
use bson::{Document, RawDocumentBuf};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What of the new document is told.
pub fn presence_fields() -> Document {
    PRESENCE.iter().map(|field| ((*field).to_owned(), 1.into())).collect()
}

/// As far as it is stored.
pub(super) fn visible_user(user: &RawDocument) -> Result<Map<String, Value>, Error> {
    let mut visible = Map::new();
    for field in PRESENCE {
        if let Some(value) = user.get(field)? {
            visible.insert(field.to_owned(), ejson::value(value)?);
        }
    }
    Ok(visible)
}

/// Tells of a status that was set. `previous`: what others saw before.
pub fn status_changed(api: &Api, workspace: &Workspace, after: &RawDocumentBuf, previous: Option<String>) {
    tell(&api.announcer, workspace, after, previous);
}

/// How a status that ends by itself is told.
fn tell_of_ended(announcer: Announcer, workspace: Arc<LiveWorkspace>) -> Tell {
    Arc::new(move |after, previous| tell(&announcer, &workspace.now(), after, previous))
}

/// Ends the claim of this user, if its time is over.
pub async fn end_status_of(api: &Api, user_id: &str) -> Result<(), StoreError> {
    if api.workspace.now().release.presence != PresenceRules::Claim {
        return Ok(());
    }
    let tell = tell_of_ended(api.announcer.clone(), Arc::clone(&api.workspace));
    account::end_claim_of(&api.store, user_id, (api.clock)(), &tell).await
}

fn tell(
    announcer: &Announcer,
    workspace: &Workspace,
    after: &RawDocumentBuf,
    previous_status: Option<String>,
) {
    let settings = &workspace.settings;
    let switched_off =
        settings.presence_broadcast_disabled || settings.troubleshoot_presence_broadcast_disabled;
    if switched_off || !announcer.wants_events() {
        return;
    }
    match visible_user(after) {
        Ok(user) => announcer.events(vec![Event::PresenceStatus { user, previous_status }]),
        Err(error) => tracing::warn!(%error, "a status is not announced"),
    }
}

/// Looks for statuses whose time is over, where no Rocket.Chat does.
#[must_use]
pub fn watch_statuses(shared: &Shared) -> Option<StatusExpiry> {
    shared.standalone.then(|| {
        let tell = tell_of_ended(shared.announcer.clone(), Arc::clone(&shared.workspace));
        let (store, workspace) = (shared.store.clone(), Arc::clone(&shared.workspace));
        StatusExpiry::start(store, workspace, Arc::clone(&shared.clock), tell)
    })
}
