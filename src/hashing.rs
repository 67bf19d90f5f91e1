//! Password hashing, off the workers and behind a bounded gate. Source: `docs/behaviour/user-document.md` section 2.

use crate::ecmascript;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use thiserror::Error;
use tokio::sync::Semaphore;

/// Rocket.Chat's bcrypt cost.
const COST: u32 = 10;

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
}

/// A hash that belongs to nobody's password: comparing with it takes as long as with any other.
const NOBODYS_HASH: &str = "$2b$10$n1.FV8S2mxz7GzXA392V5OaDa5X0WR1DQ4eGGFKI/wpdhS9sVIC6S";

impl PartialEq for PasswordDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

/// Hashing did not happen.
#[derive(Debug, Error)]
pub enum HashingError {
    #[error("the hashing task was cancelled")]
    Cancelled,
    #[error("the system gives no randomness for a salt")]
    Salt,
}

/// Runs bcrypt on blocking threads, at most one run per core at a time.
#[derive(Clone, Debug)]
pub struct Hashing {
    gate: Arc<Semaphore>,
    runs: Arc<AtomicU64>,
}

impl Default for Hashing {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Hashing { gate: Arc::new(Semaphore::new(cores)), runs: Arc::default() }
    }
}

impl Hashing {
    /// How often bcrypt was run so far, by this value and its clones.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// Whether the digest belongs to the stored hash. One bcrypt run; a hash that is none matches nothing.
    ///
    /// # Errors
    /// [`HashingError::Cancelled`].
    pub async fn matches(&self, digest: PasswordDigest, hash: SecretString) -> Result<bool, HashingError> {
        let runs = Arc::clone(&self.runs);
        self.run(move || verify(&digest, &hash, &runs)).await
    }

    /// Whether the digest belongs to the hash of an account that may not exist. One bcrypt run in any case, so
    /// that the time tells nothing.
    ///
    /// # Errors
    /// [`HashingError::Cancelled`].
    pub async fn matches_account(
        &self,
        digest: PasswordDigest,
        hash: Option<&SecretString>,
    ) -> Result<bool, HashingError> {
        let compared = hash.cloned().unwrap_or_else(|| NOBODYS_HASH.into());
        Ok(self.matches(digest, compared).await? && hash.is_some())
    }

    /// Whether Rocket.Chat would hash this password anew: it was hashed at another cost.
    #[must_use]
    pub fn is_outdated(hash: &SecretString) -> bool {
        let cost = hash.expose_secret().split('$').nth(2).and_then(|cost| cost.parse::<u32>().ok());
        cost.is_some_and(|cost| cost != COST)
    }

    /// Whether the digest belongs to any of the hashes, or one of them is blank. One bcrypt run each, newest
    /// last, ending at the first match.
    ///
    /// # Errors
    /// [`HashingError::Cancelled`].
    pub async fn matches_any(
        &self,
        digest: PasswordDigest,
        hashes: Vec<SecretString>,
    ) -> Result<bool, HashingError> {
        let runs = Arc::clone(&self.runs);
        self.run(move || {
            hashes
                .iter()
                .any(|hash| ecmascript::trim(hash.expose_secret()).is_empty() || verify(&digest, hash, &runs))
        })
        .await
    }

    /// A new `$2b$10$…` hash. One bcrypt run.
    ///
    /// # Errors
    /// [`HashingError`].
    pub async fn hash(&self, digest: PasswordDigest) -> Result<String, HashingError> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        self.run(move || {
            bcrypt::hash_with_result(digest.0.expose_secret(), COST)
                .map(|parts| parts.format_for_version(bcrypt::Version::TwoB))
                .map_err(|_| HashingError::Salt)
        })
        .await?
    }

    /// Whether a short code belongs to the stored hash. Codes are hashed as they are, not by their digest.
    ///
    /// # Errors
    /// [`HashingError::Cancelled`].
    pub async fn code_matches(&self, code: SecretString, hash: SecretString) -> Result<bool, HashingError> {
        self.matches(PasswordDigest(code), hash).await
    }

    /// A new hash of a short code.
    ///
    /// # Errors
    /// [`HashingError`].
    pub async fn hash_code(&self, code: SecretString) -> Result<String, HashingError> {
        self.hash(PasswordDigest(code)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        let permit = Arc::clone(&self.gate).acquire_owned().await.map_err(|_| HashingError::Cancelled)?;
        // The permit goes with the work: a client that leaves ends its request, but not a bcrypt run under way.
        let work = move || {
            let _permit = permit;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| HashingError::Cancelled)
    }
}

fn verify(digest: &PasswordDigest, hash: &SecretString, runs: &AtomicU64) -> bool {
    runs.fetch_add(1, Ordering::Relaxed);
    bcrypt::verify(digest.0.expose_secret(), hash.expose_secret()).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_of_rocket_chats_form_and_matches_its_digest_only() {
        let hashing = Hashing::default();
        let digest = PasswordDigest::of_password(&SecretString::from("passw0rd"));
        let hash = hashing.hash(digest.clone()).await.expect("hash");
        assert!(hash.starts_with("$2b$10$"), "{}", &hash[..7]);
        assert!(hashing.matches(digest.clone(), hash.clone().into()).await.expect("compare"));
        let other = PasswordDigest::from_client("ABC");
        assert!(!hashing.matches(other, hash.into()).await.expect("compare"));
        assert!(!hashing.matches(digest, "no hash".to_owned().into()).await.expect("compare"));
    }

    #[tokio::test]
    async fn a_run_that_nobody_waits_for_any_more_still_holds_its_place() {
        let hashing = Hashing { gate: Arc::new(Semaphore::new(1)), runs: Arc::default() };
        let (started, has_started) = tokio::sync::oneshot::channel();
        let (finish, may_finish) = std::sync::mpsc::channel::<()>();
        let run = hashing.clone();
        let request = tokio::spawn(async move {
            run.run(move || {
                let _ = started.send(());
                let _ = may_finish.recv();
            })
            .await
        });
        has_started.await.expect("the work has begun");
        request.abort();
        assert!(request.await.is_err_and(|error| error.is_cancelled()));
        assert_eq!(hashing.gate.available_permits(), 0);
        finish.send(()).expect("the work still runs");
        hashing.run(|| ()).await.expect("its place is free again");
    }

    #[test]
    fn a_clients_digest_may_be_in_upper_case() {
        let password = SecretString::from("passw0rd");
        let digest = PasswordDigest::of_password(&password);
        let sent = digest.0.expose_secret().to_uppercase();
        assert!(PasswordDigest::from_client(&sent) == digest);
    }

    #[test]
    fn a_digest_does_not_show_itself() {
        let digest = PasswordDigest::from_client("c0ffee");
        assert!(!format!("{digest:?}").contains("c0ffee"));
    }
}
