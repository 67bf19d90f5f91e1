//! What a rename has to change: how the documents are found that hold an old name, in each kind of place, and one command
//! that finds those of all places together.

use super::batches::setting;
use super::{Store, StoreError};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use std::time::Duration;

/// Up to so many documents of one place are found beforehand.
const FEW: usize = 100;

/// Documents of one collection that hold an old name.
#[derive(Debug, Clone)]
pub struct Outdated {
    pub(super) collection: &'static str,
    pub(super) filter: Document,
    /// What is looked up of each.
    value: &'static str,
}

/// One update that puts the new name in its place in all of them, and can be done again.
#[derive(Debug, Clone)]
pub struct Replacement {
    pub outdated: Outdated,
    pub(super) update: Document,
    pub(super) array_filters: Vec<Document>,
}

impl Outdated {
    pub(super) fn new(collection: &'static str, filter: Document) -> Outdated {
        Outdated { collection, filter, value: "$_id" }
    }

    /// The same, of which the room is looked up.
    pub(super) fn rooms(self) -> Outdated {
        Outdated { value: "$rid", ..self }
    }

    /// The filter of all of them, or of those that are known already.
    pub(super) fn among(&self, known: Option<&[Bson]>) -> Document {
        let mut filter = known.map_or_else(Document::new, |ids| doc! {"_id": {"$in": ids}});
        filter.extend(self.filter.clone());
        filter
    }

    /// A pipeline behind which there are the ids of the first few.
    fn first_ids(&self, number: usize) -> Vec<Document> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        vec![
            doc! {"$match": &self.filter},
            // One more than a few tells that there are more.
            doc! {"$limit": i64::try_from(FEW + 1).unwrap_or(i64::MAX)},
            doc! {"$project": {"_id": 0, "place": {"$literal": number}, "id": self.value}},
        ]
    }
}

impl Replacement {
    pub(super) fn new(
        collection: &'static str,
        filter: Document,
        fields: Document,
        array_filters: Vec<Document>,
    ) -> Replacement {
        Replacement { outdated: Outdated::new(collection, filter), update: setting(fields), array_filters }
    }

    /// In documents that are known.
    #[must_use]
    pub fn among(mut self, known: &[Bson]) -> Replacement {
        self.outdated.filter = self.outdated.among(Some(known));
        self
    }
}

impl Store {
    /// The ids of the documents of each of these places, in one command; `None` in the place of those that are more than a
    /// few.
    ///
    /// # Errors
    /// [`StoreError`], also when it takes longer than this.
    pub async fn find_outdated(
        &self,
        places: &[Outdated],
        limit: Duration,
    ) -> Result<Vec<Option<Vec<Bson>>>, StoreError> {
        let mut found = vec![Some(Vec::new()); places.len()];
        let Some((first, others)) = places.split_first() else { return Ok(found) };
        let mut pipeline = first.first_ids(0);
        for (number, place) in (1..).zip(others) {
            let ids = place.first_ids(number);
            pipeline.push(doc! {"$unionWith": {"coll": place.collection, "pipeline": ids}});
        }
        let mut ids = self.collection(first.collection).aggregate(pipeline).max_time(limit).await?;
        while let Some(mut one) = ids.try_next().await? {
            let number = one.get_i64("place").ok().and_then(|number| usize::try_from(number).ok());
            let place = number.and_then(|number| found.get_mut(number));
            if let (Some(place), Some(id)) = (place, one.remove("id"))
                && let Some(ids) = place
            {
                ids.push(id);
                if ids.len() > FEW {
                    *place = None;
                }
            }
        }
        Ok(found)
    }
}
