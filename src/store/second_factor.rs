//! What a second factor rests on: secrets in `users`, and, in collections of our own, spent TOTP steps and
//! wrong guesses. Source: `docs/behaviour/two-factor.md` sections 3 and 4.

use super::email_code_lists::listed_email_codes;
use super::email_codes::{StoredEmailCode, integer, stored_email_code};
use super::users::{USERS, without_letter_case};
use super::{Store, StoreError};
use crate::caller::{Caller, Email};
use bson::{Bson, DateTime, Document, doc};
use chrono::{DateTime as ChronoDateTime, Utc};
use mongodb::ClientSession;
use secrecy::{ExposeSecret, SecretString};

/// One document per user: the newest TOTP step that was spent.
pub(super) const TOTP_STEPS: &str = "rc_account_totp_steps";
/// One document per user and way of guessing: wrong guesses in the present window.
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
    /// `None` where a list, a broken document or nothing is stored.
    pub email_code: Option<StoredEmailCode>,
    /// Of versions that store a list; empty where none is stored.
    pub listed_email_codes: Vec<StoredEmailCode>,
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

/// Whom a code is mailed to.
#[derive(Debug, Clone)]
pub struct CodeRecipient {
    pub id: String,
    pub emails: Vec<Email>,
    pub language: Option<String>,
}

impl CodeRecipient {
    /// The verified addresses: those that get a code.
    pub fn addresses(&self) -> Vec<String> {
        let verified = self.emails.iter().filter(|email| email.verified);
        verified.map(|email| email.address.clone()).collect()
    }
}

impl Store {
    /// The user with this address in any letter case, or with exactly this username.
    pub async fn code_recipient(&self, login: &str) -> Result<Option<CodeRecipient>, StoreError> {
        let filter = if login.contains('@') {
            doc! {"emails.address": login}
        } else {
            doc! {"username": login}
        };
        let users = self.users();
        let mut query = users.find_one(filter).projection(doc! {"emails": 1, "language": 1});
        if login.contains('@') {
            query = query.collation(without_letter_case());
        }
        Ok(query.await?.map(|user| recipient(&user)).transpose()?)
    }

    /// The user with this id.
    pub async fn code_recipient_by_id(&self, user_id: &str) -> Result<Option<CodeRecipient>, StoreError> {
        let users = self.users();
        let query = users.find_one(doc! {"_id": user_id});
        let user = query.projection(doc! {"emails": 1, "language": 1}).await?;
        Ok(user.map(|user| recipient(&user)).transpose()?)
    }

    /// The user's secrets; `None` when the user is gone.
    pub async fn second_factor_secrets(
        &self,
        user_id: &str,
    ) -> Result<Option<SecondFactorSecrets>, StoreError> {
        let users = self.users();
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

    /// Replaces the hash of a password by another hash of the same password, unless it is another password by now. Not an
    /// update that clients hear of, as in the original.
    pub async fn replace_password_hash(
        &self,
        user_id: &str,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<(), StoreError> {
        let hash = "services.password.bcrypt";
        let filter = doc! {"_id": user_id, hash: old.expose_secret()};
        self.write(self.collection(USERS).update_one(filter, doc! {"$set": {hash: new.expose_secret()}}))
            .await?;
        Ok(())
    }

    /// The wrong guesses of the window that began at this moment or later; none when that is over. `of`: a user, and
    /// where they guess.
    pub async fn wrong_guesses(
        &self,
        of: &str,
        since: ChronoDateTime<Utc>,
    ) -> Result<Option<(i64, ChronoDateTime<Utc>)>, StoreError> {
        let found = self.collection(GUESSES).find_one(doc! {"_id": of}).await?;
        Ok(found.and_then(|guesses| {
            let began = guesses.get_datetime("began").ok()?.to_chrono();
            (began > since).then(|| (integer(guesses.get("wrong")).unwrap_or(0), began))
        }))
    }

    /// Counts a wrong guess, in a new window if the last one began before `since`.
    pub async fn count_wrong_guess(
        &self,
        of: &str,
        since: ChronoDateTime<Utc>,
        now: ChronoDateTime<Utc>,
    ) -> Result<(), StoreError> {
        let is_open = doc! {"$gt": ["$began", DateTime::from_chrono(since)]};
        let update = vec![doc! {"$set": {
            "wrong": {"$cond": [is_open.clone(), {"$add": ["$wrong", 1]}, 1]},
            "began": {"$cond": [is_open, "$began", DateTime::from_chrono(now)]},
        }}];
        self.write(self.collection(GUESSES).update_one(doc! {"_id": of}, update).upsert(true)).await?;
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

fn recipient(user: &Document) -> Result<CodeRecipient, bson::error::Error> {
    let Caller { id, emails, .. } = Caller::from_document(user)?;
    Ok(CodeRecipient { id, emails, language: language(user) })
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
        email_code: stored_email_code(user),
        listed_email_codes: listed_email_codes(user),
        language: language(user),
    }
}

fn language(user: &Document) -> Option<String> {
    user.get_str("language").ok().filter(|language| !language.is_empty()).map(str::to_owned)
}
