//! A whole database as the digests of its documents: small enough to keep, and enough to see what changed.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Context, bail};
use mongodb::Database;
use mongodb::bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};

use super::Sides;

/// In these, even two Rocket.Chats must begin with the same.
const STRICT: [&str; 4] = ["users", "rocketchat_room", "rocketchat_subscription", "rocketchat_message"];
/// So many are named where databases differ.
const NAMED: usize = 5;

/// By collection, and by the id as a text.
#[derive(Debug, Default)]
pub struct Snapshot(pub BTreeMap<String, HashMap<String, u64>>);

/// The id of a document, as a text that tells types apart.
pub fn id_of(document: &RawDocument) -> anyhow::Result<String> {
    let id = document.get("_id")?.context("a document without _id")?;
    Ok(id.as_str().map_or_else(|| format!("{id:?}"), str::to_owned))
}

fn digest(document: &RawDocument) -> u64 {
    let mut hasher = DefaultHasher::new();
    document.as_bytes().hash(&mut hasher);
    hasher.finish()
}

/// The collections with documents of their own, but for those that begin so.
async fn collections(database: &Database, own: &[String]) -> anyhow::Result<Vec<String>> {
    let names = database.list_collection_names().filter(doc! {"type": "collection"}).await?;
    let is_looked_at = |name: &String| {
        !name.starts_with("system.") && !own.iter().any(|prefix| name.starts_with(prefix.as_str()))
    };
    Ok(names.into_iter().filter(is_looked_at).collect())
}

impl Snapshot {
    /// # Errors
    /// MongoDB's.
    pub async fn take(database: &Database, own: &[String]) -> anyhow::Result<Snapshot> {
        let mut snapshot = Snapshot::default();
        for name in collections(database, own).await? {
            let documents = snapshot.0.entry(name.clone()).or_default();
            let mut cursor = database.collection::<RawDocumentBuf>(&name).find(doc! {}).await?;
            while cursor.advance().await? {
                let document = cursor.current();
                documents.insert(id_of(document)?, digest(document));
            }
        }
        Ok(snapshot)
    }

    /// What has changed since: collection, id, and the document, or none where it is gone.
    ///
    /// # Errors
    /// MongoDB's.
    pub async fn changes(&self, database: &Database, own: &[String]) -> anyhow::Result<Vec<Change>> {
        let mut changes = Vec::new();
        let none = HashMap::new();
        for name in collections(database, own).await? {
            let mut before = self.0.get(&name).unwrap_or(&none).clone();
            let mut cursor = database.collection::<RawDocumentBuf>(&name).find(doc! {}).await?;
            while cursor.advance().await? {
                let document = cursor.current();
                let id = id_of(document)?;
                if before.remove(&id) != Some(digest(document)) {
                    let document = Some(Document::try_from(document)?);
                    changes.push(Change { collection: name.clone(), id, document });
                }
            }
            let gone = before.into_keys();
            changes.extend(gone.map(|id| Change { collection: name.clone(), id, document: None }));
        }
        Ok(changes)
    }

    fn digest(&self, collection: &str, id: &str) -> Option<u64> {
        self.0.get(collection)?.get(id).copied()
    }
}

#[derive(Debug, Clone)]
pub struct Change {
    pub collection: String,
    pub id: String,
    pub document: Option<Document>,
}

/// The document as it is now. Ids that are no texts are not looked up: such documents are compared where they changed.
///
/// # Errors
/// MongoDB's.
pub async fn document(database: &Database, collection: &str, id: &str) -> anyhow::Result<Option<Document>> {
    let documents = database.collection::<RawDocumentBuf>(collection);
    let found = documents.find_one(doc! {"_id": Bson::from(id)}).await?;
    Ok(found.map(Document::try_from).transpose()?)
}

/// Refuses databases that were not restored from one dump. A running Rocket.Chat writes documents of its own; where the two
/// originals differ already, nothing is asked of the candidate, but for what requests are about.
///
/// # Errors
/// They differ, with examples.
pub fn refuse_unequal(before: &Sides<Snapshot>) -> anyhow::Result<()> {
    let Sides { original, repeat, candidate } = before;
    let mut wrong = Vec::new();
    let names: std::collections::BTreeSet<&String> =
        before.as_array().into_iter().flat_map(|snapshot| snapshot.0.keys()).collect();
    for name in names {
        let ids: std::collections::BTreeSet<&String> = before
            .as_array()
            .into_iter()
            .filter_map(|snapshot| snapshot.0.get(name))
            .flat_map(HashMap::keys)
            .collect();
        for id in ids {
            let one = original.digest(name, id);
            let (is_noise, is_same) = (one != repeat.digest(name, id), one == candidate.digest(name, id));
            let is_strict = STRICT.contains(&name.as_str());
            if (is_noise && is_strict) || (!is_noise && !is_same) {
                wrong.push(format!("{name} {id}"));
            }
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let examples = wrong.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    bail!(
        "the databases are not equal before the first request: {} documents differ, such as {examples}. All three must be \
         restored from one dump, and nobody else may write into them",
        wrong.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshots(values: [&[(&str, &str, u64)]; 3]) -> Sides<Snapshot> {
        Sides::from_array(values.map(|values| {
            let mut snapshot = Snapshot::default();
            for (collection, id, digest) in values {
                snapshot.0.entry((*collection).to_owned()).or_default().insert((*id).to_owned(), *digest);
            }
            snapshot
        }))
    }

    #[test]
    fn only_what_the_originals_themselves_write_may_differ() {
        let same: &[_] = &[("users", "a", 1), ("x", "b", 2)];
        assert!(refuse_unequal(&snapshots([same, same, same])).is_ok());
        let noise: &[_] = &[("users", "a", 1), ("x", "b", 3), ("x", "c", 1)];
        assert!(refuse_unequal(&snapshots([same, noise, same])).is_ok());
        for wrong in [&[("users", "a", 1)][..], &[("users", "a", 2), ("x", "b", 2)], noise] {
            assert!(refuse_unequal(&snapshots([same, same, wrong])).is_err(), "{wrong:?}");
        }
        let other_users: &[_] = &[("users", "a", 2), ("x", "b", 2)];
        let refused = refuse_unequal(&snapshots([same, other_users, same])).unwrap_err().to_string();
        assert!(refused.contains("users a"), "{refused}");
    }
}
