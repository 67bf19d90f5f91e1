//! `users`: the caller, and whether a username or an address is taken. Source: `docs/behaviour/user-document.md`.

use super::bounded::{Bounded, counted};
use super::exact::Exact;
use super::workspace::escape_pattern;
use super::{Store, StoreError};
use crate::caller::Caller;
use bson::{Bson, Document, RawDocumentBuf, cstr, doc, rawdoc};
use futures_util::TryStreamExt;
use mongodb::ClientSession;
use mongodb::options::{Collation, CollationStrength, Hint, ReturnDocument};

pub(super) const USERS: &str = "users";

/// A value that only one user may hold, in any letter case.
#[derive(Debug, Clone, Copy)]
pub enum UserFilter<'a> {
    Username(&'a str),
    EmailAddress(&'a str),
}

/// Somebody, as a request names them.
#[derive(Debug, Clone, Copy)]
pub enum Whom<'a> {
    Id(&'a str),
    /// In any letter case.
    Username(&'a str),
    /// In any letter case, verified or not.
    EmailAddress(&'a str),
}

impl UserFilter<'_> {
    pub(super) fn document(self) -> Document {
        match self {
            UserFilter::Username(username) => doc! {"username": username},
            UserFilter::EmailAddress(address) => doc! {"emails.address": address},
        }
    }
}

/// Compares texts without letter case.
pub(super) fn without_letter_case() -> Collation {
    Collation::builder().locale("en").strength(CollationStrength::Secondary).build()
}

impl Store {
    /// The users as they are stored.
    pub(super) fn users(&self) -> Bounded<Exact> {
        self.exact_collection(USERS)
    }

    /// The user with this id who holds this hashed login token.
    pub async fn caller(&self, user_id: &str, hashed_token: &str) -> Result<Option<Caller>, StoreError> {
        let projection = Caller::projection_with_token("hashedToken", hashed_token);
        // By the id alone, as MongoDB plans nothing then; whether the token is theirs, the projection tells. But not
        // where a list stands in the way to the tokens.
        let mut found = self.user_by_id(user_id, &projection).await?;
        if found.as_ref().is_some_and(|user| user.get_bool("resumeIsList").unwrap_or(false)) {
            let theirs = doc! {"_id": user_id, "services.resume.loginTokens.hashedToken": hashed_token};
            let projection = Document::try_from(&projection).unwrap_or_default();
            found = self.raw_collection(USERS).find_one(theirs).projection(projection).await?;
        } else {
            found = found.filter(|user| user.get("ownToken").is_ok_and(|token| token.is_some()));
        }
        Ok(found.map(|user| Caller::from_raw(&user)).transpose()?)
    }

    /// The read that every request makes: written as the bytes that are sent, and read from those that come. The driver's
    /// own `find` makes documents of both, with an allocation for each name in them. But it asks a second time where that
    /// helps, after a failure; so then it is used.
    async fn user_by_id(
        &self,
        user_id: &str,
        projection: &RawDocumentBuf,
    ) -> Result<Option<RawDocumentBuf>, StoreError> {
        let mut find = rawdoc! {
            "find": USERS, "filter": {"_id": user_id}, "projection": projection.clone(), "limit": 1,
            "singleBatch": true,
        };
        if let Some(left) = self.time_left() {
            let left = i64::try_from(left.as_millis()).unwrap_or(i64::MAX).max(1);
            find.append(cstr!("maxTimeMS"), left);
        }
        counted(USERS, "find");
        let found = async { self.database.run_raw_cursor_command(find).batch().await?.try_next().await };
        match found.await {
            Ok(Some(batch)) => {
                let user = batch.doc_slices()?.into_iter().next().transpose()?;
                Ok(user.and_then(|user| user.as_document()).map(ToOwned::to_owned))
            }
            Ok(None) => Ok(None),
            Err(_) => {
                let projection = Document::try_from(projection).unwrap_or_default();
                let users = self.raw_collection(USERS);
                Ok(users.find_one(doc! {"_id": user_id}).projection(projection).await?)
            }
        }
    }

    /// Whoever this is, as if they called, but without a login token.
    pub async fn person(&self, whom: Whom<'_>) -> Result<Option<Caller>, StoreError> {
        let users = self.users();
        let query = match whom {
            Whom::Id(id) => users.find_one(doc! {"_id": id}),
            Whom::Username(username) => {
                users.find_one(doc! {"username": username}).collation(without_letter_case())
            }
            Whom::EmailAddress(address) => {
                users.find_one(doc! {"emails.address": address}).collation(without_letter_case())
            }
        };
        let found = query.projection(Caller::projection()).await?;
        Ok(found.map(|document| Caller::from_document(&document)).transpose()?)
    }

    /// The user's document, as far as the projection shows it.
    pub async fn user(
        &self,
        user_id: &str,
        projection: Document,
    ) -> Result<Option<RawDocumentBuf>, StoreError> {
        let users = self.raw_collection(USERS);
        Ok(users.find_one(doc! {"_id": user_id}).projection(projection).await?)
    }

    /// The hashed tokens of all that the user is signed in with, access tokens included; `None` without such a user.
    pub async fn hashed_tokens(&self, user_id: &str) -> Result<Option<Vec<String>>, StoreError> {
        let tokens = "services.resume.loginTokens.hashedToken";
        let users = self.users();
        let Some(user) = users.find_one(doc! {"_id": user_id}).projection(doc! {tokens: 1}).await? else {
            return Ok(None);
        };
        let resume = user.get_document("services").and_then(|services| services.get_document("resume"));
        let tokens = resume.and_then(|resume| resume.get_array("loginTokens")).into_iter().flatten();
        let hashed = |token: &Bson| token.as_document()?.get_str("hashedToken").ok().map(str::to_owned);
        Ok(Some(tokens.filter_map(hashed).collect()))
    }

    /// `username` and `name` of these users.
    pub async fn names_of(&self, user_ids: &[&str]) -> Result<Vec<Document>, StoreError> {
        Ok(self
            .users()
            .find(doc! {"_id": {"$in": user_ids.to_vec()}})
            .projection(doc! {"username": 1, "name": 1})
            .await?
            .map_ok(|user| user.0)
            .try_collect()
            .await?)
    }

    /// Whether another user has exactly this username.
    pub async fn is_username_of_another(&self, username: &str, user_id: &str) -> Result<bool, StoreError> {
        let users = self.collection(USERS);
        let other = doc! {"username": username, "_id": {"$ne": user_id}};
        Ok(users.find_one(other).projection(doc! {"_id": 1}).await?.is_some())
    }

    /// How many usernames begin with this prefix, a dash and a digit.
    pub async fn count_numbered_usernames(&self, prefix: &str) -> Result<u64, StoreError> {
        let pattern = format!("^{}-[0-9]+", escape_pattern(prefix));
        let users = self.collection(USERS);
        Ok(users.count_documents(doc! {"username": {"$regex": pattern}}).await?)
    }

    /// Whether a user, other than the one of that id, or a team has this name, in any letter case.
    pub async fn is_username_taken(&self, username: &str, but_by: Option<&str>) -> Result<bool, StoreError> {
        let by_user = self.is_held(UserFilter::Username(username), but_by);
        let (by_user, by_team) =
            futures_util::future::try_join(by_user, self.is_a_team_name(username)).await?;
        Ok(by_user || by_team)
    }

    /// Whether any user, other than the one of that id, holds the value, compared without letter case.
    pub async fn is_held(&self, filter: UserFilter<'_>, but_by: Option<&str>) -> Result<bool, StoreError> {
        Ok(self.find_holder(filter, but_by, None).await?)
    }

    pub(super) async fn find_holder(
        &self,
        filter: UserFilter<'_>,
        but_by: Option<&str>,
        session: Option<&mut ClientSession>,
    ) -> Result<bool, mongodb::error::Error> {
        let users = self.collection(USERS);
        let mut filter = filter.document();
        if let Some(user_id) = but_by {
            filter.insert("_id", doc! {"$ne": user_id});
        }
        let query = users.find_one(filter).projection(doc! {"_id": 1}).collation(without_letter_case());
        let found = match session {
            Some(session) => query.session(session).await?,
            None => query.await?,
        };
        Ok(found.is_some())
    }

    /// Applies the update if the filter still matches and returns the new document; `None` if it does not.
    pub(super) async fn update_user(
        &self,
        filter: Document,
        update: Document,
        projection: Document,
        array_filters: Vec<Document>,
        session: Option<&mut ClientSession>,
    ) -> Result<Option<RawDocumentBuf>, mongodb::error::Error> {
        let users = self.raw_collection(USERS);
        // The filter has the id, and often a login token, which has an index, too: MongoDB would weigh them up each time.
        let mut command = users
            .find_one_and_update(filter, update)
            .hint(Hint::Keys(doc! {"_id": 1}))
            .projection(projection)
            .return_document(ReturnDocument::After);
        if !array_filters.is_empty() {
            command = command.array_filters(array_filters);
        }
        match session {
            Some(session) => command.session(session).await,
            None => command.await,
        }
    }
}
