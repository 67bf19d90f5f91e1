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
pub struct Outdated {
    pub(super) collection: &'static str,
    pub(super) filter: Document,
}

/// One update that puts the new name in its place in all of them, and can be done again.
pub struct Replacement {
    pub outdated: Outdated,
    pub(super) update: Document,
    pub(super) array_filters: Vec<Document>,
}

impl Outdated {
    /// The filter of all of them, or of those that are known already.
    pub(super) fn among(&self, known: Option<&[Bson]>) -> Document {
        let mut filter = known.map_or_else(Document::new, |ids| doc! {"_id": {"$in": ids}});
        filter.extend(self.filter.clone());
        filter
    }

    /// A pipeline behind which there is one document: the ids of the first few, if there are any.
    fn first_ids(&self, number: usize) -> Vec<Document> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        vec![
            doc! {"$match": &self.filter},
            // One more than a few tells that there are more.
            doc! {"$limit": i64::try_from(FEW + 1).unwrap_or(i64::MAX)},
            doc! {"$group": {"_id": {"$literal": number}, "ids": {"$push": "$_id"}}},
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
        Replacement { outdated: Outdated { collection, filter }, update: setting(fields), array_filters }
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
        while let Some(mut of_place) = ids.try_next().await? {
            let number = of_place.get_i64("_id").ok().and_then(|number| usize::try_from(number).ok());
            if let (Some(place), Some(Bson::Array(ids))) =
                (number.and_then(|number| found.get_mut(number)), of_place.remove("ids"))
            {
                *place = (ids.len() <= FEW).then_some(ids);
            }
        }
        Ok(found)
    }
}
