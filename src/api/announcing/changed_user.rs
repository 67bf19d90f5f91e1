//! What has changed, by the user before and after. Source: `docs/behaviour/live-updates.md` section 3,
//! `docs/behaviour/side-effects.md` sections 1 to 3.

use super::status::visible_user;
use crate::announce::{Event, Named};
use crate::caller::Caller;
use crate::profile::Change;
use crate::release::PresenceRules;
use crate::workspace::Settings;
use bson::error::Error;
use bson::raw::RawDocument;
use secrecy::ExposeSecret;
use serde_json::{Map, Value};

/// What others are told of a user's status, as far as it is stored.
pub(super) const PRESENCE: [&str; 8] =
    ["_id", "username", "status", "statusText", "statusSource", "statusExpiresAt", "name", "roles"];

/// One saved change of a user.
pub struct ChangedUser<'a> {
    pub before: &'a Caller,
    pub after: &'a RawDocument,
    pub change: &'a Change,
    pub settings: &'a Settings,
    pub presence: PresenceRules,
}

impl ChangedUser<'_> {
    /// What is told at once, of the document alone.
    ///
    /// # Errors
    /// When the document is broken BSON.
    pub fn events(&self) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        if self.text("username") != self.before.username.as_deref() {
            events.push(Event::NameChanged(self.named()));
        }
        if self.text("name") != self.before.name.as_deref() {
            if self.settings.use_real_name {
                events.push(Event::NameChanged(self.named()));
            }
            events.push(Event::RealNameChanged(self.named()));
        }
        if self.is_status_told() {
            let previous_status = self.before.status.displayed.clone();
            events.push(Event::PresenceStatus { user: visible_user(self.after)?, previous_status });
        }
        Ok(events)
    }

    /// The fields that are gone, as far as the original tells of them.
    pub fn unset(&self) -> Map<String, Value> {
        let forced = self.after.get_bool("requirePasswordChange").unwrap_or_default();
        if !self.before.require_password_change || forced {
            return Map::new();
        }
        let fields = ["requirePasswordChange", "requirePasswordChangeReason"];
        fields.into_iter().map(|field| (field.to_owned(), true.into())).collect()
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.after.get_str(field).ok()
    }

    fn named(&self) -> Named {
        let text = |field| self.text(field).map(str::to_owned);
        Named { id: self.before.id.clone(), name: text("name"), username: text("username") }
    }

    fn is_status_told(&self) -> bool {
        let claimed = self.change.status_type.truthy().is_some() || self.change.status_text.text().is_some();
        let switched_off = self.settings.presence_broadcast_disabled
            || self.settings.troubleshoot_presence_broadcast_disabled;
        claimed
            && !switched_off
            && match self.presence {
                PresenceRules::TextThenType => self.has_another_status(),
                // Whatever is written is told, but while two calls hold the status nothing is.
                PresenceRules::Claim => !self.is_held_by_calls(),
            }
    }

    fn has_another_status(&self) -> bool {
        let before = &self.before.status;
        self.text("status") != before.displayed.as_deref()
            || self.text("statusDefault") != before.default.as_deref()
            || self.text("statusText") != before.text.as_deref()
    }

    fn is_held_by_calls(&self) -> bool {
        let is_call =
            |state: &RawDocument| state.get_str("statusSource").is_ok_and(|source| source == "internal");
        is_call(self.after) && self.after.get_document("previousState").is_ok_and(is_call)
    }

    /// Whether it has ended the other sessions. A new password may also have been ignored.
    pub fn has_another_password(&self) -> bool {
        let services = self.after.get_document("services");
        let password = services.and_then(|services| services.get_document("password"));
        let hash = password.and_then(|password| password.get_str("bcrypt")).ok();
        let before = self.before.services.password_hash.as_ref().map(ExposeSecret::expose_secret);
        self.change.new_password.is_some() && hash != before
    }
}

#[cfg(test)]
mod tests;
