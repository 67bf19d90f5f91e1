use crate::store::{Store, StoreError};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::error::ErrorKind;

const NAMESPACE_NOT_FOUND: i32 = 26;

/// An index that is there, as far as it says which queries it serves.
#[derive(Debug, PartialEq, Eq)]
pub struct StoredIndex {
    /// The paths that it sorts by, in order; a text or geographic index has none.
    pub paths: Vec<String>,
    pub unique: bool,
    /// Compares without letter case, so it serves only queries that do the same.
    pub insensitive: bool,
}

impl Store {
    /// The indexes of the collection that serve queries of any value; `None` when there is no such collection.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn stored_indexes(&self, collection: &str) -> Result<Option<Vec<StoredIndex>>, StoreError> {
        // Asked for as documents: the driver's own type refuses options that old releases of MongoDB took.
        let found = match self.database.run_cursor_command(doc! {"listIndexes": collection}).await {
            Ok(cursor) => cursor.try_collect::<Vec<Document>>().await?,
            Err(error) => match error.kind.as_ref() {
                ErrorKind::Command(refusal) if refusal.code == NAMESPACE_NOT_FOUND => return Ok(None),
                _ => return Err(error.into()),
            },
        };
        Ok(Some(found.iter().filter_map(read).collect()))
    }
}

/// `None` for an index that the server does not use for every value.
fn read(index: &Document) -> Option<StoredIndex> {
    if index.contains_key("partialFilterExpression") || index.get_bool("hidden").unwrap_or(false) {
        return None;
    }
    let collation = index.get_document("collation").ok();
    let strength = collation.and_then(|collation| collation.get_i32("strength").ok());
    let locale = collation.and_then(|collation| collation.get_str("locale").ok());
    let insensitive = strength == Some(2) && locale == Some("en");
    if collation.is_some() && !insensitive {
        return None;
    }
    let is_order = |order: &Bson| matches!(order, Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_));
    let keys = index.get_document("key").ok()?;
    let paths = keys.iter().take_while(|(_, order)| is_order(order)).map(|(path, _)| path.clone()).collect();
    Some(StoredIndex { paths, unique: index.get_bool("unique").unwrap_or(false), insensitive })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_index_for_every_value_counts() {
        let key = doc! {"key": {"name": 1, "t": -1.0}, "unique": true};
        let paths = vec!["name".to_owned(), "t".to_owned()];
        assert_eq!(read(&key), Some(StoredIndex { paths, unique: true, insensitive: false }));
        for (option, value) in [
            ("partialFilterExpression", Bson::from(doc! {"t": "d"})),
            ("hidden", true.into()),
            ("collation", doc! {"locale": "de", "strength": 2}.into()),
        ] {
            let mut narrow = key.clone();
            narrow.insert(option, value);
            assert_eq!(read(&narrow), None, "{option}");
        }
        let text = read(&doc! {"key": {"_fts": "text", "_ftsx": 1}}).expect("an index");
        assert_eq!(text.paths, Vec::<String>::new());
    }
}
