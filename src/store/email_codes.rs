//! `services.emailCode` of `users` from Rocket.Chat 6.5.1 on: the one code by e-mail that is open. Source: `docs/behaviour/two-factor.md` section 4.

use super::users::USERS;
use super::{Store, StoreError};
use bson::{Bson, DateTime, Document, doc};
use chrono::{DateTime as ChronoDateTime, Utc};
use mongodb::options::ReturnDocument;
use secrecy::{ExposeSecret, SecretString};

/// `services.emailCode`.
#[derive(Debug, Clone)]
pub struct StoredEmailCode {
    /// bcrypt of the six digits.
    pub hash: SecretString,
    pub expire: ChronoDateTime<Utc>,
    /// Wrong attempts so far; those of a list are not counted.
    pub attempts: i64,
}

/// A code that a guess is compared with.
#[derive(Debug)]
pub struct LookedAt {
    /// As it was before this look.
    pub code: StoredEmailCode,
    /// Whether the code allowed this look.
    pub allowed: bool,
    /// The attempts by now, this one included.
    pub attempts: i64,
}

impl Store {
    /// Stores a new e-mail code; its attempts start anew. `keep_usable`: only where there is none that can still be
    /// used, with the number of attempts that a code has, if that is limited. Returns whether it was stored.
    pub async fn store_email_code(
        &self,
        user_id: &str,
        hash: &SecretString,
        expire: ChronoDateTime<Utc>,
        keep_usable: Option<Option<i64>>,
        now: ChronoDateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let now = DateTime::from_chrono(now);
        let code =
            doc! {"code": hash.expose_secret(), "expire": DateTime::from_chrono(expire), "attempts": 0};
        let update = doc! {"$set": {"services.emailCode": code, "_updatedAt": now}};
        let mut filter = Document::new();
        if let Some(most) = keep_usable {
            let mut usable = doc! {
                "services.emailCode.code": {"$type": "string"}, "services.emailCode.expire": {"$gt": now},
                // A list is of an old version, and none of it is taken.
                "services.emailCode.0": {"$exists": false},
            };
            if let Some(most) = most {
                usable.insert("services.emailCode.attempts", doc! {"$not": {"$gte": most}});
            }
            filter.insert("$nor", vec![usable]);
        }
        Ok(self.update_one_user(user_id, filter, update).await?.matched_count > 0)
    }

    /// Counts a look at the stored e-mail code, if it allows a further one, and returns it: one write, so that of guesses
    /// that arrive together no more are compared than the code allows. `None`: there is no code.
    pub async fn look_at_email_code(
        &self,
        user_id: &str,
        most: Option<i64>,
        now: ChronoDateTime<Utc>,
    ) -> Result<Option<LookedAt>, StoreError> {
        let attempts = "$services.emailCode.attempts";
        let stored = doc! {"$cond": [{"$isNumber": attempts}, attempts, 0]};
        let further = doc! {"$add": [stored.clone(), 1]};
        let counted = match most {
            Some(most) => doc! {"$cond": [{"$lt": [stored.clone(), most]}, further, stored]},
            None => further,
        };
        let update = vec![doc! {"$set": {
            "services.emailCode.attempts": counted, "_updatedAt": DateTime::from_chrono(now),
        }}];
        let before = self
            .users()
            .find_one_and_update(
                doc! {"_id": user_id, "services.emailCode.code": {"$type": "string"}},
                update,
            )
            .projection(doc! {"services.emailCode": 1})
            .return_document(ReturnDocument::Before)
            .await?;
        Ok(before.and_then(|user| stored_email_code(&user)).map(|code| {
            let allowed = most.is_none_or(|most| code.attempts < most);
            LookedAt { attempts: code.attempts + i64::from(allowed), code, allowed }
        }))
    }

    /// Takes back the counting of a look at the code with this hash: it was no wrong guess.
    pub async fn take_back_look(&self, user_id: &str, hash: &str) -> Result<(), StoreError> {
        let filter = doc! {
            "_id": user_id, "services.emailCode.code": hash, "services.emailCode.attempts": {"$gt": 0},
        };
        let update = doc! {"$inc": {"services.emailCode.attempts": -1}};
        self.write(self.collection(USERS).update_one(filter, update)).await?;
        Ok(())
    }

    /// Removes the e-mail code with this hash.
    pub async fn remove_email_code(&self, user_id: &str, hash: &SecretString) -> Result<(), StoreError> {
        let filter = doc! {"_id": user_id, "services.emailCode.code": hash.expose_secret()};
        let update = doc! {"$unset": {"services.emailCode": 1}};
        self.write(self.collection(USERS).update_one(filter, update)).await?;
        Ok(())
    }

    /// Removes the e-mail code if it has expired.
    pub async fn drop_expired_email_code(
        &self,
        user_id: &str,
        now: ChronoDateTime<Utc>,
    ) -> Result<(), StoreError> {
        let now = DateTime::from_chrono(now);
        let filter = doc! {"_id": user_id, "services.emailCode.expire": {"$lt": now}};
        let update = doc! {"$unset": {"services.emailCode": 1}, "$set": {"_updatedAt": now}};
        self.write(self.collection(USERS).update_one(filter, update)).await?;
        Ok(())
    }
}

pub(super) fn stored_email_code(user: &Document) -> Option<StoredEmailCode> {
    read_email_code(
        user.get_document("services").and_then(|services| services.get_document("emailCode")).ok()?,
    )
}

/// `{code, expire, attempts}`; `None` for anything else.
pub(super) fn read_email_code(code: &Document) -> Option<StoredEmailCode> {
    Some(StoredEmailCode {
        hash: code.get_str("code").ok()?.to_owned().into(),
        expire: code.get_datetime("expire").ok()?.to_chrono(),
        attempts: integer(code.get("attempts")).unwrap_or(0),
    })
}

#[expect(clippy::cast_possible_truncation, reason = "counters are small")]
pub(super) fn integer(value: Option<&Bson>) -> Option<i64> {
    match value? {
        Bson::Int32(n) => Some(i64::from(*n)),
        Bson::Int64(n) => Some(*n),
        Bson::Double(n) => Some(*n as i64),
        _ => None,
    }
}
