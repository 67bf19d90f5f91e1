//! Turning one's own second factors on and off. Source: `docs/behaviour/two-factor.md` section 8.
//!
//! Like a change of the profile, each is one guarded write that also spends the code which allows it.

mod backup_codes;
mod email;
mod totp;

pub use backup_codes::BackupCodes;
pub use totp::NewSecret;

use super::{ConfirmError, Confirmation, Gate, Write};
use crate::caller::{Caller, Session};
use crate::refusal::Refusal;
use crate::store::{Committed, StoreError};
use bson::{DateTime, doc};

/// How often a request is decided anew because the user was changed meanwhile.
const ATTEMPTS: u32 = 5;
const LOGIN_TOKENS: &str = "services.resume.loginTokens";

/// Manages the second factors of a signed-in user.
pub struct Enrolment<'a> {
    pub gate: Gate<'a>,
}

/// What a request comes to, decided on one state of the user.
enum Decision<T> {
    /// There is nothing to write.
    Answer(T),
    Write {
        write: Box<Write>,
        /// The code that allows it.
        spends: Confirmation,
        answer: T,
        /// The answer to who used that code at the same time and came later.
        too_late: Result<T, Refusal>,
    },
}

/// Ends all sessions but this one. Personal access tokens, which have no `when`, stay.
fn end_other_sessions(write: &mut Write, session: &Session) {
    let others = doc! {"when": {"$exists": true}, "hashedToken": {"$ne": &session.hashed_token}};
    write.pull.insert(LOGIN_TOKENS, others);
}

impl Enrolment<'_> {
    /// Decides and writes, and does so anew if the user was changed in between.
    async fn carry_out<T>(
        &self,
        mut caller: Caller,
        session: &Session,
        decide: impl AsyncFn(&Caller) -> Result<Decision<T>, ConfirmError>,
    ) -> Result<T, ConfirmError> {
        for _ in 0..ATTEMPTS {
            let (write, spends, answer, too_late) = match decide(&caller).await? {
                Decision::Answer(answer) => return Ok(answer),
                Decision::Write { write, spends, answer, too_late } => (write, spends, answer, too_late),
            };
            if self.write(&caller, session, write).await? {
                return Ok(answer);
            }
            if self.gate.is_spent(&caller, &spends).await? {
                return Ok(too_late?);
            }
            let fresh = self.gate.store.caller(&caller.id, &session.hashed_token).await?;
            caller = fresh.ok_or(ConfirmError::SignedOut)?;
        }
        Err(Refusal::too_many_changes().into())
    }

    /// `false`: the user is no longer as the decision assumed.
    async fn write(
        &self,
        caller: &Caller,
        session: &Session,
        mut write: Box<Write>,
    ) -> Result<bool, StoreError> {
        let now = self.gate.now;
        write.guard.insert(format!("{LOGIN_TOKENS}.hashedToken"), &session.hashed_token);
        write.set.insert("_updatedAt", DateTime::from_chrono(now));
        let commit = write.into_commit(&caller.id, doc! {"_id": 1}, now);
        Ok(matches!(self.gate.store.commit(&commit).await?, Committed::Done(_)))
    }
}
