//! The way of a change: confirm, plan with the facts that the plan asks for, commit.

use super::change::Change;
use super::facts::{CountedChanges, Facts, MailDomains, Sources};
use super::plan::{Plan, plan, plan_status};
use super::plan_input::{NoPlan, PlanInput};
use super::protection::needs_second_factor;
use crate::caller::{Caller, Session};
use crate::decide_again::{decide_again, read_again};
use crate::domain_error::DomainError;
use crate::effects::Effect;
use crate::hashing::Hashing;
use crate::mail_limit::MailLimiter;
use crate::random;
use crate::refusal::Refusal;
use crate::second_factor::{Confirmation, Gate, Method, Offered, renew_hash};
use crate::store::{Claim, Commit, Committed, EffectEnd, NewEffect, Store, StoreError};
use crate::workspace::Workspace;
use bson::{Document, RawDocumentBuf};
use chrono::{DateTime, Utc};

/// Which rules a change goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Profile,
    /// Status and text, and nothing else.
    Status,
}

/// What a change is saved with.
pub struct Saving<'a> {
    pub scope: Scope,
    pub gate: Gate<'a>,
    pub store: &'a Store,
    pub hashing: Hashing,
    pub mail_limit: &'a MailLimiter,
    /// The limits of a user's changes count, as the version has them.
    pub limits_changes: bool,
    pub mail_domains: &'a dyn MailDomains,
    pub workspace: &'a Workspace,
    /// Which parts of the new document the reply needs.
    pub projection: Document,
    pub now: DateTime<Utc>,
}

/// A change that is saved.
pub struct Saved {
    /// The new document, as far as it was asked for.
    pub user: RawDocumentBuf,
    /// The second factor that was given, if one was asked for.
    pub proof: Option<Method>,
    /// When the new name is everywhere, if that takes longer than the change.
    pub rename: Option<EffectEnd>,
    /// The new name was written elsewhere, too.
    pub is_written_elsewhere: bool,
}

/// Saves the change; nothing is written unless all of it is.
pub async fn save(
    saving: &Saving<'_>,
    mut caller: Caller,
    session: &Session,
    change: &Change,
    offered: &Offered,
) -> Result<Saved, DomainError> {
    let mut counted_changes =
        if saving.limits_changes { CountedChanges::default() } else { CountedChanges::UNLIMITED };
    let mut name_goes_afterwards = false;
    decide_again(async || {
        let confirmation = if needs_second_factor(change, &caller, &saving.workspace.release) {
            saving.gate.confirm(&caller, offered).await?
        } else {
            Confirmation::NotAsked
        };
        let known = Facts {
            counted: counted_changes,
            name_elsewhere: name_goes_afterwards.then_some(None),
            ..Facts::default()
        };
        let (plan, facts) = decide(saving, &caller, session, change, &confirmation, known).await?;
        counted_changes = facts.counted;
        let sets_password = plan.new_password.is_some();
        let commit = prepare(saving, &caller, plan).await?;
        let recipients = recipients(&caller, &commit);
        let counted = saving.mail_limit.count(saving.store, &caller.id, &recipients, saving.now).await?;
        // Listened for before the effect is written: it may be over at once.
        let is_rename = |new: &&NewEffect| Effect::RENAMES.contains(&new.kind);
        let rename = commit.update.effects.iter().find(is_rename);
        let rename = rename.map(|new| saving.store.end_of_effect(&new.id));
        let committed = match saving.store.commit(&commit).await {
            // One of the documents may refuse the name. Afterwards each is tried, and which refuse it is told.
            Err(StoreError::Refused(_) | StoreError::Duplicate { .. })
                if !commit.update.replacements.is_empty() =>
            {
                saving.mail_limit.take_back(saving.store, counted).await;
                name_goes_afterwards = true;
                return Ok(None);
            }
            committed => committed?,
        };
        if !matches!(committed, Committed::Done(_)) {
            saving.mail_limit.take_back(saving.store, counted).await;
        }
        match committed {
            Committed::Done(user) => {
                if let Some(digest) = confirmation.password().filter(|_| !sets_password) {
                    renew_hash(saving.store, &saving.hashing, &caller, digest);
                }
                let is_written_elsewhere = !commit.update.replacements.is_empty();
                Ok(Some(Saved { user, proof: confirmation.method(), rename, is_written_elsewhere }))
            }
            Committed::Taken(Claim::Username(_)) => Err(Refusal::identity().into()),
            Committed::Taken(Claim::EmailAddress(email)) => Err(Refusal::email_taken(&email).into()),
            Committed::Stale => {
                // Whoever is changed all the time is not kept from a new name by it.
                name_goes_afterwards = true;
                if let Some(refusal) = saving.gate.refusal_if_spent(&caller, &confirmation).await? {
                    return Err(refusal.into());
                }
                caller = read_again(saving.store, &caller, session).await?;
                Ok(None)
            }
        }
    })
    .await
}

/// Who gets a mail because of the commit: the old address a notice, the new one what verifies it.
fn recipients(caller: &Caller, commit: &Commit) -> Vec<String> {
    let new = commit.update.claims.iter().filter_map(|claim| match claim {
        Claim::EmailAddress(new) => Some(new.clone()),
        Claim::Username(_) => None,
    });
    let new: Vec<String> = new.collect();
    if new.is_empty() { new } else { caller.email().map(str::to_owned).into_iter().chain(new).collect() }
}

/// Plans, and gathers each fact that the plan asks for.
async fn decide(
    saving: &Saving<'_>,
    caller: &Caller,
    session: &Session,
    change: &Change,
    confirmation: &Confirmation,
    mut facts: Facts,
) -> Result<(Plan, Facts), DomainError> {
    let Saving { store, mail_domains, hashing, now, .. } = saving;
    let sources = Sources { store, mail_domains: *mail_domains, hashing, now: *now };
    let verification_token = random::secret();
    loop {
        let input = PlanInput {
            caller,
            session,
            confirmation,
            change,
            facts: &facts,
            workspace: saving.workspace,
            now: saving.now,
            verification_token: &verification_token,
        };
        let planned = match saving.scope {
            Scope::Profile => plan(&input),
            Scope::Status => plan_status(&input),
        };
        match planned {
            Ok(plan) => return Ok((plan, facts)),
            Err(NoPlan::Refused(refusal)) => return Err(refusal.into()),
            Err(NoPlan::NeedsFact(query)) => {
                facts.gather(query, caller, confirmation.password(), &sources).await?;
            }
        }
    }
}

/// Hashes a new password only now, when nothing refuses the change any more.
async fn prepare(saving: &Saving<'_>, caller: &Caller, plan: Plan) -> Result<Commit, DomainError> {
    let Plan { mut update, new_password } = plan;
    if let Some(digest) = new_password {
        update.set("services.password.bcrypt", saving.hashing.hash(digest).await?);
    }
    let (user_id, projection) = (caller.id.clone(), saving.projection.clone());
    let now = bson::DateTime::from_chrono(saving.now);
    Ok(Commit { user_id, seen: caller.updated_at, update, projection, now })
}
