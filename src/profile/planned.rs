//! What is decided and not yet written: rules add to it.

use crate::effects::{Effect, Notice};
use crate::hashing::PasswordDigest;
use crate::store::Claim;
use bson::{Bson, Document, doc};

/// What a change does to the database, decided but not yet done. Not for display: it holds hashes and codes.
#[derive(Default)]
pub struct Plan {
    set: Document,
    unset: Document,
    add_to_set: Document,
    push: Document,
    pull: Document,
    /// The state of the user that the decision rests on, as a filter.
    pub guard: Document,
    pub claims: Vec<Claim>,
    /// New `customFields` of the user's direct-message subscriptions.
    pub subscription_custom_fields: Option<Document>,
    /// Digest of a new password, to be hashed into the update when the plan is carried out.
    pub new_password: Option<PasswordDigest>,
    /// The TOTP step that the change spends.
    pub spent_totp_step: Option<u64>,
    /// Which elements of an array the update means.
    pub array_filters: Vec<Document>,
    /// The hashed login token of the only session that the change leaves.
    pub only_session: Option<String>,
    /// What is to happen because of the change, in this order.
    pub effects: Vec<Effect>,
}

impl Plan {
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

    pub fn add_to_set(&mut self, path: &str, value: Bson) {
        self.add_to_set.insert(path, value);
    }

    pub fn push(&mut self, path: &str, value: impl Into<Bson>) {
        self.push.insert(path, value);
    }

    pub fn pull(&mut self, path: &str, value: impl Into<Bson>) {
        self.pull.insert(path, value);
    }

    /// Whether the field will be another, or gone.
    pub fn sets(&self, path: &str) -> bool {
        self.set.contains_key(path) || self.unset.contains_key(path)
    }

    /// What a text field will hold: what an earlier step sets, else what is stored.
    pub fn text<'a>(&'a self, path: &str, stored: Option<&'a str>) -> Option<&'a str> {
        if self.unset.contains_key(path) {
            return None;
        }
        self.set.get_str(path).ok().or(stored)
    }

    /// The decision holds only while the stored value is this one; `None`: while it is absent, null or empty.
    pub fn guard(&mut self, path: &str, stored: Option<&str>) {
        let stored = match stored {
            None | Some("") => doc! {"$in": [Bson::Null, ""]}.into(),
            Some(text) => Bson::from(text),
        };
        self.guard.insert(path, stored);
    }

    pub fn mail(&mut self, notice: Notice) {
        self.effects.push(Effect::Mail(notice));
    }

    /// Takes out the update of the user's document.
    pub fn take_update(&mut self) -> Document {
        let operators = [
            ("$set", std::mem::take(&mut self.set)),
            ("$unset", std::mem::take(&mut self.unset)),
            ("$addToSet", std::mem::take(&mut self.add_to_set)),
            ("$push", std::mem::take(&mut self.push)),
            ("$pull", std::mem::take(&mut self.pull)),
        ];
        let used = operators.into_iter().filter(|(_, fields)| !fields.is_empty());
        used.map(|(operator, fields)| (operator.to_owned(), fields.into())).collect()
    }
}
