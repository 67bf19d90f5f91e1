//! The way of a change to an account: decide, write, and decide again where the account was changed meanwhile.

use crate::caller::{Caller, Session};
use crate::decide_again::{decide_again, read_again};
use crate::domain_error::DomainError;
use crate::second_factor::{Confirmation, Gate, renew_hash};
use crate::store::{Commit, Committed, Store, UserUpdate, Whom};
use bson::{Document, RawDocumentBuf};
use chrono::{DateTime, Utc};

const HASHED_TOKEN: &str = "services.resume.loginTokens.hashedToken";

/// Whose account it is.
pub struct Subject {
    pub user: Caller,
    /// The caller's, who must still be signed in when it is written. `None`: somebody else's account.
    pub session: Option<Session>,
}

/// What changes are made with.
pub struct Changing<'a> {
    pub store: &'a Store,
    /// Where a second factor may be asked for.
    pub gate: Option<&'a Gate<'a>>,
    /// What of the new document is needed.
    pub projection: Document,
    pub now: DateTime<Utc>,
}

/// What a request comes to, decided on one state of the account.
pub struct Decision<T> {
    /// Where it changes nothing, nothing is written.
    pub update: UserUpdate,
    /// The second factor that allows it. The update spends it.
    pub allowed_by: Confirmation,
    pub answer: T,
}

impl<T> Decision<T> {
    /// That no second factor has to allow.
    pub fn free(update: UserUpdate, answer: T) -> Decision<T> {
        Decision { update, allowed_by: Confirmation::NotAsked, answer }
    }
}

/// What was decided in the end.
pub struct Changed<T> {
    /// The account on which it was decided.
    pub before: Caller,
    /// The new document; `None` where there was nothing to write.
    pub after: Option<RawDocumentBuf>,
    pub answer: T,
}

/// Decides and writes. The write also moves `_updatedAt`.
///
/// # Errors
/// What `decide` refuses; a code that another request has spent meanwhile; [`DomainError::SignedOut`].
pub async fn change<T>(
    changing: &Changing<'_>,
    mut subject: Subject,
    decide: impl AsyncFn(&Caller) -> Result<Decision<T>, DomainError>,
) -> Result<Changed<T>, DomainError> {
    let Changing { store, gate, projection, now } = changing;
    decide_again(async || {
        let Decision { mut update, allowed_by, answer } = decide(&subject.user).await?;
        if update.is_empty() {
            return Ok(Some(Changed { before: subject.user.clone(), after: None, answer }));
        }
        let now = bson::DateTime::from_chrono(*now);
        if let Some(session) = &subject.session {
            update.guard_element(HASHED_TOKEN, &session.hashed_token);
        }
        update.set("_updatedAt", now);
        let (user_id, seen) = (subject.user.id.clone(), subject.user.updated_at);
        let commit = Commit { user_id, seen, update, projection: projection.clone(), now };
        if let Committed::Done(after) = store.commit(&commit).await? {
            if let (Some(gate), Some(digest)) = (gate, allowed_by.password()) {
                renew_hash(store, &gate.hashing, &subject.user, digest);
            }
            return Ok(Some(Changed { before: subject.user.clone(), after: Some(after), answer }));
        }
        if let Some(gate) = gate
            && let Some(refusal) = gate.refusal_if_spent(&subject.user, &allowed_by).await?
        {
            return Err(refusal.into());
        }
        subject.user = match &subject.session {
            Some(session) => read_again(store, &subject.user, session).await?,
            None => {
                let found = store.person(Whom::Id(&subject.user.id)).await?;
                found.ok_or(DomainError::SignedOut)?
            }
        };
        Ok(None)
    })
    .await
}
