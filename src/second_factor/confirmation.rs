//! What was confirmed, and how that is spent: in the very write that it allows, so that it is spent exactly
//! once, and only if the change is saved (`docs/DECISIONS.md` section 3).

use super::Method;
use crate::hashing::PasswordDigest;
use crate::store::UserUpdate;
use bson::doc;
use std::fmt;

pub(super) const BACKUP_CODES: &str = "services.totp.hashedBackup";
const EMAIL_CODE: &str = "services.emailCode";
pub(super) const EMAIL_CODE_HASH: &str = "services.emailCode.code";

/// The outcome of the gate.
#[derive(Clone)]
pub enum Confirmation {
    /// Nothing had to be confirmed.
    NotAsked,
    /// The digest of the present password.
    Password(PasswordDigest),
    /// A TOTP code that may be used again.
    ReusableTotp,
    /// A TOTP code of this 30 s step.
    TotpStep(u64),
    /// The stored hash of a backup code.
    BackupCode(String),
    /// The stored hash of a code by e-mail.
    EmailCode(String),
    /// The stored hash of a code by e-mail that stands in a list.
    ListedEmailCode(String),
}

/// Shows how it was confirmed, and nothing of the hashes: that of six digits is soon guessed.
impl fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Confirmation::NotAsked => "NotAsked",
            Confirmation::Password(_) => "Password(…)",
            Confirmation::ReusableTotp => "ReusableTotp",
            Confirmation::TotpStep(_) => "TotpStep(…)",
            Confirmation::BackupCode(_) => "BackupCode(…)",
            Confirmation::EmailCode(_) => "EmailCode(…)",
            Confirmation::ListedEmailCode(_) => "ListedEmailCode(…)",
        })
    }
}

impl Confirmation {
    /// The present password's digest, if that was what confirmed.
    pub fn password(&self) -> Option<&PasswordDigest> {
        match self {
            Confirmation::Password(digest) => Some(digest),
            _ => None,
        }
    }

    /// Whether a second factor was asked for and given.
    pub fn was_given(&self) -> bool {
        !matches!(self, Confirmation::NotAsked)
    }

    /// The method that it was given by.
    pub fn method(&self) -> Option<Method> {
        match self {
            Confirmation::NotAsked => None,
            Confirmation::Password(_) => Some(Method::Password),
            Confirmation::ReusableTotp | Confirmation::TotpStep(_) | Confirmation::BackupCode(_) => {
                Some(Method::Totp)
            }
            Confirmation::EmailCode(_) | Confirmation::ListedEmailCode(_) => Some(Method::Email),
        }
    }

    /// Spends it in the write that it allows: only while it is unspent, and gone with the write.
    pub fn spend(&self, update: &mut UserUpdate) {
        self.guard_unspent(update);
        match self {
            Confirmation::BackupCode(hash) => update.pull(BACKUP_CODES, hash),
            Confirmation::EmailCode(_) => update.unset(EMAIL_CODE),
            Confirmation::ListedEmailCode(hash) => update.pull(EMAIL_CODE, doc! {"code": hash}),
            _ => {}
        }
    }

    /// The write happens only while it is unspent. For a write that itself replaces whatever the code is stored in.
    pub fn guard_unspent(&self, update: &mut UserUpdate) {
        match self {
            Confirmation::NotAsked | Confirmation::Password(_) | Confirmation::ReusableTotp => {}
            Confirmation::TotpStep(step) => update.spent_totp_step = Some(*step),
            Confirmation::BackupCode(hash) => update.guard_element(BACKUP_CODES, hash),
            Confirmation::EmailCode(hash) | Confirmation::ListedEmailCode(hash) => {
                update.guard_element(EMAIL_CODE_HASH, hash);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_how_it_was_confirmed_and_no_hash() {
        let secret = || "s3cret".to_owned();
        for confirmation in [
            Confirmation::EmailCode(secret()),
            Confirmation::ListedEmailCode(secret()),
            Confirmation::BackupCode(secret()),
        ] {
            let shown = format!("{confirmation:?}");
            assert!(shown.contains("Code(…)") && !shown.contains("s3cret"), "{shown}");
        }
    }
}
