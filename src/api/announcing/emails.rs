//! Addresses that have been verified.

use crate::announce::{Event, ejson};
use crate::api::Api;
use bson::RawDocumentBuf;
use serde_json::Map;

/// Tells which addresses the user has now.
pub fn emails_changed(api: &Api, user_id: &str, after: &RawDocumentBuf) {
    if !api.announcer.wants_events() {
        return;
    }
    let emails = after.get("emails").and_then(|emails| emails.map(ejson::value).transpose());
    match emails {
        Ok(Some(emails)) => {
            let diff = Map::from_iter([("emails".to_owned(), emails)]);
            let event = Event::UserUpdated { id: user_id.to_owned(), diff, unset: Map::new() };
            api.announcer.events(vec![event]);
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "verified addresses are not announced"),
    }
}
