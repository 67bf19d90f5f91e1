//! The way of a change to one's own second factors: decide, write.

use crate::caller::{Caller, Session};
use crate::decide_again::{decide_again, read_again};
use crate::domain_error::DomainError;
use crate::refusal::Refusal;
use crate::second_factor::{Confirmation, Gate, renew_hash};
use crate::store::{Commit, Committed, SecondFactorSecrets, Store, Stored, UserUpdate};
use bson::{Bson, doc};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

const LOGIN_TOKENS: &str = "services.resume.loginTokens";
const HASHED_TOKEN: &str = "services.resume.loginTokens.hashedToken";

/// Manages the second factors of a signed-in user.
pub struct Enrolment<'a> {
    pub gate: Gate<'a>,
    pub store: &'a Store,
    pub now: DateTime<Utc>,
}

/// What a request comes to, decided on one state of the user.
pub(super) enum Decision<T> {
    /// There is nothing to write.
    Answer(T),
    Write {
        update: Box<UserUpdate>,
        /// The code that allows it.
        spends: Confirmation,
        answer: T,
        /// The answer when another request has spent that code meanwhile.
        too_late: Result<T, Refusal>,
    },
}

impl<T> Decision<T> {
    /// A write that no stored code allows.
    pub(super) fn unconfirmed(update: UserUpdate, answer: T) -> Decision<T> {
        let too_late = Err(Refusal::too_many_changes());
        let spends = Confirmation::NotAsked;
        Decision::Write { update: Box::new(update), spends, answer, too_late }
    }

    /// A write to this path inside `services.totp` that a code allows. It replaces what the code is stored in.
    pub(super) fn allowed_by(
        code: Confirmation,
        stored: &SecondFactorSecrets,
        (path, value): (&str, Bson),
        answer: T,
        too_late: T,
    ) -> Decision<T> {
        let mut update = UserUpdate::default();
        update.guard("services.totp.enabled", Stored::True(true));
        let secret = stored.totp.secret.as_ref().map(ExposeSecret::expose_secret);
        update.guard("services.totp.secret", secret);
        code.guard_unspent(&mut update);
        update.set(path, value);
        Decision::Write { update: Box::new(update), spends: code, answer, too_late: Ok(too_late) }
    }
}

/// Ends all sessions but this one. Personal access tokens, which have no `when`, stay.
pub(super) fn end_other_sessions(update: &mut UserUpdate, session: &Session) {
    let others = doc! {"when": {"$exists": true}, "hashedToken": {"$ne": &session.hashed_token}};
    update.pull(LOGIN_TOKENS, others);
}

impl Enrolment<'_> {
    /// Decides and writes.
    pub(super) async fn carry_out<T>(
        &self,
        mut caller: Caller,
        session: &Session,
        decide: impl AsyncFn(&Caller) -> Result<Decision<T>, DomainError>,
    ) -> Result<T, DomainError> {
        decide_again(async || {
            let (update, spends, answer, too_late) = match decide(&caller).await? {
                Decision::Answer(answer) => return Ok(Some(answer)),
                Decision::Write { update, spends, answer, too_late } => (update, spends, answer, too_late),
            };
            let commit = self.commit(&caller, session, *update);
            if let Committed::Done(_) = self.store.commit(&commit).await? {
                if let Some(digest) = spends.password() {
                    renew_hash(self.store, &self.gate.hashing, &caller, digest);
                }
                return Ok(Some(answer));
            }
            if self.gate.is_spent(&caller, &spends).await? {
                return Ok(Some(too_late?));
            }
            caller = read_again(self.store, &caller, session).await?;
            Ok(None)
        })
        .await
    }

    fn commit(&self, caller: &Caller, session: &Session, mut update: UserUpdate) -> Commit {
        let now = bson::DateTime::from_chrono(self.now);
        update.guard_element(HASHED_TOKEN, &session.hashed_token);
        update.set("_updatedAt", now);
        let (user_id, seen) = (caller.id.clone(), caller.updated_at);
        Commit { user_id, seen, update, projection: doc! {"_id": 1}, now }
    }
}
