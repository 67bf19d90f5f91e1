//! Claims on what others see of a user, and how one ends. Sources: `docs/behaviour/side-effects.md` section 3,
//! `docs/behaviour/own-account.md` section 1.4.

use super::presence::{OFFLINE, ONLINE, connection_status, displayed, normalized};
use crate::caller::StoredStatus;
use crate::store::{Connection, UserUpdate};
use bson::{DateTime, Document, doc};

/// A user's own choice, once nothing refuses it.
pub struct Claim<'a> {
    pub stored: &'a StoredStatus,
    pub kind: Option<&'a str>,
    pub text: Option<&'a str>,
    /// When it is over. What clears everything has no end.
    pub expires_at: Option<DateTime>,
    pub connections: &'a [Connection],
    /// Bots and apps count as connected.
    pub is_always_connected: bool,
    pub now: chrono::DateTime<chrono::Utc>,
}

/// What the user has chosen by default; `None` stored counts as online.
pub fn default_kind(stored: &StoredStatus) -> &str {
    stored.default.as_deref().unwrap_or(ONLINE)
}

impl Claim<'_> {
    /// Puts it into the update.
    pub fn plan(&self, update: &mut UserUpdate) {
        let stored_default = default_kind(self.stored);
        let default = self.kind.unwrap_or(stored_default);
        // A text of blanks is one, though nothing of it is left.
        let clears = default == ONLINE && self.text.is_none_or(str::is_empty);
        let text = self.text.map(normalized);
        // A call outranks the user's own choice.
        let waits = !clears && self.stored.source.as_deref() == Some("internal");
        update.guard("statusSource", self.stored.source.as_deref());
        if self.kind.is_none() || waits {
            update.guard("statusDefault", self.stored.default.as_deref());
        }

        let connection = connection_status(self.connections.iter());
        let visible_default = if waits { stored_default } else { default };
        let status = if !self.connections.is_empty() {
            displayed(connection, visible_default)
        } else if clears {
            ONLINE
        } else if self.is_always_connected {
            visible_default
        } else {
            OFFLINE
        };

        if clears {
            clear(update);
        } else if waits {
            // The choice is kept for afterwards, unless another call waits there.
            if self.is_held_by_a_call(update) {
                return;
            }
            let mut waiting: Document = doc! {"statusDefault": default, "statusSource": "manual"};
            waiting.extend(text.map(|text| ("statusText".to_owned(), text.into())));
            waiting.extend(self.expires_at.map(|end| ("statusExpiresAt".to_owned(), end.into())));
            update.set("previousState", waiting);
        } else {
            update.set("statusDefault", default);
            update.set("statusSource", "manual");
            if let Some(text) = text {
                update.set("statusText", text);
            }
            for path in ["previousState", "statusId", "statusExpiresAt"] {
                update.unset(path);
            }
            if let Some(end) = self.expires_at {
                update.set("statusExpiresAt", end);
            }
        }
        update.set("status", status);
        update.set("statusConnection", connection);
    }

    fn is_held_by_a_call(&self, update: &mut UserUpdate) -> bool {
        let previous = self.stored.previous_state.as_ref();
        update.guard("previousState.statusSource", previous.and_then(|state| state.source.as_deref()));
        previous.is_some_and(|state| {
            state.source.as_deref() == Some("internal")
                && state.expires_at.is_none_or(|end| end.to_chrono() > self.now)
        })
    }
}

/// Nothing is claimed any more.
fn clear(update: &mut UserUpdate) {
    update.set("statusDefault", ONLINE);
    update.set("statusText", "");
    for path in ["statusSource", "statusExpiresAt", "previousState", "statusId"] {
        update.unset(path);
    }
}

/// Ends a claim whose time is over: what it has displaced counts again, unless that is over, too. The update matches only
/// while the same claim is stored.
pub fn end(
    expires_at: DateTime,
    previous: Option<&Document>,
    connections: &[Connection],
    now: DateTime,
) -> UserUpdate {
    let mut update = UserUpdate::default();
    update.guard_exactly("statusExpiresAt", Some(expires_at.into()));
    update.guard_exactly("previousState", previous.map(Into::into));
    let is_over = |state: &&Document| state.get_datetime("statusExpiresAt").is_ok_and(|end| *end < now);
    match previous.filter(|state| !is_over(state)) {
        Some(state) => {
            update.unset("previousState");
            for field in ["statusDefault", "statusSource", "statusText", "statusExpiresAt", "statusId"] {
                match state.get(field) {
                    Some(value) => update.set(field, value.clone()),
                    None if ["statusExpiresAt", "statusId"].contains(&field) => update.unset(field),
                    None => {}
                }
            }
        }
        None => clear(&mut update),
    }
    let connection = connection_status(connections.iter());
    let default = update.text("statusDefault", None).unwrap_or(ONLINE);
    let status = if connections.is_empty() { OFFLINE } else { displayed(connection, default) }.to_owned();
    update.set("status", status);
    update.set("statusConnection", connection);
    update
}
