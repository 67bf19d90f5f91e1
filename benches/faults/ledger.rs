//! What a client was told: per user, what must be stored at the end, and what may be, because an answer did not come.

use std::collections::BTreeMap;

use super::people::{User, first_password};

/// The values that may be stored: the one that was acknowledged last, and those of later requests without an answer.
#[derive(Debug, Clone)]
pub struct Field {
    pub acknowledged: String,
    pub doubtful: Vec<String>,
}

impl Field {
    fn new(value: String) -> Field {
        Field { acknowledged: value, doubtful: Vec::new() }
    }

    /// No request that was sent before may change it any more.
    pub fn acknowledge(&mut self, value: &str) {
        value.clone_into(&mut self.acknowledged);
        self.doubtful.clear();
    }

    pub fn doubt(&mut self, value: &str) {
        self.doubtful.push(value.to_owned());
    }

    pub fn may_be(&self, value: &str) -> bool {
        self.acknowledged == value || self.doubtful.iter().any(|doubtful| doubtful == value)
    }

    /// The newest first: that is the likeliest.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.doubtful.iter().rev().chain([&self.acknowledged])
    }
}

/// One user's.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub user: User,
    /// Every change writes its mark into name, nickname and bio at once.
    pub mark: Field,
    pub username: Field,
    pub email: Field,
    pub password: Field,
    /// Of every address that was asked for, whether the change may have been saved.
    pub addresses: BTreeMap<String, bool>,
    /// How often each outcome was.
    pub outcomes: BTreeMap<String, usize>,
    /// How often a code, sent twice at the same time, saved a change.
    pub codes: BTreeMap<usize, usize>,
    /// What must never happen.
    pub wrong: Vec<String>,
}

impl Ledger {
    pub fn of(user: User) -> Ledger {
        let id = user.id.clone();
        Ledger {
            mark: Field::new(id.clone()),
            username: Field::new(id.clone()),
            email: Field::new(format!("{id}@example.org")),
            password: Field::new(first_password(&id)),
            addresses: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            codes: BTreeMap::new(),
            wrong: Vec::new(),
            user,
        }
    }

    pub fn count(&mut self, outcome: &str) {
        *self.outcomes.entry(outcome.to_owned()).or_default() += 1;
    }
}
