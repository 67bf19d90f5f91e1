//! One guarded write to the user's document, being put together; it also spends what allows it.

use super::Confirmation;
use crate::store::Commit;
use bson::{DateTime, Document};
use chrono::Utc;

#[derive(Default)]
pub struct Write {
    /// The state of the user that the decision rests on, as a filter.
    pub guard: Document,
    pub set: Document,
    pub unset: Document,
    pub add_to_set: Document,
    pub pull: Document,
    pub spent_totp_step: Option<u64>,
}

impl Write {
    /// A code is spent by the write that it allows: guarded while it is there, and removed.
    pub fn spend(&mut self, confirmation: &Confirmation) {
        let spending = confirmation.spending();
        self.guard.extend(spending.guard);
        self.unset.extend(spending.unset);
        self.pull.extend(spending.pull);
        self.spent_totp_step = spending.totp_step;
    }

    /// `projection`: which parts of the new document are wanted back.
    #[must_use]
    pub fn into_commit(self, user_id: &str, projection: Document, now: chrono::DateTime<Utc>) -> Commit {
        let operators = [
            ("$set", self.set),
            ("$unset", self.unset),
            ("$addToSet", self.add_to_set),
            ("$pull", self.pull),
        ];
        let used = operators.into_iter().filter(|(_, fields)| !fields.is_empty());
        Commit {
            user_id: user_id.to_owned(),
            guard: self.guard,
            update: used.map(|(operator, fields)| (operator.to_owned(), fields.into())).collect(),
            projection,
            array_filters: Vec::new(),
            claims: Vec::new(),
            spent_totp_step: self.spent_totp_step,
            subscription_custom_fields: None,
            only_session: None,
            effects: Vec::new(),
            now: DateTime::from_chrono(now),
        }
    }
}
