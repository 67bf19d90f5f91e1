//! What is announced of one request.
//!
//! In two steps, between which there is room for what a rename announces: what can be told at once
//! ([`Announcement::committed`]), and the user as a whole ([`Announcement::finished`], or the end of the request).

use super::changed_user::ChangedUser;
use super::closing::Closing;
use super::sessions;
use crate::announce::Touch;
use crate::api::Api;
use crate::api::extract::touch;
use crate::caller::Caller;
use crate::profile::Change;
use crate::workspace::{Definition, Workspace};
use actix_web::HttpRequest;
use bson::Document;
use bson::raw::RawDocument;
use serde_json::{Map, Value};
use std::mem;
use std::sync::Arc;

/// Announces one request, once it is saved.
pub struct Announcement<'a> {
    api: &'a Api,
    workspace: &'a Arc<Workspace>,
    change: &'a Change,
    user_id: String,
    /// The caller as before, where events are heard.
    before: Option<Caller>,
    is_committed: bool,
    is_written_elsewhere: bool,
    touch: Option<Touch>,
    unset: Map<String, Value>,
}

/// What of the new document a change must return: for the reply, and for what is announced.
pub fn projection(api: &Api, workspace: &Workspace, reply: Document) -> Document {
    if api.announcer.wants_events() { api.reply(workspace).projection() } else { reply }
}

impl<'a> Announcement<'a> {
    /// Prepares what will be told of this request.
    pub fn prepare(
        api: &'a Api,
        request: &HttpRequest,
        caller: &Caller,
        change: &'a Change,
        workspace: &'a Arc<Workspace>,
    ) -> Announcement<'a> {
        let mut announcement = Announcement {
            api,
            workspace,
            change,
            user_id: caller.id.clone(),
            before: None,
            is_committed: false,
            is_written_elsewhere: false,
            touch: None,
            unset: Map::new(),
        };
        if api.announcer.is_off() {
            return announcement;
        }
        if api.announcer.wants_events() {
            announcement.before = Some(caller.clone());
        } else if let Some(proxy) = touch::misrouted_by(request, change) {
            tracing::warn!(
                proxy,
                "RC_ACCOUNT_UPSTREAM_URL leads back to rc-account: the proxy at this address sends us what \
                 is meant for Rocket.Chat. Nothing is announced"
            );
        } else {
            announcement.touch = touch::of_caller(request, &api.proxies);
        }
        announcement
    }
}

impl Announcement<'_> {
    /// Tells what can be told at once. `user`: the new document; `is_written_elsewhere`: so is the new name. From now on
    /// the rest is told as well, in the end.
    pub fn committed(&mut self, user: &RawDocument, is_written_elsewhere: bool) {
        self.is_committed = true;
        self.is_written_elsewhere = is_written_elsewhere;
        let Some(before) = &self.before else { return };
        let changed = ChangedUser {
            before,
            after: user,
            change: self.change,
            settings: &self.workspace.settings,
            presence: self.workspace.release.presence,
        };
        self.unset = changed.unset();
        match changed.events() {
            Ok(events) => self.api.announcer.events(events),
            Err(error) => tracing::warn!(%error, "a change is not announced"),
        }
        if changed.has_another_password() {
            self.api.announcer.gather(sessions::left(self.api.shared.store.clone(), self.user_id.clone()));
        }
    }

    /// Tells of the user as a whole, when all that the answer waits for is done.
    pub fn finished(self) {}
}

/// What is committed is announced, even if the client hangs up while the answer waits and the request ends there.
impl Drop for Announcement<'_> {
    fn drop(&mut self) {
        if !self.is_committed {
            return;
        }
        if let Some(touch) = self.touch.take() {
            self.api.announcer.touch(touch);
        }
        if let Some(before) = self.before.take() {
            let defined = matches!(self.workspace.custom_fields, Definition::Fields(_));
            let closing = Closing {
                store: self.api.shared.store.clone(),
                reply: self.api.reply(self.workspace),
                workspace: Arc::clone(self.workspace),
                user_id: mem::take(&mut self.user_id),
                unset: mem::take(&mut self.unset),
                renamed: before.username.filter(|_| self.is_written_elsewhere),
                with_subscriptions: defined && !self.change.custom_fields.is_empty(),
            };
            self.api.announcer.gather(closing.events());
        }
    }
}
