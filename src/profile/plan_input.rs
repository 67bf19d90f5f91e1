//! What a plan is made from, and why there may be none yet.

use super::change::Change;
use super::facts::{FactQuery, Facts};
use crate::caller::{Caller, Session};
use crate::refusal::Refusal;
use crate::second_factor::Confirmation;
use crate::workspace::Workspace;
use chrono::{DateTime, Utc};

/// All that a decision rests on.
pub struct PlanInput<'a> {
    pub caller: &'a Caller,
    pub session: &'a Session,
    /// The second factor that was given.
    pub confirmation: &'a Confirmation,
    pub change: &'a Change,
    pub facts: &'a Facts,
    pub workspace: &'a Workspace,
    pub now: DateTime<Utc>,
    /// A fresh secret for the verification of a new address.
    pub verification_token: &'a str,
}

/// Why there is no plan (yet).
#[derive(Debug)]
pub enum NoPlan {
    Refused(Refusal),
    /// Plan again when it is known.
    NeedsFact(FactQuery),
}

impl From<Refusal> for NoPlan {
    fn from(refusal: Refusal) -> Self {
        NoPlan::Refused(refusal)
    }
}

impl From<FactQuery> for NoPlan {
    fn from(query: FactQuery) -> Self {
        NoPlan::NeedsFact(query)
    }
}
