//! The decision: pure, from the caller, the change and the facts to a [`Plan`] or a refusal.
//!
//! The order of the steps is the order in which the original reports errors
//! (`docs/behaviour/update-own-basic-info.md` section 2); nothing is written before the last of them has passed.

use super::plan_input::{NoPlan, PlanInput};
use super::{custom_fields, editing, email, identity, password, protection, session, status, text};
use crate::hashing::PasswordDigest;
use crate::refusal::Refusal;
use crate::release::PresenceRules;
use crate::store::UserUpdate;
use bson::doc;

/// What a change does to the database, decided but not yet done.
pub struct Plan {
    pub update: UserUpdate,
    /// Digest of a new password, to be hashed into the update when nothing refuses the change any more.
    pub new_password: Option<PasswordDigest>,
}

/// Decides about a change whose second factor, if it needs one, has been confirmed.
///
/// # Errors
/// [`NoPlan::Refused`] with the first error of the original's order, or [`NoPlan::NeedsFact`].
pub fn plan(input: &PlanInput<'_>) -> Result<Plan, NoPlan> {
    if !input.workspace.settings.allow_profile_change {
        return Err(Refusal::profile_change_not_allowed().into());
    }
    editing::check(input)?;
    let mut update = UserUpdate::default();
    identity::plan(input, &mut update)?;
    status::plan(input, &mut update)?;
    text::plan(input, &mut update)?;
    email::plan(input, &mut update)?;
    let new_password = password::plan(input, &mut update)?;
    update.set("settings.profile", doc! {});
    custom_fields::plan(input, &mut update)?;
    identity::plan_rename(input, &mut update)?;
    update.set("_updatedAt", bson::DateTime::from_chrono(input.now));
    session::plan(input, new_password.is_some(), &mut update);
    protection::guard(input, &mut update);
    Ok(Plan { update, new_password })
}

/// Decides about status and text alone, as the method `setUserStatus` does, whatever else of the profile may be changed.
///
/// # Errors
/// As [`plan`].
pub fn plan_status(input: &PlanInput<'_>) -> Result<Plan, NoPlan> {
    let mut update = UserUpdate::default();
    status::plan(input, &mut update)?;
    // Presence of older versions writes past the model.
    if input.workspace.release.presence == PresenceRules::Claim || input.change.status_text.text().is_some() {
        update.set("_updatedAt", bson::DateTime::from_chrono(input.now));
    }
    session::plan(input, false, &mut update);
    Ok(Plan { update, new_password: None })
}
