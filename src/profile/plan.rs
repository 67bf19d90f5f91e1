//! The decision: pure, from the caller, the change and the facts to a [`Plan`] or a refusal.
//!
//! The order of the steps is the order in which the original reports errors
//! (`docs/behaviour/update-own-basic-info.md` section 2); nothing is written before the last of them has passed.

use super::change::Change;
use super::facts::{Facts, Question};
use super::planned::Plan;
use super::{custom_fields, editing, email, identity, password, protection, session, status, text};
use crate::caller::{Caller, Session};
use crate::refusal::Refusal;
use crate::release::Release;
use crate::second_factor::Confirmation;
use crate::workspace::Workspace;
use bson::doc;
use chrono::{DateTime, Utc};

/// All that a decision rests on.
pub struct Case<'a> {
    pub caller: &'a Caller,
    pub session: &'a Session,
    /// The second factor that was given.
    pub confirmation: &'a Confirmation,
    pub change: &'a Change,
    pub facts: &'a Facts,
    pub workspace: &'a Workspace,
    pub release: &'a Release,
    pub now: DateTime<Utc>,
    /// A fresh secret for the verification of a new address.
    pub verification_token: &'a str,
}

/// Why there is no plan (yet).
#[derive(Debug)]
pub enum Stop {
    Refused(Refusal),
    /// A fact is missing; decide again when it is known.
    Asks(Question),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Stop::Refused(refusal)
    }
}

impl From<Question> for Stop {
    fn from(question: Question) -> Self {
        Stop::Asks(question)
    }
}

/// Decides about a change whose second factor, if it needs one, has been confirmed.
///
/// # Errors
/// [`Stop::Refused`] with the first error of the original's order, or [`Stop::Asks`].
pub fn plan(case: &Case<'_>) -> Result<Plan, Stop> {
    if !case.workspace.settings.allow_profile_change {
        return Err(Refusal::profile_change_not_allowed().into());
    }
    editing::check(case)?;
    let mut draft = Plan::default();
    identity::plan(case, &mut draft)?;
    status::plan(case, &mut draft)?;
    text::plan(case, &mut draft)?;
    email::plan(case, &mut draft)?;
    password::plan(case, &mut draft)?;
    draft.set("settings.profile", doc! {});
    custom_fields::plan(case, &mut draft)?;
    draft.set("_updatedAt", bson::DateTime::from_chrono(case.now));
    session::plan(case, &mut draft);
    protection::guard(case, &mut draft);
    Ok(draft)
}
