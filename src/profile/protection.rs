//! What a second factor protects. Source: `docs/behaviour/two-factor.md` section 2.

use super::change::Change;
use super::plan::Case;
use super::planned::Plan;
use crate::caller::{Caller, still_truthy};
use crate::release::{Release, SecondFactorRule};
use bson::{Bson, doc};
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
pub(super) fn guard(case: &Case<'_>, draft: &mut Plan) {
    if !case.change.is_sensitive() {
        return;
    }
    let services = &case.caller.services;
    match case.caller.email() {
        Some(address) => draft.guard("emails.0.address", Some(address)),
        // Not by a null address: that matches no empty list.
        None => drop(draft.guard.insert("emails.0", doc! {"$exists": false})),
    }
    draft.guard("services.password.bcrypt", services.password_hash.as_ref().map(ExposeSecret::expose_secret));
    let totp = if services.totp_enabled { Bson::Boolean(true) } else { doc! {"$ne": true}.into() };
    draft.guard.insert("services.totp.enabled", totp);
    draft.guard.insert("services.email2fa.enabled", still_truthy(services.email2fa_enabled));
    draft.guard.insert("requirePasswordChange", still_truthy(case.caller.require_password_change));
}
