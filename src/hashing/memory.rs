//! What bcrypt was run for within one request: a change that is decided again hashes nothing again.

use super::PasswordDigest;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// More than the longest history of passwords that anybody keeps; what comes then is hashed again.
const MOST: usize = 64;

/// Of one request; `None`: of no request, and nothing is remembered. Clones share it.
#[derive(Clone)]
pub(super) struct Memory(Option<Arc<Mutex<Done>>>);

#[derive(Default)]
struct Done {
    compared: Vec<(PasswordDigest, SecretString, bool)>,
    hashed: Option<(PasswordDigest, SecretString)>,
}

/// Shows nothing: it holds hashes.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory(…)")
    }
}

impl Memory {
    pub(super) const NONE: Memory = Memory(None);

    pub(super) fn of_a_request() -> Memory {
        Memory(Some(Arc::default()))
    }

    /// Whether the digest belongs to the hash, if the two were compared.
    pub(super) fn compared(&self, digest: &PasswordDigest, hash: &SecretString) -> Option<bool> {
        let is_it = |(of, with, _): &&(PasswordDigest, SecretString, bool)| {
            of == digest && with.expose_secret() == hash.expose_secret()
        };
        self.done()?.compared.iter().find(is_it).map(|(_, _, matches)| *matches)
    }

    pub(super) fn note_comparison(&self, digest: PasswordDigest, hash: SecretString, matches: bool) {
        if let Some(mut done) = self.done().filter(|done| done.compared.len() < MOST) {
            done.compared.push((digest, hash, matches));
        }
    }

    /// The hash that was made of the digest, if that was the last one.
    pub(super) fn hashed(&self, digest: &PasswordDigest) -> Option<String> {
        let done = self.done()?;
        let (_, hash) = done.hashed.as_ref().filter(|(of, _)| of == digest)?;
        Some(hash.expose_secret().to_owned())
    }

    pub(super) fn note_hash(&self, digest: PasswordDigest, hash: &str) {
        if let Some(mut done) = self.done() {
            done.hashed = Some((digest, hash.into()));
        }
    }

    fn done(&self) -> Option<MutexGuard<'_, Done>> {
        Some(self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
