//! The way of a change: confirm, plan with the facts that the plan asks for, commit; decide again if the user
//! was changed meanwhile.

use super::change::Change;
use super::facts::{Facts, GatherError, MailDomains, Sources};
use super::plan::{Case, Stop, plan};
use super::planned::Plan;
use crate::caller::{Caller, Session};
use crate::effects::Effect;
use crate::random;
use crate::refusal::Refusal;
use crate::release::Release;
use crate::second_factor::{self, ConfirmError, Confirmation, Gate, Offered};
use crate::store::{Claim, Commit, Committed, EffectEnd, NewEffect};
use crate::workspace::Workspace;
use bson::{Document, RawDocumentBuf};

/// How often a request is decided anew because the user was changed meanwhile.
const ATTEMPTS: u32 = 5;

/// What a change is saved with.
pub struct Saving<'a> {
    pub gate: Gate<'a>,
    pub workspace: &'a Workspace,
    pub release: &'static Release,
    pub mail_domains: &'a dyn MailDomains,
    /// Which parts of the new document the reply needs.
    pub projection: Document,
}

impl From<GatherError> for ConfirmError {
    fn from(error: GatherError) -> Self {
        match error {
            GatherError::Store(error) => error.into(),
            GatherError::Hashing(error) => error.into(),
        }
    }
}

/// A change that is saved.
pub struct Saved {
    /// The new document, as far as it was asked for.
    pub user: RawDocumentBuf,
    /// When the new name is everywhere, if there is one.
    pub rename: Option<EffectEnd>,
}

/// Saves the change; nothing is written unless all of it is.
///
/// # Errors
/// [`ConfirmError`].
pub async fn save(
    saving: &Saving<'_>,
    mut caller: Caller,
    session: &Session,
    change: &Change,
    offered: &Offered,
) -> Result<Saved, ConfirmError> {
    let gate = &saving.gate;
    for _ in 0..ATTEMPTS {
        let confirmation = if second_factor::is_needed(change, &caller, saving.release) {
            gate.confirm(&caller, offered).await?
        } else {
            Confirmation::NotAsked
        };
        let plan = decide(saving, &caller, session, change, &confirmation).await?;
        let commit = prepare(saving, &caller, plan).await?;
        // Listened for before the effect is written: it may be over at once.
        let is_rename = |new: &&NewEffect| Effect::RENAMES.contains(&new.kind);
        let rename = commit.effects.iter().find(is_rename).map(|new| gate.store.end_of_effect(&new.id));
        match gate.store.commit(&commit).await? {
            Committed::Done(user) => return Ok(Saved { user, rename }),
            Committed::Taken(Claim::Username(_)) => return Err(Refusal::identity().into()),
            Committed::Taken(Claim::EmailAddress(email)) => return Err(Refusal::email_taken(&email).into()),
            Committed::Stale => {
                if let Some(refusal) = gate.refusal_if_spent(&caller, &confirmation).await? {
                    return Err(refusal.into());
                }
                let fresh = gate.store.caller(&caller.id, &session.hashed_token).await?;
                caller = fresh.ok_or(ConfirmError::SignedOut)?;
            }
        }
    }
    Err(Refusal::too_many_changes().into())
}

async fn decide(
    saving: &Saving<'_>,
    caller: &Caller,
    session: &Session,
    change: &Change,
    confirmation: &Confirmation,
) -> Result<Plan, ConfirmError> {
    let gate = &saving.gate;
    let sources = Sources { store: gate.store, mail_domains: saving.mail_domains, hashing: gate.hashing };
    let mut facts = Facts::default();
    let verification_token = random::secret();
    loop {
        let case = Case {
            caller,
            session,
            confirmation,
            change,
            facts: &facts,
            workspace: saving.workspace,
            release: saving.release,
            now: gate.now,
            verification_token: &verification_token,
        };
        match plan(&case) {
            Ok(plan) => return Ok(plan),
            Err(Stop::Refused(refusal)) => return Err(refusal.into()),
            Err(Stop::Asks(question)) => {
                facts.gather(question, caller, confirmation.password(), &sources).await?;
            }
        }
    }
}

/// Hashes a new password only now, when nothing refuses the change any more.
async fn prepare(saving: &Saving<'_>, caller: &Caller, mut plan: Plan) -> Result<Commit, ConfirmError> {
    if let Some(digest) = plan.new_password.take() {
        plan.set("services.password.bcrypt", saving.gate.hashing.hash(digest).await?);
    }
    Ok(Commit {
        user_id: caller.id.clone(),
        update: plan.take_update(),
        guard: plan.guard,
        projection: saving.projection.clone(),
        array_filters: plan.array_filters,
        claims: plan.claims,
        spent_totp_step: plan.spent_totp_step,
        subscription_custom_fields: plan.subscription_custom_fields,
        only_session: plan.only_session,
        effects: plan.effects.iter().map(|effect| effect.to_new(&caller.id)).collect(),
        now: bson::DateTime::from_chrono(saving.gate.now),
    })
}
