//! What a secret that was mailed allows: an address is confirmed, a forgotten password replaced. Source:
//! `docs/behaviour/own-account.md` sections 5.3 to 5.5 and 7.3.

use crate::caller::Caller;
use crate::domain_error::DomainError;
use crate::hashing::{Hashing, PasswordDigest};
use crate::profile::{check_password_history, check_password_policy, plan_new_hash};
use crate::store::{Addressee, Commit, Committed, MailedFor, Store, UserUpdate};
use crate::workspace::Workspace;
use bson::{DateTime, RawDocumentBuf, doc};
use chrono::{TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

const LINK_EXPIRED: &str = "Verify email link expired";
/// The secret is right, and its address is no longer the user's.
pub const UNKNOWN_ADDRESS: &str = "Verify email link is for unknown address";
const TOKEN_EXPIRED: &str = "Token expired";
const INVALID_ADDRESS: &str = "Token has invalid email address";
const RESET_DAYS: i64 = 3;
const ENROLMENT_DAYS: i64 = 30;
const ATTEMPTS: u32 = 5;

/// A new password, in plain or as its digest.
#[derive(Clone)]
pub enum NewPassword {
    Plain(SecretString),
    Digest(PasswordDigest),
}

impl NewPassword {
    fn digest(&self) -> PasswordDigest {
        match self {
            NewPassword::Plain(password) => PasswordDigest::of_password(password),
            NewPassword::Digest(digest) => digest.clone(),
        }
    }
}

/// What came of a secret: the id of its user and the new document, or Meteor's reason why nothing did.
pub type Redeemed = Result<(String, RawDocumentBuf), &'static str>;

/// What secrets are redeemed with.
pub struct Redeeming<'a> {
    pub store: &'a Store,
    pub hashing: Hashing,
    pub workspace: &'a Workspace,
    pub now: chrono::DateTime<Utc>,
    /// The write moves `_updatedAt`, as those of the original's model do and those of Meteor do not.
    pub moves_updated_at: bool,
}

impl Redeeming<'_> {
    /// Confirms the address that the secret was mailed to, and forgets all secrets for it.
    ///
    /// # Errors
    /// The failures of the service itself.
    pub async fn verify_email(&self, token: &str) -> Result<Redeemed, DomainError> {
        for _ in 0..ATTEMPTS {
            let Some(Addressee { user, address, .. }) =
                self.store.addressee(MailedFor::Verification, token).await?
            else {
                return Ok(Err(LINK_EXPIRED));
            };
            if !has_address(&user, &address) {
                return Ok(Err(UNKNOWN_ADDRESS));
            }
            let mut update = UserUpdate::default();
            let path = MailedFor::Verification.path();
            update.guard_element(format!("{path}.token"), token);
            update.pull(path, doc! {"address": &address});
            confirm(&address, &mut update);
            if let Some(after) = self.write(&user, update).await? {
                return Ok(Ok((user.id, after)));
            }
        }
        Ok(Err(LINK_EXPIRED))
    }

    /// Replaces the password of whom the secret was mailed to, ends all sessions, and confirms the address.
    ///
    /// # Errors
    /// The policy's refusal; the failures of the service itself.
    pub async fn reset_password(&self, token: &str, new: &NewPassword) -> Result<Redeemed, DomainError> {
        for _ in 0..ATTEMPTS {
            let Some((mailed_for, Addressee { user, address, when })) = self.find_reset(token).await? else {
                return Ok(Err(TOKEN_EXPIRED));
            };
            let days = if mailed_for == MailedFor::Enrolment { ENROLMENT_DAYS } else { RESET_DAYS };
            let end = when.and_then(|when| when.checked_add_signed(TimeDelta::days(days)));
            if end.is_some_and(|end| self.now > end) {
                return Ok(Err(TOKEN_EXPIRED));
            }
            if !has_address(&user, &address) {
                return Ok(Err(INVALID_ADDRESS));
            }
            let update = self.plan_reset(mailed_for, token, &user, &address, new).await?;
            if let Some(after) = self.write(&user, update).await? {
                return Ok(Ok((user.id, after)));
            }
        }
        Ok(Err(TOKEN_EXPIRED))
    }

    async fn find_reset(&self, token: &str) -> Result<Option<(MailedFor, Addressee)>, DomainError> {
        for mailed_for in [MailedFor::Reset, MailedFor::Enrolment] {
            if let Some(addressee) = self.store.addressee(mailed_for, token).await? {
                return Ok(Some((mailed_for, addressee)));
            }
        }
        Ok(None)
    }

    async fn plan_reset(
        &self,
        mailed_for: MailedFor,
        token: &str,
        user: &Caller,
        address: &str,
        new: &NewPassword,
    ) -> Result<UserUpdate, DomainError> {
        let settings = &self.workspace.settings;
        let digest = new.digest();
        if let NewPassword::Plain(password) = new {
            // In the order of a change of the profile: first the history, which is known by digests, too.
            check_password_history(user, &digest, settings, &self.hashing).await?;
            check_password_policy(password.expose_secret(), settings)?;
        }
        let mut update = UserUpdate::default();
        update.guard_element(format!("{}.token", mailed_for.path()), token);
        update.unset(mailed_for.path());
        confirm(address, &mut update);
        plan_new_hash(user, settings, &mut update);
        update.set("services.password.bcrypt", self.hashing.hash(digest).await?);
        if user.require_password_change {
            update.unset("requirePasswordChange");
            update.unset("requirePasswordChangeReason");
        }
        update.set("services.resume.loginTokens", bson::Bson::Array(Vec::new()));
        // No session is left, and so no device.
        update.only_session = Some(String::new());
        Ok(update)
    }

    async fn write(
        &self,
        user: &Caller,
        mut update: UserUpdate,
    ) -> Result<Option<RawDocumentBuf>, DomainError> {
        let now = DateTime::from_chrono(self.now);
        if self.moves_updated_at {
            update.set("_updatedAt", now);
        }
        let (user_id, seen) = (user.id.clone(), user.updated_at);
        let commit = Commit { user_id, seen, update, projection: doc! {"emails": 1, "roles": 1}, now };
        Ok(match self.store.commit(&commit).await? {
            Committed::Done(after) => Some(after),
            Committed::Stale | Committed::Taken(_) => None,
        })
    }
}

fn has_address(user: &Caller, address: &str) -> bool {
    user.emails.iter().any(|email| email.address == address)
}

fn confirm(address: &str, update: &mut UserUpdate) {
    update.guard_element("emails.address", address);
    update.set("emails.$[mine].verified", true);
    update.array_filters.push(doc! {"mine.address": address});
}
