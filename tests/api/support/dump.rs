use futures_util::TryStreamExt;
use mongodb::Database;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use std::collections::BTreeMap;

/// Where instances say that they live, once a second.
pub const INSTANCES: &str = "rc_account_instances";
/// What counts a user's changes, also those that are refused in the end.
const RECENT_CHANGES: &str = "rc_account_recent_changes";

/// Every document of every collection, for comparing the whole database; without the heartbeats of running
/// instances and without the counters of attempts.
pub async fn dump(database: &Database) -> BTreeMap<String, Vec<Document>> {
    let mut collections = BTreeMap::new();
    for name in database.list_collection_names().await.expect("collections") {
        if name == INSTANCES || name == RECENT_CHANGES {
            continue;
        }
        let collection = database.collection::<RawDocumentBuf>(&name);
        let cursor = collection.find(doc! {}).sort(doc! {"_id": 1}).await.expect("find");
        let documents: Vec<RawDocumentBuf> = cursor.try_collect().await.expect("documents");
        collections.insert(name, documents.into_iter().map(exact).collect());
    }
    collections
}

/// The document as it is stored. Read at once as a [`Document`], `{"$oid": …}` would become an id.
pub fn exact(document: RawDocumentBuf) -> Document {
    document.try_into().expect("valid BSON")
}
