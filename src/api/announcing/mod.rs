//! From a saved request to what is announced of it, in Rocket.Chat's own order.
//!
//! In two steps, between which there is room for what a rename announces: what can be told at once
//! ([`News::committed`]), and the user as a whole ([`News::finished`]).

mod saved;

use super::Api;
use super::extract::touch;
use super::reply::ReplyStyle;
use crate::announce::{Event, Touch};
use crate::caller::{Caller, Session};
use crate::profile::{Change, Definition};
use crate::store::{Store, Subscriptions};
use crate::workspace::Workspace;
use actix_web::HttpRequest;
use bson::Document;
use bson::raw::{RawDocument, RawDocumentBuf};
use futures_util::future;
use saved::Saved;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What will be told of one request, once it is saved.
pub struct News<'a> {
    api: &'a Api,
    workspace: &'a Arc<Workspace>,
    change: &'a Change,
    user_id: String,
    /// The caller as before, where events are heard.
    before: Option<(Caller, &'a Session)>,
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
        session: &'a Session,
        change: &'a Change,
        workspace: &'a Arc<Workspace>,
    ) -> News<'a> {
        let mut news = News {
            api: self,
            workspace,
            change,
            user_id: caller.id.clone(),
            before: None,
            touch: None,
            unset: Map::new(),
        };
        if self.announcer.is_off() {
            return news;
        }
        if self.announcer.wants_events() {
            news.before = Some((caller.clone(), session));
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
    /// Tells what can be told at once. `user`: the new document.
    pub fn committed(&mut self, user: &RawDocument) {
        let Some((before, session)) = &self.before else { return };
        let saved = Saved {
            before,
            after: user,
            change: self.change,
            session,
            settings: &self.workspace.settings,
            presence: self.api.release.presence,
        };
        self.unset = saved.unset();
        match saved.events() {
            Ok(events) => self.api.announcer.events(events),
            Err(error) => tracing::warn!(%error, "a change is not announced"),
        }
    }

    /// Tells of the user as a whole, when all that the answer waits for is done.
    pub fn finished(self) {
        let api = self.api;
        if let Some(touch) = self.touch {
            api.announcer.touch(touch);
        }
        if self.before.is_some() {
            let defined = matches!(self.workspace.custom_fields, Definition::Fields(_));
            let closing = Closing {
                store: api.store.clone(),
                reply: api.reply.clone(),
                workspace: Arc::clone(self.workspace),
                user_id: self.user_id,
                unset: self.unset,
                with_subscriptions: defined && !self.change.custom_fields.is_empty(),
            };
            api.announcer.gather(closing.events());
        }
    }
}

/// What is looked up when it is its turn, and not before the answer.
struct Closing {
    store: Store,
    reply: ReplyStyle,
    workspace: Arc<Workspace>,
    user_id: String,
    unset: Map<String, Value>,
    /// The own direct-message subscriptions have other custom fields.
    with_subscriptions: bool,
}

impl Closing {
    async fn events(self) -> Vec<Event> {
        let mut events = Vec::new();
        if self.with_subscriptions {
            match self.store.subscriptions(Subscriptions::OwnDirectMessages(&self.user_id)).await {
                Ok(subscriptions) => events.extend(subscriptions.into_iter().map(Event::SubscriptionUpdated)),
                Err(error) => tracing::warn!(%error, "changed subscriptions are not announced"),
            }
        }
        let read = future::try_join(
            self.store.user(&self.user_id, self.reply.own_projection()),
            self.store.default_preferences(),
        );
        match read.await {
            Ok((Some(user), preferences)) => match self.diff(&user, &preferences) {
                Ok(diff) => events.push(Event::UserUpdated { id: self.user_id, diff, unset: self.unset }),
                Err(error) => tracing::warn!(%error, "a changed user is not announced"),
            },
            Ok((None, _)) => {}
            Err(error) => tracing::warn!(%error, "a changed user is not announced"),
        }
        events
    }

    /// The object that `/me` is built from.
    fn diff(
        &self,
        user: &RawDocumentBuf,
        preferences: &Document,
    ) -> Result<Map<String, Value>, bson::error::Error> {
        self.reply.own_ejson(user, &self.workspace.settings, preferences)
    }
}
