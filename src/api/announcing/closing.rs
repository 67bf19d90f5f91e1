//! The last of what is told: the user as a whole.

use crate::announce::Event;
use crate::api::reply::ReplyStyle;
use crate::store::{Store, Subscriptions};
use crate::workspace::Workspace;
use bson::Document;
use bson::raw::RawDocumentBuf;
use futures_util::future;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What is looked up when it is its turn, and not before the answer.
pub(super) struct Closing {
    pub(super) store: Store,
    pub(super) reply: ReplyStyle,
    pub(super) workspace: Arc<Workspace>,
    pub(super) user_id: String,
    pub(super) unset: Map<String, Value>,
    /// The username after which direct messages are called that have a new name.
    pub(super) renamed: Option<String>,
    /// The own direct-message subscriptions have other custom fields.
    pub(super) with_subscriptions: bool,
}

impl Closing {
    pub(super) async fn events(self) -> Vec<Event> {
        let mut events = Vec::new();
        let renamed = self.renamed.as_deref().map(Subscriptions::DirectMessagesNamed);
        let own = self.with_subscriptions.then_some(Subscriptions::OwnDirectMessages(&self.user_id));
        for changed in renamed.into_iter().chain(own) {
            match self.store.subscriptions(changed).await {
                Ok(subscriptions) => events.extend(subscriptions.into_iter().map(Event::SubscriptionUpdated)),
                Err(error) => tracing::warn!(%error, "changed subscriptions are not announced"),
            }
        }
        let read = future::try_join(
            self.store.user(&self.user_id, self.reply.own_projection()),
            self.store.default_preferences(),
        );
        match read.await {
            Ok((Some(user), stored)) => match self.diff(&user, &self.workspace.default_preferences(stored)) {
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
