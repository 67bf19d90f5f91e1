//! The way of a change: confirm, plan with the facts that the plan asks for, commit; decide again if the user
//! was changed meanwhile.

use super::change::Change;
use super::draft::Plan;
use super::facts::{Facts, GatherError, MailDomains, Sources};
use super::plan::{Case, Stop, plan};
use crate::caller::Caller;
use crate::hashing::{Hashing, HashingError};
use crate::refusal::Refusal;
use crate::release::Release;
use crate::second_factor::{self, ConfirmError, Gate, Offered};
use crate::store::{Claim, Commit, Committed, Store, StoreError};
use crate::workspace::Workspace;
use bson::{Document, RawDocumentBuf};
use chrono::{DateTime, Utc};
use thiserror::Error;

/// How often a request is decided anew because the user was changed meanwhile.
const ATTEMPTS: u32 = 5;

/// Meteor's `Random.secret()`: 43 characters of this alphabet.
const SECRET_ALPHABET: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

/// What a change is saved with.
pub struct Saving<'a> {
    pub store: &'a Store,
    pub workspace: &'a Workspace,
    pub release: &'static Release,
    pub hashing: &'a Hashing,
    pub mail_domains: &'a dyn MailDomains,
    /// Which parts of the new document the reply needs.
    pub projection: Document,
    pub now: DateTime<Utc>,
}

/// Why a change was not saved.
#[derive(Debug, Error)]
pub enum SaveError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The login token ended while the request was being decided.
    #[error("the login token is no longer valid")]
    SignedOut,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Hashing(#[from] HashingError),
}

impl From<GatherError> for SaveError {
    fn from(error: GatherError) -> Self {
        match error {
            GatherError::Store(error) => error.into(),
            GatherError::Hashing(error) => error.into(),
        }
    }
}

impl From<ConfirmError> for SaveError {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::Refused(refusal) => refusal.into(),
            ConfirmError::Hashing(error) => error.into(),
        }
    }
}

/// Saves the change and returns the new document; nothing is written unless all of it is.
///
/// # Errors
/// [`SaveError`].
pub async fn save(
    saving: &Saving<'_>,
    mut caller: Caller,
    hashed_token: &str,
    change: &Change,
    offered: &Offered,
) -> Result<RawDocumentBuf, SaveError> {
    for _ in 0..ATTEMPTS {
        let plan = decide(saving, &caller, hashed_token, change, offered).await?;
        let commit = prepare(saving, &caller, plan).await?;
        match saving.store.commit(&commit).await? {
            Committed::Done(document) => return Ok(document),
            Committed::Taken(Claim::Username(_)) => return Err(Refusal::identity().into()),
            Committed::Taken(Claim::EmailAddress(email)) => return Err(Refusal::email_taken(&email).into()),
            Committed::Stale => {
                let fresh = saving.store.caller(&caller.id, hashed_token).await?;
                caller = fresh.ok_or(SaveError::SignedOut)?;
            }
        }
    }
    Err(Refusal::too_many_changes().into())
}

async fn decide(
    saving: &Saving<'_>,
    caller: &Caller,
    hashed_token: &str,
    change: &Change,
    offered: &Offered,
) -> Result<Plan, SaveError> {
    let gate = Gate { settings: &saving.workspace.settings, hashing: saving.hashing };
    let confirmed = if second_factor::is_needed(change, caller, saving.release) {
        gate.confirm(caller, offered).await?
    } else {
        None
    };
    let sources = Sources { store: saving.store, mail_domains: saving.mail_domains, hashing: saving.hashing };
    let mut facts = Facts::default();
    let verification_token = secret();
    loop {
        let case = Case {
            caller,
            hashed_token,
            change,
            facts: &facts,
            workspace: saving.workspace,
            release: saving.release,
            now: saving.now,
            verification_token: &verification_token,
        };
        match plan(&case) {
            Ok(plan) => return Ok(plan),
            Err(Stop::Refused(refusal)) => return Err(refusal.into()),
            Err(Stop::Asks(question)) => facts.gather(question, caller, confirmed.as_ref(), &sources).await?,
        }
    }
}

/// Hashes a new password only now, when nothing refuses the change any more.
async fn prepare(saving: &Saving<'_>, caller: &Caller, plan: Plan) -> Result<Commit, SaveError> {
    let mut update = plan.update;
    if let Some(digest) = plan.new_password {
        let hash = saving.hashing.hash(digest).await?;
        if let Ok(set) = update.get_document_mut("$set") {
            set.insert("services.password.bcrypt", hash);
        }
    }
    Ok(Commit {
        user_id: caller.id.clone(),
        guard: plan.guard,
        update,
        projection: saving.projection.clone(),
        claims: plan.claims,
        subscription_custom_fields: plan.subscription_custom_fields,
        effects: plan.effects,
        now: bson::DateTime::from_chrono(saving.now),
    })
}

fn secret() -> String {
    rand::random::<[u8; 43]>()
        .iter()
        .map(|byte| char::from(SECRET_ALPHABET[usize::from(byte & 63)]))
        .collect()
}
