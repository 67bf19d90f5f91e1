//! What a second factor rests on: secrets in `users`, and, in collections of our own, spent TOTP steps and
//! wrong guesses. Source: `docs/behaviour/two-factor.md` sections 3 and 4.

use super::users::{USERS, without_letter_case};
use super::{Store, StoreError};
use crate::caller::Email;
use bson::{Bson, DateTime, Document, doc};
use chrono::{DateTime as ChronoDateTime, Utc};
use mongodb::ClientSession;
use mongodb::options::ReturnDocument;
use secrecy::{ExposeSecret, SecretString};

/// One document per user: the newest TOTP step that was spent.
pub(super) const TOTP_STEPS: &str = "rc_account_totp_steps";
/// One document per user: wrong guesses in the present window.
const GUESSES: &str = "rc_account_guesses";

/// What the codes of one user are checked against.
#[derive(Debug, Clone, Default)]
pub struct SecondFactorSecrets {
    pub totp: TotpSecrets,
    /// `services.totp.enabled === true`
    pub totp_enabled: bool,
    /// `services.totp.tempSecret`: one that is not yet in force.
    pub new_totp_secret: Option<SecretString>,
    /// Newest spent TOTP step.
    pub spent_step: Option<u64>,
    /// `None` where nothing usable is stored: a list left by 6.5.0 and older, or a broken document.
    pub email_code: Option<StoredEmailCode>,
    pub language: Option<String>,
}

/// `services.totp`, as far as a check needs it.
#[derive(Debug, Clone, Default)]
pub struct TotpSecrets {
    /// Base32.
    pub secret: Option<SecretString>,
    /// Hex SHA-256 of the unused backup codes; `None` when there is no list at all.
    pub hashed_backup: Option<Vec<String>>,
}

/// `services.emailCode`.
#[derive(Debug, Clone)]
pub struct StoredEmailCode {
    /// bcrypt of the six digits.
    pub hash: SecretString,
    pub expire: ChronoDateTime<Utc>,
    /// Wrong attempts so far.
    pub attempts: i64,
}

/// Whom a code is mailed to.
#[derive(Debug, Clone)]
pub struct CodeRecipient {
    pub id: String,
    pub emails: Vec<Email>,
    pub language: Option<String>,
}

impl Store {
    /// The user with this address in any letter case, or with exactly this username.
    pub async fn code_recipient(&self, login: &str) -> Result<Option<CodeRecipient>, StoreError> {
        let filter = if login.contains('@') {
            doc! {"emails.address": login}
        } else {
            doc! {"username": login}
        };
        let users = self.collection(USERS);
        let mut query = users.find_one(filter).projection(doc! {"emails": 1, "language": 1});
        if login.contains('@') {
            query = query.collation(without_letter_case());
        }
        Ok(query.await?.as_ref().map(recipient))
    }

    /// The user with this id.
    pub async fn code_recipient_by_id(&self, user_id: &str) -> Result<Option<CodeRecipient>, StoreError> {
        let users = self.collection(USERS);
        let query = users.find_one(doc! {"_id": user_id});
        Ok(query.projection(doc! {"emails": 1, "language": 1}).await?.as_ref().map(recipient))
    }

    /// The user's secrets; `None` when the user is gone.
    pub async fn second_factor_secrets(
        &self,
        user_id: &str,
    ) -> Result<Option<SecondFactorSecrets>, StoreError> {
        let users = self.collection(USERS);
        let user = users.find_one(doc! {"_id": user_id}).projection(doc! {
            "language": 1, "services.emailCode": 1, "services.totp": 1,
        });
        let steps = self.collection(TOTP_STEPS);
        let step = steps.find_one(doc! {"_id": user_id});
        let (user, step) = futures_util::future::try_join(user.into_future(), step.into_future()).await?;
        Ok(user.map(|user| SecondFactorSecrets {
            spent_step: step.and_then(|step| step.get_i64("step").ok()).and_then(|step| step.try_into().ok()),
            ..secrets(&user)
        }))
    }

    /// Stores a new e-mail code in the place of any other; its attempts start anew.
    pub async fn store_email_code(
        &self,
        user_id: &str,
        hash: &SecretString,
        expire: ChronoDateTime<Utc>,
        now: ChronoDateTime<Utc>,
    ) -> Result<(), StoreError> {
        let code =
            doc! {"code": hash.expose_secret(), "expire": DateTime::from_chrono(expire), "attempts": 0};
        let update = doc! {"$set": {"services.emailCode": code, "_updatedAt": DateTime::from_chrono(now)}};
        self.write(self.collection(USERS).update_one(doc! {"_id": user_id}, update)).await?;
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

    /// Counts a wrong e-mail code; returns the attempts so far. 0 when no code is stored any more.
    pub async fn count_wrong_email_code(
        &self,
        user_id: &str,
        now: ChronoDateTime<Utc>,
    ) -> Result<i64, StoreError> {
        let update = doc! {
            "$inc": {"services.emailCode.attempts": 1}, "$set": {"_updatedAt": DateTime::from_chrono(now)},
        };
        let users = self.collection(USERS);
        let count = users
            .find_one_and_update(
                doc! {"_id": user_id, "services.emailCode.code": {"$type": "string"}},
                update,
            )
            .projection(doc! {"services.emailCode.attempts": 1})
            .return_document(ReturnDocument::After);
        let counted = self.write(count).await?;
        Ok(counted.as_ref().and_then(email_code).and_then(|code| integer(code.get("attempts"))).unwrap_or(0))
    }

    /// The wrong guesses of the window that began at this moment or later; none when that is over.
    pub async fn wrong_guesses(
        &self,
        user_id: &str,
        since: ChronoDateTime<Utc>,
    ) -> Result<Option<(i64, ChronoDateTime<Utc>)>, StoreError> {
        let found = self.collection(GUESSES).find_one(doc! {"_id": user_id}).await?;
        Ok(found.and_then(|guesses| {
            let began = guesses.get_datetime("began").ok()?.to_chrono();
            (began > since).then(|| (integer(guesses.get("wrong")).unwrap_or(0), began))
        }))
    }

    /// Counts a wrong guess, in a new window if the last one began before `since`.
    pub async fn count_wrong_guess(
        &self,
        user_id: &str,
        since: ChronoDateTime<Utc>,
        now: ChronoDateTime<Utc>,
    ) -> Result<(), StoreError> {
        let is_open = doc! {"$gt": ["$began", DateTime::from_chrono(since)]};
        let update = vec![doc! {"$set": {
            "wrong": {"$cond": [is_open.clone(), {"$add": ["$wrong", 1]}, 1]},
            "began": {"$cond": [is_open, "$began", DateTime::from_chrono(now)]},
        }}];
        self.write(self.collection(GUESSES).update_one(doc! {"_id": user_id}, update).upsert(true)).await?;
        Ok(())
    }

    /// Whether the stored code or backup code with this hash is still unspent.
    pub async fn still_stores(&self, user_id: &str, path: &str, hash: &str) -> Result<bool, StoreError> {
        let filter = doc! {"_id": user_id, path: hash};
        Ok(self.collection(USERS).find_one(filter).projection(doc! {"_id": 1}).await?.is_some())
    }

    /// Spends a TOTP step. An older one than the newest spent is refused as a duplicate key.
    pub(super) async fn spend_totp_step(
        &self,
        user_id: &str,
        step: u64,
        session: &mut ClientSession,
    ) -> Result<(), mongodb::error::Error> {
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        self.collection(TOTP_STEPS)
            .update_one(doc! {"_id": user_id, "step": {"$lt": step}}, doc! {"$set": {"step": step}})
            .upsert(true)
            .session(session)
            .await?;
        Ok(())
    }
}

fn recipient(user: &Document) -> CodeRecipient {
    CodeRecipient {
        id: user.get_str("_id").unwrap_or_default().to_owned(),
        emails: Email::all_of(user),
        language: language(user),
    }
}

fn secrets(user: &Document) -> SecondFactorSecrets {
    let totp = user.get_document("services").and_then(|services| services.get_document("totp")).ok();
    SecondFactorSecrets {
        totp: TotpSecrets {
            secret: totp.and_then(|totp| totp.get_str("secret").ok()).map(SecretString::from),
            hashed_backup: totp
                .and_then(|totp| totp.get_array("hashedBackup").ok())
                .map(|hashes| hashes.iter().filter_map(Bson::as_str).map(str::to_owned).collect()),
        },
        totp_enabled: totp.is_some_and(|totp| totp.get_bool("enabled").unwrap_or(false)),
        new_totp_secret: totp
            .and_then(|totp| totp.get_str("tempSecret").ok())
            .filter(|secret| !secret.is_empty())
            .map(SecretString::from),
        spent_step: None,
        email_code: email_code(user).and_then(|code| {
            Some(StoredEmailCode {
                hash: code.get_str("code").ok()?.to_owned().into(),
                expire: code.get_datetime("expire").ok()?.to_chrono(),
                attempts: integer(code.get("attempts")).unwrap_or(0),
            })
        }),
        language: language(user),
    }
}

fn language(user: &Document) -> Option<String> {
    user.get_str("language").ok().filter(|language| !language.is_empty()).map(str::to_owned)
}

fn email_code(user: &Document) -> Option<&Document> {
    user.get_document("services").and_then(|services| services.get_document("emailCode")).ok()
}

#[expect(clippy::cast_possible_truncation, reason = "counters are small")]
fn integer(value: Option<&Bson>) -> Option<i64> {
    match value? {
        Bson::Int32(n) => Some(i64::from(*n)),
        Bson::Int64(n) => Some(*n),
        Bson::Double(n) => Some(*n as i64),
        _ => None,
    }
}
