//! A collection whose operations end by the request's deadline, on the server, too.

use crate::deadline::Deadline;
use bson::Document;
use mongodb::Collection;
use mongodb::action::{Aggregate, CountDocuments, Distinct, Find, FindOne, FindOneAndUpdate};
use mongodb::options::UpdateModifications;
use serde::de::DeserializeOwned;
use std::ops::Deref;
use std::time::Duration;

/// Sets `maxTimeMS` wherever the driver takes one. MongoDB understands 0 as "no limit".
const SHORTEST: Duration = Duration::from_millis(1);

/// As the driver's collection; what is not named here is the driver's own.
pub(super) struct Bounded<T: Send + Sync> {
    collection: Collection<T>,
    deadline: Option<Deadline>,
}

macro_rules! bounded {
    ($self:ident, $action:expr) => {{
        let action = $action;
        match &$self.deadline {
            Some(deadline) => action.max_time(deadline.left().max(SHORTEST)),
            None => action,
        }
    }};
}

impl<T: Send + Sync> Bounded<T> {
    pub(super) fn new(collection: Collection<T>, deadline: Option<Deadline>) -> Bounded<T> {
        Bounded { collection, deadline }
    }

    pub(super) fn find(&self, filter: Document) -> Find<'_, T> {
        bounded!(self, self.collection.find(filter))
    }

    pub(super) fn aggregate(&self, pipeline: impl IntoIterator<Item = Document>) -> Aggregate<'_> {
        bounded!(self, self.collection.aggregate(pipeline))
    }

    pub(super) fn count_documents(&self, filter: Document) -> CountDocuments<'_> {
        bounded!(self, self.collection.count_documents(filter))
    }

    pub(super) fn distinct(&self, path: &str, filter: Document) -> Distinct<'_> {
        bounded!(self, self.collection.distinct(path, filter))
    }
}

impl<T: DeserializeOwned + Send + Sync> Bounded<T> {
    pub(super) fn find_one(&self, filter: Document) -> FindOne<'_, T> {
        bounded!(self, self.collection.find_one(filter))
    }

    pub(super) fn find_one_and_update(
        &self,
        filter: Document,
        update: impl Into<UpdateModifications>,
    ) -> FindOneAndUpdate<'_, T> {
        bounded!(self, self.collection.find_one_and_update(filter, update))
    }
}

impl<T: Send + Sync> Deref for Bounded<T> {
    type Target = Collection<T>;

    fn deref(&self) -> &Collection<T> {
        &self.collection
    }
}
