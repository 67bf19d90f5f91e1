//! From a saved request to what is announced of it, in Rocket.Chat's own order.
//!
//! In two steps, between which there is room for what a rename announces: what can be told at once
//! ([`News::committed`]), and the user as a whole ([`News::finished`], or the end of the request).

mod closing;
mod saved;
mod sessions;

use super::Api;
use super::extract::touch;
use crate::announce::Touch;
use crate::caller::Caller;
use crate::profile::Change;
use crate::workspace::{Definition, Workspace};
use actix_web::HttpRequest;
use bson::Document;
use bson::raw::RawDocument;
use closing::Closing;
use saved::Saved;
use serde_json::{Map, Value};
use std::mem;
use std::sync::Arc;

/// What will be told of one request, once it is saved.
pub struct News<'a> {
    api: &'a Api,
    workspace: &'a Arc<Workspace>,
    change: &'a Change,
    user_id: String,
    /// The caller as before, where events are heard.
    before: Option<Caller>,
    is_committed: bool,
    touch: Option<Touch>,
    unset: Map<String, Value>,
}

impl Api {
    /// What of the new document a change must return: for the reply, and for what is announced.
    pub(super) fn projection_with_news(&self, reply: Document) -> Document {
        if self.announcer.wants_events() { self.reply.projection() } else { reply }
    }

    /// Prepares what will be told of this request.
    pub(super) fn news<'a>(
        &'a self,
        request: &HttpRequest,
        caller: &Caller,
        change: &'a Change,
        workspace: &'a Arc<Workspace>,
    ) -> News<'a> {
        let mut news = News {
            api: self,
            workspace,
            change,
            user_id: caller.id.clone(),
            before: None,
            is_committed: false,
            touch: None,
            unset: Map::new(),
        };
        if self.announcer.is_off() {
            return news;
        }
        if self.announcer.wants_events() {
            news.before = Some(caller.clone());
        } else if let Some(proxy) = touch::misrouted_by(request, change) {
            tracing::warn!(
                proxy,
                "RC_ACCOUNT_UPSTREAM_URL leads back to rc-account: the proxy at this address sends us what \
                 is meant for Rocket.Chat. Nothing is announced"
            );
        } else {
            news.touch = touch::of_caller(request, self.forwarded_count);
        }
        news
    }
}

impl News<'_> {
    /// Tells what can be told at once. `user`: the new document. From now on the rest is told, too, in the end.
    pub fn committed(&mut self, user: &RawDocument) {
        self.is_committed = true;
        let Some(before) = &self.before else { return };
        let saved = Saved {
            before,
            after: user,
            change: self.change,
            settings: &self.workspace.settings,
            presence: self.api.release.presence,
        };
        self.unset = saved.unset();
        match saved.events() {
            Ok(events) => self.api.announcer.events(events),
            Err(error) => tracing::warn!(%error, "a change is not announced"),
        }
        if saved.has_another_password() {
            self.api.announcer.gather(sessions::left(self.api.shared.store.clone(), self.user_id.clone()));
        }
    }

    /// Tells of the user as a whole, when all that the answer waits for is done.
    pub fn finished(self) {}
}

/// What is committed is told, even if the client hangs up while the answer waits and nobody goes on with the request.
impl Drop for News<'_> {
    fn drop(&mut self) {
        if !self.is_committed {
            return;
        }
        if let Some(touch) = self.touch.take() {
            self.api.announcer.touch(touch);
        }
        if self.before.is_some() {
            let defined = matches!(self.workspace.custom_fields, Definition::Fields(_));
            let closing = Closing {
                store: self.api.shared.store.clone(),
                reply: self.api.reply.clone(),
                workspace: Arc::clone(self.workspace),
                user_id: mem::take(&mut self.user_id),
                unset: mem::take(&mut self.unset),
                with_subscriptions: defined && !self.change.custom_fields.is_empty(),
            };
            self.api.announcer.gather(closing.events());
        }
    }
}
