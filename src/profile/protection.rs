//! What a second factor protects. Source: `docs/behaviour/two-factor.md` section 2.

use super::change::Change;
use super::plan_input::PlanInput;
use crate::caller::Caller;
use crate::release::{Release, SecondFactorRule};
use crate::store::{Stored, UserUpdate};
use secrecy::ExposeSecret;

/// Whether this change needs a second factor at all.
pub(super) fn needs_second_factor(change: &Change, caller: &Caller, release: &Release) -> bool {
    match release.second_factor {
        SecondFactorRule::Always => change.is_sensitive(),
        SecondFactorRule::WhenProtecting => {
            let email = change.email.truthy().is_some() && !caller.emails.is_empty();
            let password =
                change.new_password.is_some() && caller.services.any && !caller.require_password_change;
            email || password
        }
    }
}

/// What the second factor was decided on must not have changed when the change is written.
pub(super) fn guard(input: &PlanInput<'_>, update: &mut UserUpdate) {
    if !input.change.is_sensitive() {
        return;
    }
    let services = &input.caller.services;
    update.guard_first_address(input.caller.email());
    let password_hash = services.password_hash.as_ref().map(ExposeSecret::expose_secret);
    update.guard("services.password.bcrypt", password_hash);
    update.guard("services.totp.enabled", Stored::True(services.totp_enabled));
    update.guard("services.email2fa.enabled", Stored::Truthy(services.email2fa_enabled));
    update.guard("requirePasswordChange", Stored::Truthy(input.caller.require_password_change));
}
