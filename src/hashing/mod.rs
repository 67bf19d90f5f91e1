//! Password hashing, off the workers and behind a bounded gate. Source: `docs/behaviour/user-document.md` section 2.

mod cost;
mod digest;
mod gate;
mod measured;
mod memory;
mod pauses;
mod threads;

use crate::ecmascript;
use cost::COST;
pub use digest::PasswordDigest;
use futures_util::{StreamExt, TryStreamExt, future, stream};
use gate::{Class, Gate};
use measured::{Run, Wait, turned_away};
use memory::Memory;
use pauses::Pauses;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use thiserror::Error;
use threads::Threads;

/// Hashing did not happen.
#[derive(Debug, Error)]
pub enum HashingError {
    /// Too many wait already. Nothing was done.
    #[error("too many wait for a password to be hashed")]
    Busy,
    #[error("the hashing task was cancelled")]
    Cancelled,
    #[error("the system gives no randomness for a salt")]
    Salt,
}

/// The work of one request: whose it is, which decides where it waits, and what of it is done. Clones share that.
#[derive(Clone, Debug)]
pub struct Work {
    class: Class,
    /// Callers take turns.
    by: Arc<str>,
    done: Memory,
}

impl Work {
    /// For a user who has proved who they are.
    #[must_use]
    pub fn of_user(user_id: &str) -> Work {
        Work { class: Class::SignedIn, by: user_id.into(), done: Memory::of_a_request() }
    }

    /// For anybody else, told apart by the client's address.
    #[must_use]
    pub fn of_stranger(address: &str) -> Work {
        Work { class: Class::Stranger, by: address.into(), done: Memory::of_a_request() }
    }
}

/// Runs bcrypt on threads of its own, at most one run per core at a time. Clones share the gate.
///
/// For the same request nothing is compared or hashed twice.
#[derive(Clone, Debug)]
pub struct Hashing {
    shared: Arc<Shared>,
    work: Work,
}

#[derive(Debug)]
struct Shared {
    gate: Arc<Gate>,
    /// For a user whose work is the only one.
    usual: Threads,
    /// For the work of many, and of strangers.
    behind: Threads,
    pauses: Pauses,
    runs: AtomicU64,
    /// A hash that costs too much was met: said once, as a stranger can make us meet it again and again.
    has_warned: AtomicBool,
}

impl Default for Hashing {
    fn default() -> Self {
        Hashing::new(cores(), 0)
    }
}

impl Hashing {
    /// The work of strangers, and of many users at a time, gives way to everything else on the machine: for a process that does
    /// nothing beside serving.
    #[must_use]
    pub fn behind_others() -> Hashing {
        Hashing::new(cores(), threads::BEHIND)
    }

    /// With so many runs at a time.
    pub fn with_places(places: usize) -> Hashing {
        Hashing::new(places, 0)
    }

    fn new(places: usize, niceness_behind: i32) -> Hashing {
        let gate = Arc::new(Gate::new(places));
        let shared = Shared {
            usual: Threads::new(gate.places(), 0),
            behind: Threads::new(gate.places(), niceness_behind),
            gate,
            pauses: Pauses::default(),
            runs: AtomicU64::default(),
            has_warned: AtomicBool::default(),
        };
        let work = Work { class: Class::Stranger, by: "".into(), done: Memory::NONE };
        Hashing { shared: Arc::new(shared), work }
    }

    /// The same, for somebody's work.
    #[must_use]
    pub fn on_behalf_of(&self, work: Work) -> Hashing {
        Hashing { shared: Arc::clone(&self.shared), work }
    }

    /// Asked before anything is looked up or written for work that may be turned away.
    ///
    /// # Errors
    /// [`HashingError::Busy`] where it would be now; after a pause, so that who asks again at once costs little.
    pub async fn expect_room(&self) -> Result<(), HashingError> {
        if self.shared.gate.has_room(&self.work) {
            return Ok(());
        }
        turned_away(self.work.class);
        self.shared.pauses.pause().await;
        Err(HashingError::Busy)
    }

    /// How often bcrypt was run so far, by this value and its clones.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.shared.runs.load(Ordering::Relaxed)
    }

    /// Whether the digest belongs to the stored hash. One bcrypt run; a hash that is none, or costs too much, matches
    /// nothing.
    ///
    /// # Errors
    /// [`HashingError`].
    pub async fn matches(&self, digest: PasswordDigest, hash: SecretString) -> Result<bool, HashingError> {
        if let Some(matches) = self.work.done.compared(&digest, &hash) {
            return Ok(matches);
        }
        let matches = {
            let (digest, hash) = (digest.clone(), hash.clone());
            self.run(move |shared| shared.compare(&digest, &hash) == Some(true)).await?
        };
        self.work.done.note_comparison(digest, hash, matches);
        Ok(matches)
    }

    /// Whether the digest belongs to the hash of an account that may not exist. A failure takes as long as one bcrypt
    /// run at Rocket.Chat's cost, whatever is stored, so that the time tells nothing; only where the stored hash costs
    /// more does it take longer, until its owner's next login renews it.
    ///
    /// # Errors
    /// [`HashingError`].
    pub async fn matches_account(
        &self,
        digest: PasswordDigest,
        hash: Option<&SecretString>,
    ) -> Result<bool, HashingError> {
        if hash.is_some_and(|hash| self.work.done.compared(&digest, hash) == Some(true)) {
            return Ok(true);
        }
        let (sent, stored) = (digest.clone(), hash.cloned());
        let matches = self.run(move |shared| {
            let compared =
                stored.as_ref().map(|hash| (cost::of(hash.expose_secret()), shared.compare(&sent, hash)));
            match compared {
                Some((_, Some(true))) => return true,
                Some((cost, Some(false))) => cost::make_up(cost),
                Some((_, None)) | None => {
                    shared.runs.fetch_add(1, Ordering::Relaxed);
                    cost::make_up(None);
                }
            }
            false
        });
        let matches = matches.await?;
        if let Some(hash) = hash.filter(|_| matches) {
            self.work.done.note_comparison(digest, hash.clone(), true);
        }
        Ok(matches)
    }

    /// Whether Rocket.Chat would hash this password anew: it was hashed at another cost.
    #[must_use]
    pub fn is_outdated(hash: &SecretString) -> bool {
        cost::of(hash.expose_secret()).is_some_and(|cost| cost != COST)
    }

    /// Whether the digest belongs to any of the hashes, or one of them is blank. One bcrypt run each until one matches, as
    /// many at a time as there are places; others' work comes in between.
    ///
    /// # Errors
    /// [`HashingError`].
    pub async fn matches_any(
        &self,
        digest: PasswordDigest,
        hashes: Vec<SecretString>,
    ) -> Result<bool, HashingError> {
        if hashes.iter().any(|hash| ecmascript::trim(hash.expose_secret()).is_empty()) {
            return Ok(true);
        }
        let comparisons = stream::iter(hashes).map(|hash| self.matches(digest.clone(), hash));
        comparisons.buffer_unordered(self.shared.gate.places()).try_any(future::ready).await
    }

    /// A new `$2b$10$…` hash. One bcrypt run.
    ///
    /// # Errors
    /// [`HashingError`].
    pub async fn hash(&self, digest: PasswordDigest) -> Result<String, HashingError> {
        if let Some(hash) = self.work.done.hashed(&digest) {
            return Ok(hash);
        }
        let text = digest.clone();
        let hash = self.run(move |shared| {
            shared.runs.fetch_add(1, Ordering::Relaxed);
            bcrypt::hash_with_result(text.as_str(), COST)
                .map(|parts| parts.format_for_version(bcrypt::Version::TwoB))
                .map_err(|_| HashingError::Salt)
        });
        let hash = hash.await??;
        self.work.done.note_hash(digest, &hash);
        Ok(hash)
    }

    /// Whether a short code belongs to the stored hash. Codes are hashed as they are, not by their digest.
    ///
    /// # Errors
    /// [`HashingError`].
    pub async fn code_matches(&self, code: SecretString, hash: SecretString) -> Result<bool, HashingError> {
        self.matches(PasswordDigest::of_code(code), hash).await
    }

    /// A new hash of a short code.
    ///
    /// # Errors
    /// [`HashingError`].
    pub async fn hash_code(&self, code: SecretString) -> Result<String, HashingError> {
        self.hash(PasswordDigest::of_code(code)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        let wait = Wait::begin(self.work.class);
        let place = match self.shared.gate.enter(&self.work).await {
            Ok(place) => place,
            Err(error) => {
                turned_away(self.work.class);
                return Err(error);
            }
        };
        wait.admitted();
        let threads = if place.is_alone { &self.shared.usual } else { &self.shared.behind };
        let shared = Arc::clone(&self.shared);
        // The place goes with the work: a client that leaves ends its request, but not a bcrypt run under way.
        let work = move || {
            let (_place, _run) = (place, Run::begin());
            work(&shared)
        };
        threads.run(work).await
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl Shared {
    /// `None`: the hash is none, or costs too much, and nothing was computed.
    fn compare(&self, digest: &PasswordDigest, hash: &SecretString) -> Option<bool> {
        let hash = hash.expose_secret();
        let cost = cost::of(hash)?;
        if !cost::is_affordable(cost) {
            if !self.has_warned.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    cost,
                    "a stored password hash costs too much to compare: `rc-account check` tells whose"
                );
            }
            return None;
        }
        let matches = bcrypt::verify(digest.as_str(), hash).ok()?;
        self.runs.fetch_add(1, Ordering::Relaxed);
        Some(matches)
    }
}

#[cfg(test)]
mod tests;
