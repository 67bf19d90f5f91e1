//! What was confirmed, and how that is spent: in the very write that it allows, so that it is spent exactly
//! once, and only if the change is saved (`docs/DECISIONS.md` section 3).

use super::Method;
use crate::hashing::PasswordDigest;
use bson::{Document, doc};
use std::fmt;

const BACKUP_CODES: &str = "services.totp.hashedBackup";

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
}

/// What the write that a confirmation allows must do to spend it.
#[derive(Default)]
pub struct Spending {
    /// Holds while the code is not spent.
    pub guard: Document,
    pub pull: Document,
    pub unset: Document,
    pub totp_step: Option<u64>,
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
        })
    }
}

impl fmt::Debug for Spending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spending(…)")
    }
}

impl Confirmation {
    /// The present password's digest, if that was what confirmed.
    #[must_use]
    pub fn password(&self) -> Option<&PasswordDigest> {
        match self {
            Confirmation::Password(digest) => Some(digest),
            _ => None,
        }
    }

    /// Whether a second factor was asked for and given.
    #[must_use]
    pub fn was_given(&self) -> bool {
        !matches!(self, Confirmation::NotAsked)
    }

    /// The method that it was given by.
    #[must_use]
    pub fn method(&self) -> Option<Method> {
        match self {
            Confirmation::NotAsked => None,
            Confirmation::Password(_) => Some(Method::Password),
            Confirmation::ReusableTotp | Confirmation::TotpStep(_) | Confirmation::BackupCode(_) => {
                Some(Method::Totp)
            }
            Confirmation::EmailCode(_) => Some(Method::Email),
        }
    }

    /// How it is spent.
    #[must_use]
    pub fn spending(&self) -> Spending {
        match self {
            Confirmation::NotAsked | Confirmation::Password(_) | Confirmation::ReusableTotp => {
                Spending::default()
            }
            Confirmation::TotpStep(step) => Spending { totp_step: Some(*step), ..Spending::default() },
            Confirmation::BackupCode(hash) => Spending {
                guard: doc! {BACKUP_CODES: hash},
                pull: doc! {BACKUP_CODES: hash},
                ..Spending::default()
            },
            Confirmation::EmailCode(hash) => Spending {
                guard: doc! {"services.emailCode.code": hash},
                unset: doc! {"services.emailCode": ""},
                ..Spending::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_how_it_was_confirmed_and_no_hash() {
        for confirmation in
            [Confirmation::EmailCode("s3cret".to_owned()), Confirmation::BackupCode("s3cret".to_owned())]
        {
            let shown = format!("{confirmation:?} {:?}", confirmation.spending());
            assert!(shown.contains("Code(…)") && !shown.contains("s3cret"), "{shown}");
        }
    }
}
