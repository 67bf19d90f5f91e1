//! The one write to a user, being put together: what becomes of the document, what must still be true of it, and
//! what is written with it or not at all.

use super::commit::Claim;
use super::invitation::Joining;
use super::make_way::Obstacles;
use super::outbox::NewEffect;
use super::outdated::Replacement;
use super::own_subscriptions::SubscriptionsChange;
use super::stored::{Stored, first_address, value_at};
use bson::{Bson, Document, doc};

/// Decided and not yet written. Not for display: it holds hashes and codes.
#[derive(Default, Clone)]
pub struct UserUpdate {
    set: Document,
    unset: Document,
    add_to_set: Document,
    push: Document,
    pull: Document,
    /// What must still be as it was read: expressions, by path.
    guards: Document,
    /// What must still be in a list, or the value itself: a filter.
    elements: Document,
    /// Which elements of an array the update means.
    pub array_filters: Vec<Document>,
    /// What only one user may hold, and this one is about to.
    pub claims: Vec<Claim>,
    /// The TOTP step that the write spends.
    pub spent_totp_step: Option<u64>,
    /// New `customFields` of the user's direct-message subscriptions.
    pub subscription_custom_fields: Option<Document>,
    /// A new name in other places.
    pub replacements: Vec<Replacement>,
    /// What becomes of the user's subscriptions, in this order.
    pub subscriptions: Vec<SubscriptionsChange>,
    /// The room that the user joins.
    pub joins: Option<Joining>,
    /// The hashed login token of the only session that is left: push registrations of the others go.
    pub only_session: Option<String>,
    /// What is to happen because of the write, in this order.
    pub effects: Vec<NewEffect>,
    /// What has to give way to the operators.
    pub(super) obstacles: Obstacles,
}

impl UserUpdate {
    /// A later step wins over an earlier one at the same path, as if they were written one after the other.
    pub fn set(&mut self, path: impl Into<String>, value: impl Into<Bson>) {
        let path = path.into();
        self.unset.remove(&path);
        self.set.insert(path, value);
    }

    pub fn unset(&mut self, path: &str) {
        self.set.remove(path);
        self.unset.insert(path, "");
    }

    pub fn add_to_set(&mut self, path: &str, value: impl Into<Bson>) {
        self.add_to_set.insert(path, value);
    }

    pub fn push(&mut self, path: &str, value: impl Into<Bson>) {
        self.push.insert(path, value);
    }

    pub fn pull(&mut self, path: &str, value: impl Into<Bson>) {
        self.pull.insert(path, value);
    }

    /// The decision holds only while what is stored is read so.
    pub fn guard<'a>(&mut self, path: &str, stored: impl Into<Stored<'a>>) {
        self.guards.insert(path, stored.into().condition(&value_at(path)));
    }

    /// The same for the first of the e-mail addresses.
    pub fn guard_first_address(&mut self, address: Option<&str>) {
        self.guards.insert("emails", Stored::Text(address).condition(&first_address()));
    }

    /// The decision holds only while the text is stored there, by itself or in a list, as the database finds it.
    pub fn guard_element(&mut self, path: impl Into<String>, text: &str) {
        self.elements.insert(path, text);
    }

    /// The decision holds only while exactly this is stored there; `None`: nothing.
    pub fn guard_exactly(&mut self, path: &str, value: Option<Bson>) {
        self.elements.insert(path, value.unwrap_or_else(|| doc! {"$exists": false}.into()));
    }

    /// Whether nothing would become of the document.
    pub fn is_empty(&self) -> bool {
        self.operators().is_empty()
    }

    /// Whether the field will be another, or gone.
    pub fn changes(&self, path: &str) -> bool {
        self.set.contains_key(path) || self.unset.contains_key(path)
    }

    /// What a text field will hold: what an earlier step sets, else what is stored.
    pub fn text<'a>(&'a self, path: &str, stored: Option<&'a str>) -> Option<&'a str> {
        if self.unset.contains_key(path) {
            return None;
        }
        self.set.get_str(path).ok().or(stored)
    }

    /// Whether nothing is written beside the user's own document, but for devices of the sessions that end.
    pub(super) fn is_one_write(&self) -> bool {
        self.claims.is_empty()
            && self.spent_totp_step.is_none()
            && self.subscription_custom_fields.is_none()
            && self.replacements.is_empty()
            && self.subscriptions.is_empty()
            && self.joins.is_none()
            && self.effects.is_empty()
            && self.obstacles.is_empty()
    }

    /// Matches the user as long as the decision holds.
    pub(super) fn filter(&self, user_id: &str) -> Document {
        let mut filter = doc! {"_id": user_id};
        filter.extend(self.elements.clone());
        if !self.guards.is_empty() {
            let conditions: Vec<Bson> = self.guards.values().cloned().collect();
            filter.insert("$expr", doc! {"$and": conditions});
        }
        filter
    }

    /// The update of the user's own document.
    pub(super) fn operators(&self) -> Document {
        let operators = [
            ("$set", &self.set),
            ("$unset", &self.unset),
            ("$addToSet", &self.add_to_set),
            ("$push", &self.push),
            ("$pull", &self.pull),
        ];
        let used = operators.into_iter().filter(|(_, fields)| !fields.is_empty());
        used.map(|(operator, fields)| (operator.to_owned(), fields.clone().into())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_step_wins_at_the_same_path() {
        let mut update = UserUpdate::default();
        update.set("bio", "a");
        update.unset("bio");
        assert_eq!(update.operators(), doc! {"$unset": {"bio": ""}});
        assert!(update.changes("bio") && update.text("bio", Some("stored")).is_none());
        update.set("bio", "b");
        assert_eq!(update.operators(), doc! {"$set": {"bio": "b"}});
        assert_eq!(update.text("bio", Some("stored")), Some("b"));
    }

    #[test]
    fn an_empty_text_is_guarded_like_none() {
        let guard = |stored: Option<&str>| {
            let mut update = UserUpdate::default();
            update.guard("name", stored);
            update.filter("u")
        };
        assert_eq!(guard(Some("")), guard(None));
        assert_ne!(guard(Some("n")), guard(None));
        // Without a guard, no expression: the id and the element are all that is compared.
        let mut update = UserUpdate::default();
        update.guard_element("list", "x");
        assert_eq!(update.filter("u"), doc! {"_id": "u", "list": "x"});
    }
}
