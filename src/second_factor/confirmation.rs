//! What was confirmed, and how that is spent: in the very write that it allows, so that it is spent exactly
//! once, and only if the change is saved (`design/decisions.md` section 3).

use crate::hashing::PasswordDigest;

/// The outcome of the gate.
#[derive(Debug, Clone)]
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
}
