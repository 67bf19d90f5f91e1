//! What a user's preferences do to the user's subscriptions. Source: `docs/behaviour/own-account.md` section 3.3.

use super::Store;
use super::subscriptions::SUBSCRIPTIONS;
use bson::{DateTime, Document, doc};
use mongodb::ClientSession;

/// Preferences of notifications: the field of a subscription, and the one that tells who has chosen it.
pub const NOTIFICATIONS: [(&str, &str, &str); 3] = [
    ("desktopNotifications", "desktopNotifications", "desktopPrefOrigin"),
    ("pushNotifications", "mobilePushNotifications", "mobilePrefOrigin"),
    ("emailNotificationMode", "emailNotifications", "emailPrefOrigin"),
];

/// A change to those of a user's subscriptions that the filter finds.
#[derive(Debug, Clone)]
pub struct SubscriptionsChange {
    filter: Document,
    set: Document,
    unset: Document,
}

impl SubscriptionsChange {
    /// A preference of notifications, where the user has not chosen otherwise for a room. `origin`: the field that tells who
    /// has chosen. `None`: the default, so that nothing is chosen any more.
    #[must_use]
    pub fn notifications(field: &str, origin: &str, value: Option<&str>) -> SubscriptionsChange {
        match value {
            None => SubscriptionsChange {
                filter: doc! {origin: "user"},
                set: Document::new(),
                unset: doc! {origin: "", field: ""},
            },
            Some(value) => SubscriptionsChange {
                filter: doc! {origin: {"$ne": "subscription"}},
                set: doc! {field: value, origin: "user"},
                unset: Document::new(),
            },
        }
    }

    /// The words that are highlighted for the user.
    #[must_use]
    pub fn highlights(words: Vec<bson::Bson>) -> SubscriptionsChange {
        let set = doc! {"userHighlights": words};
        SubscriptionsChange { filter: Document::new(), set, unset: Document::new() }
    }

    /// The language into which those are translated that are translated already.
    #[must_use]
    pub fn language_of_translated(language: &str) -> SubscriptionsChange {
        let set = doc! {"autoTranslateLanguage": language};
        SubscriptionsChange { filter: doc! {"autoTranslate": true}, set, unset: Document::new() }
    }

    /// Those of which nothing is chosen are translated from now on.
    #[must_use]
    pub fn translate_undecided(language: &str) -> SubscriptionsChange {
        let set = doc! {"autoTranslate": true, "autoTranslateLanguage": language};
        let filter = doc! {"autoTranslate": {"$exists": false}};
        SubscriptionsChange { filter, set, unset: Document::new() }
    }

    /// None is translated any more.
    #[must_use]
    pub fn translate_none() -> SubscriptionsChange {
        let unset = doc! {"autoTranslate": "", "autoTranslateLanguage": ""};
        SubscriptionsChange { filter: doc! {"autoTranslate": true}, set: Document::new(), unset }
    }
}

impl Store {
    /// Changes the user's subscriptions.
    pub(super) async fn change_own_subscriptions(
        &self,
        user_id: &str,
        change: &SubscriptionsChange,
        now: DateTime,
        session: &mut ClientSession,
    ) -> Result<(), mongodb::error::Error> {
        let mut filter = doc! {"u._id": user_id};
        filter.extend(change.filter.clone());
        let mut set = change.set.clone();
        set.insert("_updatedAt", now);
        let mut update = doc! {"$set": set};
        if !change.unset.is_empty() {
            update.insert("$unset", change.unset.clone());
        }
        self.collection(SUBSCRIPTIONS).update_many(filter, update).session(session).await?;
        Ok(())
    }
}
