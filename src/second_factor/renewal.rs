//! A password's hash of another cost than today's is renewed once the password has been given, behind the answer, as in
//! the original. Source: `docs/behaviour/versions.md` section 4, S11.

use crate::caller::Caller;
use crate::hashing::{Hashing, PasswordDigest};
use crate::store::Store;
use secrecy::SecretString;

/// `digest`: the password that was found to be right. If it cannot be done now, the next check does it.
pub fn renew_hash(store: &Store, hashing: &Hashing, caller: &Caller, digest: &PasswordDigest) {
    let Some(old) = caller.services.password_hash.as_ref().filter(|hash| Hashing::is_outdated(hash)) else {
        return;
    };
    let (store, hashing, digest) = (store.without_deadline(), hashing.clone(), digest.clone());
    let (user_id, old) = (caller.id.clone(), old.clone());
    tokio::spawn(async move {
        let renewed = match hashing.hash(digest).await {
            Ok(hash) => SecretString::from(hash),
            Err(error) => return tracing::debug!(%error, "a password's hash was not renewed"),
        };
        if let Err(error) = store.replace_password_hash(&user_id, &old, &renewed).await {
            tracing::warn!(%error, "a password's hash was not renewed");
        }
    });
}
