//! A collection whose operations end by the request's deadline, on the server, too, and are counted.

use crate::deadline::Deadline;
use bson::Document;
use metrics::counter;
use mongodb::Collection;
use mongodb::action::{
    Aggregate, CountDocuments, Delete, Distinct, Find, FindOne, FindOneAndUpdate, InsertMany, InsertOne,
    Update,
};
use mongodb::options::UpdateModifications;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Borrow;
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

    fn count(&self, operation: &'static str) {
        counted(self.collection.name(), operation);
    }

    pub(super) fn find(&self, filter: Document) -> Find<'_, T> {
        self.count("find");
        bounded!(self, self.collection.find(filter))
    }

    pub(super) fn aggregate(&self, pipeline: impl IntoIterator<Item = Document>) -> Aggregate<'_> {
        self.count("aggregate");
        bounded!(self, self.collection.aggregate(pipeline))
    }

    pub(super) fn count_documents(&self, filter: Document) -> CountDocuments<'_> {
        self.count("count");
        bounded!(self, self.collection.count_documents(filter))
    }

    pub(super) fn distinct(&self, path: &str, filter: Document) -> Distinct<'_> {
        self.count("distinct");
        bounded!(self, self.collection.distinct(path, filter))
    }
}

/// Writes, which have no limit of their own: what ends them is the write concern.
impl<T: Send + Sync> Bounded<T> {
    pub(super) fn update_one(&self, filter: Document, update: impl Into<UpdateModifications>) -> Update<'_> {
        self.count("update");
        self.collection.update_one(filter, update)
    }

    pub(super) fn update_many(&self, filter: Document, update: impl Into<UpdateModifications>) -> Update<'_> {
        self.count("update");
        self.collection.update_many(filter, update)
    }

    pub(super) fn delete_one(&self, filter: Document) -> Delete<'_> {
        self.count("delete");
        self.collection.delete_one(filter)
    }

    pub(super) fn delete_many(&self, filter: Document) -> Delete<'_> {
        self.count("delete");
        self.collection.delete_many(filter)
    }
}

impl<T: Serialize + Send + Sync> Bounded<T> {
    pub(super) fn insert_one(&self, document: impl Borrow<T>) -> InsertOne<'_> {
        self.count("insert");
        self.collection.insert_one(document)
    }

    pub(super) fn insert_many(&self, documents: impl IntoIterator<Item = impl Borrow<T>>) -> InsertMany<'_> {
        self.count("insert");
        self.collection.insert_many(documents)
    }
}

/// Counts an operation that is sent.
pub(super) fn counted(collection: &str, operation: &'static str) {
    counter!(
        "rc_account_mongodb_operations_total",
        "collection" => collection.to_owned(), "operation" => operation
    )
    .increment(1);
}

impl<T: DeserializeOwned + Send + Sync> Bounded<T> {
    pub(super) fn find_one(&self, filter: Document) -> FindOne<'_, T> {
        self.count("find");
        bounded!(self, self.collection.find_one(filter))
    }

    pub(super) fn find_one_and_update(
        &self,
        filter: Document,
        update: impl Into<UpdateModifications>,
    ) -> FindOneAndUpdate<'_, T> {
        self.count("findAndModify");
        bounded!(self, self.collection.find_one_and_update(filter, update))
    }
}

impl<T: Send + Sync> Deref for Bounded<T> {
    type Target = Collection<T>;

    fn deref(&self) -> &Collection<T> {
        &self.collection
    }
}
