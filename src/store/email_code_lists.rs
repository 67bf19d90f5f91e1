//! `services.emailCode` of `users` as Rocket.Chat 6.5.0 and older have it: a list of codes, none of which counts attempts.
//! Source: `docs/behaviour/two-factor.md` section 4, "History".

use super::email_codes::{StoredEmailCode, read_email_code};
use super::users::USERS;
use super::{Store, StoreError};
use bson::{Bson, DateTime, Document, doc};
use chrono::{DateTime as ChronoDateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

const LIST: &str = "services.emailCode";
/// How many codes a list holds: the newest.
const KEPT: usize = 5;

impl Store {
    /// Adds a code to the list; what is no list gives way to one. `keep_usable`: only where none of the list can still be
    /// used. Returns whether it was added.
    pub async fn add_email_code(
        &self,
        user_id: &str,
        hash: &SecretString,
        expire: ChronoDateTime<Utc>,
        keep_usable: bool,
        now: ChronoDateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let now = DateTime::from_chrono(now);
        // A hash begins with a dollar sign, as names of fields do here.
        let code = doc! {"code": {"$literal": hash.expose_secret()}, "expire": DateTime::from_chrono(expire)};
        let stored = doc! {"$cond": [{"$isArray": "$services.emailCode"}, "$services.emailCode", []]};
        let kept = -i32::try_from(KEPT).unwrap_or(i32::MAX);
        let list = doc! {"$slice": [{"$concatArrays": [stored, [code]]}, kept]};
        let mut filter = doc! {"_id": user_id};
        if keep_usable {
            let usable = doc! {"$elemMatch": {"code": {"$type": "string"}, "expire": {"$gt": now}}};
            filter.insert("$nor", vec![doc! {LIST: usable}]);
        }
        let update = vec![doc! {"$set": {LIST: list, "_updatedAt": now}}];
        Ok(self.write(self.collection(USERS).update_one(filter, update)).await?.matched_count > 0)
    }

    /// Takes the codes that have expired off the list.
    pub async fn drop_expired_email_codes(
        &self,
        user_id: &str,
        now: ChronoDateTime<Utc>,
    ) -> Result<(), StoreError> {
        let now = DateTime::from_chrono(now);
        let expired = doc! {"expire": {"$lt": now}};
        let filter = doc! {"_id": user_id, LIST: {"$elemMatch": &expired}};
        let update = doc! {"$pull": {LIST: expired}, "$set": {"_updatedAt": now}};
        self.write(self.collection(USERS).update_one(filter, update)).await?;
        Ok(())
    }

    /// Takes the code with this hash off the list.
    pub async fn remove_listed_email_code(
        &self,
        user_id: &str,
        hash: &SecretString,
    ) -> Result<(), StoreError> {
        let code = doc! {"code": hash.expose_secret()};
        let filter = doc! {"_id": user_id, LIST: {"$elemMatch": &code}};
        self.write(self.collection(USERS).update_one(filter, doc! {"$pull": {LIST: code}})).await?;
        Ok(())
    }
}

/// The codes of the list, oldest first; none where there is no list. Of a longer one than Rocket.Chat leaves, the newest.
pub(super) fn listed_email_codes(user: &Document) -> Vec<StoredEmailCode> {
    let list = user.get_document("services").and_then(|services| services.get_array("emailCode"));
    let list = list.map(Vec::as_slice).unwrap_or_default();
    let newest = &list[list.len().saturating_sub(KEPT)..];
    newest.iter().filter_map(Bson::as_document).filter_map(read_email_code).collect()
}
