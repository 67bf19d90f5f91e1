//! Preferences that have changed. Source: `docs/behaviour/own-account.md` sections 3.2 and 3.3.

use crate::account::Preferences;
use crate::announce::{Event, ejson};
use crate::api::Api;
use crate::store::Subscriptions;
use bson::{Bson, RawBson};
use serde_json::Map;

/// Tells what was sent, and the subscriptions as they are now, where some have changed.
pub fn preferences_changed(api: &Api, user_id: &str, wanted: &Preferences, with_subscriptions: bool) {
    if !api.announcer.wants_events() {
        return;
    }
    let mut diff = Map::new();
    for (name, value) in wanted.0.iter().filter(|(name, _)| *name != "utcOffset") {
        let Ok(json) =
            RawBson::try_from(value.clone()).and_then(|value| ejson::value(value.as_raw_bson_ref()))
        else {
            continue;
        };
        if *name == "language" && *value != Bson::Null {
            diff.insert("language".to_owned(), json.clone());
        }
        diff.insert(format!("settings.preferences.{name}"), json);
    }
    let id = user_id.to_owned();
    api.announcer.events(vec![Event::UserUpdated { id: id.clone(), diff, unset: Map::new() }]);
    if !with_subscriptions {
        return;
    }
    let store = api.shared.store.clone();
    api.announcer.gather(async move {
        match store.subscriptions(Subscriptions::Own(&id)).await {
            Ok(subscriptions) => subscriptions.into_iter().map(Event::SubscriptionUpdated).collect(),
            Err(error) => {
                tracing::warn!(%error, "changed subscriptions are not announced");
                Vec::new()
            }
        }
    });
}
