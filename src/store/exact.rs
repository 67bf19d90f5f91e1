//! Documents of others as they are stored. Read as a [`Document`] at once, `{"$oid": …}` in them would be taken for an id, and
//! fail where it is none.

use super::bounded::Bounded;
use super::{Store, StoreError};
use bson::{Document, RawDocumentBuf};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::ops::Deref;

/// One of them.
pub(super) struct Exact(pub Document);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Exact, D::Error> {
        let raw = RawDocumentBuf::deserialize(deserializer)?;
        Document::try_from(raw).map(Exact).map_err(D::Error::custom)
    }
}

impl Deref for Exact {
    type Target = Document;

    fn deref(&self) -> &Document {
        &self.0
    }
}

/// What was read is broken.
impl From<bson::error::Error> for StoreError {
    fn from(error: bson::error::Error) -> Self {
        mongodb::error::Error::from(error).into()
    }
}

impl Store {
    pub(super) fn exact_collection(&self, name: &str) -> Bounded<Exact> {
        Bounded::new(self.database.collection(name), self.deadline.clone())
    }
}
