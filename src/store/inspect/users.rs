use super::{count, text};
use crate::store::users::{USERS, without_letter_case};
use crate::store::{Store, StoreError};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;

/// How many users of a kind are listed by name.
const LISTED: i64 = 20;

/// A user whose document has grown.
#[derive(Debug)]
pub struct HeavyUser {
    pub id: String,
    pub username: Option<String>,
    /// Sessions; personal access tokens are not counted, as nothing but their owner removes them.
    pub sessions: u64,
    /// The size of the whole document.
    pub bytes: u64,
}

/// What should belong to one user only, in any letter case.
#[derive(Debug, Clone, Copy)]
pub enum DuplicatesOf {
    Usernames,
    Addresses,
}

/// Users who share a value that differs in letter case.
#[derive(Debug)]
pub struct CaseDuplicates {
    pub values: Vec<String>,
    pub user_ids: Vec<String>,
}

/// Hashes of passwords that are not compared.
#[derive(Debug, Clone, Copy)]
pub enum UnusableHashes {
    /// bcrypt at a cost above 14.
    TooCostly,
    Argon2,
}

impl Store {
    /// How many users have more sessions or a larger document than that, and the largest of them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn heavy_users(
        &self,
        sessions: usize,
        bytes: u64,
    ) -> Result<(u64, Vec<HeavyUser>), StoreError> {
        let tokens = "$services.resume.loginTokens";
        let tokens = doc! {"$cond": [{"$isArray": tokens}, tokens, []]};
        let is_session = doc! {"$ne": ["$$this.type", "personalAccessToken"]};
        let bounds = [
            doc! {"sessions": {"$gt": i64::try_from(sessions).unwrap_or(i64::MAX)}},
            doc! {"bytes": {"$gt": i64::try_from(bytes).unwrap_or(i64::MAX)}},
        ];
        let found = self
            .inspected(
                USERS,
                vec![
                    doc! {"$project": {
                        "username": 1,
                        "sessions": {"$size": {"$filter": {"input": tokens, "cond": is_session}}},
                        "bytes": {"$bsonSize": "$$ROOT"},
                    }},
                    doc! {"$match": {"$or": bounds.to_vec()}},
                    doc! {"$facet": {
                        "all": [{"$count": "users"}],
                        "largest": [{"$sort": {"bytes": -1, "_id": 1}}, {"$limit": LISTED}],
                    }},
                ],
            )
            .await?;
        let facet = |name| found.first().and_then(|facets| facets.get_array(name).ok()).into_iter().flatten();
        let users = facet("all").filter_map(Bson::as_document).map(|all| count(all, "users")).sum();
        let heavy = |user: &Document| HeavyUser {
            id: text(user, "_id").unwrap_or_default(),
            username: text(user, "username"),
            sessions: count(user, "sessions"),
            bytes: count(user, "bytes"),
        };
        Ok((users, facet("largest").filter_map(Bson::as_document).map(heavy).collect()))
    }

    /// The values that several users hold in different letter case.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn case_duplicates(&self, of: DuplicatesOf) -> Result<Vec<CaseDuplicates>, StoreError> {
        let (unwound, path) = match of {
            DuplicatesOf::Usernames => (None, "username"),
            DuplicatesOf::Addresses => (Some(doc! {"$unwind": "$emails"}), "emails.address"),
        };
        let value = format!("${path}");
        let mut pipeline: Vec<Document> = Vec::from_iter(unwound);
        pipeline.extend([
            doc! {"$match": {path: {"$type": "string"}}},
            // Only what is compared goes on: a user's document can be large.
            doc! {"$project": {"value": value}},
            doc! {"$group": {"_id": "$value", "values": {"$push": "$value"}, "users": {"$addToSet": "$_id"}}},
            doc! {"$match": {"users.1": {"$exists": true}}},
            doc! {"$sort": {"_id": 1}},
        ]);
        let groups: Vec<Document> = self
            .collection(USERS)
            .aggregate(pipeline)
            .collation(without_letter_case())
            .allow_disk_use(true)
            .await?
            .try_collect()
            .await?;
        let texts = |group: &Document, key: &str| {
            let values = group.get_array(key).into_iter().flatten().filter_map(Bson::as_str);
            let mut values: Vec<String> = values.map(str::to_owned).collect();
            values.sort_unstable();
            values
        };
        let duplicates = groups
            .iter()
            .map(|group| CaseDuplicates { values: texts(group, "values"), user_ids: texts(group, "users") });
        Ok(duplicates.collect())
    }

    /// How many users have such a hash in the place of their password's, and the usernames or ids of some.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn users_with(&self, hashes: UnusableHashes) -> Result<(u64, Vec<String>), StoreError> {
        self.number_and_some(match hashes {
            UnusableHashes::TooCostly => {
                doc! {"services.password.bcrypt": {"$regex": r"^\$2[abxy]\$(1[5-9]|[2-9][0-9])\$"}}
            }
            UnusableHashes::Argon2 => doc! {"services.password.argon2": {"$exists": true}},
        })
        .await
    }

    pub(super) async fn number_and_some(&self, filter: Document) -> Result<(u64, Vec<String>), StoreError> {
        let users = self.users();
        let number = users.count_documents(filter.clone()).await?;
        let found = users.find(filter).sort(doc! {"_id": 1}).limit(LISTED).projection(doc! {"username": 1});
        let name = |user: &Document| text(user, "username").or_else(|| text(user, "_id"));
        let names: Vec<Option<String>> = found.await?.map_ok(|user| name(&user)).try_collect().await?;
        Ok((number, names.into_iter().flatten().collect()))
    }
}
