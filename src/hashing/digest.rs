//! What bcrypt is run over.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// Lower-case hex SHA-256 of a password: what Rocket.Chat's clients send and what bcrypt is run over.
#[derive(Clone, Debug)]
pub struct PasswordDigest(SecretString);

impl PasswordDigest {
    #[must_use]
    pub fn of_password(password: &SecretString) -> PasswordDigest {
        PasswordDigest(hex::encode(Sha256::digest(password.expose_secret())).into())
    }

    /// A digest as a client sent it; upper-case hex counts as lower-case. Any text is taken: one that is no
    /// digest matches no password.
    #[must_use]
    pub fn from_client(digest: &str) -> PasswordDigest {
        PasswordDigest(digest.to_lowercase().into())
    }

    /// A digest as a client sent it where letter case counts.
    #[must_use]
    pub fn exact(digest: &str) -> PasswordDigest {
        PasswordDigest(digest.into())
    }

    /// A short code, which is hashed as it is.
    pub(super) fn of_code(code: SecretString) -> PasswordDigest {
        PasswordDigest(code)
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for PasswordDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}
