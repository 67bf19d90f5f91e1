//! Which sessions a new password has left.

use crate::announce::Event;
use crate::api::Api;
use crate::store::Store;
use serde_json::{Map, Value, json};

/// Rocket.Chat closes the connections of all sessions that are not listed, and forgets their devices. So the list is
/// read when it is its turn: sessions that began since the change must not be cut off.
pub(super) async fn left(store: Store, user_id: String) -> Vec<Event> {
    match store.hashed_tokens(&user_id).await {
        Ok(Some(tokens)) => {
            let left: Value = tokens.iter().map(|token| json!({"hashedToken": token})).collect();
            let diff = Map::from_iter([("services.resume.loginTokens".to_owned(), left)]);
            vec![Event::UserUpdated { id: user_id, diff, unset: Map::new() }]
        }
        Ok(None) => Vec::new(),
        Err(error) => {
            tracing::warn!(%error, "that sessions have ended is not announced");
            Vec::new()
        }
    }
}

/// Tells which login tokens are left, once it is the turn.
pub fn sessions_changed(api: &Api, user_id: String) {
    if api.announcer.wants_events() {
        api.announcer.gather(left(api.shared.store.clone(), user_id));
    }
}
