//! The settings that Rocket.Chat shows to everybody.

use super::settings::SETTINGS;
use super::{Store, StoreError};
use bson::{Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt;

/// Which of them.
#[derive(Debug, Clone, Copy)]
pub struct PublicSettings<'a> {
    /// Those with these ids; without any, all.
    pub ids: &'a [String],
    pub skip: u64,
    /// 0: no limit.
    pub limit: i64,
}

impl Store {
    /// Public settings that are not hidden, by their ids, as far as these fields show them; and how many there are without
    /// the limit.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn public_settings(
        &self,
        which: PublicSettings<'_>,
        fields: &[&str],
    ) -> Result<(Vec<RawDocumentBuf>, u64), StoreError> {
        let mut filter = doc! {"hidden": {"$ne": true}, "public": true};
        if !which.ids.is_empty() {
            filter.insert("_id", doc! {"$in": which.ids});
        }
        let projection: Document = fields.iter().map(|field| ((*field).to_owned(), 1.into())).collect();
        let settings = self.raw_collection(SETTINGS);
        let found = settings.find(filter.clone()).projection(projection).sort(doc! {"_id": 1});
        let page = async { found.skip(which.skip).limit(which.limit).await?.try_collect().await };
        Ok(futures_util::future::try_join(page, settings.count_documents(filter).into_future()).await?)
    }
}
