//! A new password. Source: `docs/behaviour/update-own-basic-info.md` section 3.4.
//!
//! Ignored, not refused, where the account has no local password or the workspace does not let it be changed.

use super::facts::Question;
use super::password_policy;
use super::plan::{Case, Stop};
use super::planned::Plan;
use crate::hashing::PasswordDigest;
use crate::refusal::Refusal;
use bson::doc;
use secrecy::{ExposeSecret, SecretString};

pub(super) fn plan(case: &Case<'_>, draft: &mut Plan) -> Result<(), Stop> {
    let (settings, services) = (&case.workspace.settings, &case.caller.services);
    let (Some(password), Some(present_hash)) = (&case.change.new_password, &services.password_hash) else {
        return Ok(());
    };
    if !settings.allow_password_change {
        return Ok(());
    }

    let digest = PasswordDigest::of_password(password);
    if case.facts.password_is_current.ok_or_else(|| Question::PasswordIsCurrent(digest.clone()))? {
        return Err(Refusal::same_password().into());
    }
    if settings.password_history_enabled
        && let Some(history) = &services.password_history
    {
        let ask = || {
            let hashes = remembered(history, settings.password_history_amount).to_vec();
            Question::PasswordInHistory(digest.clone(), hashes)
        };
        if case.facts.password_in_history.ok_or_else(ask)? {
            return Err(Refusal::password_in_history().into());
        }
    }
    if let Err(violations) = password_policy::check(password.expose_secret(), settings) {
        return Err(Refusal::password_policy(violations, case.release.policy_error_has_suffix).into());
    }

    draft.new_password = Some(digest);
    draft.unset("services.password.reset");
    if case.release.clears_forced_password_change && case.caller.require_password_change {
        draft.unset("requirePasswordChange");
        draft.unset("requirePasswordChangeReason");
    }
    // The old hash is remembered whether or not the history is in use.
    draft.push(
        "services.passwordHistory",
        doc! {"$each": [present_hash.expose_secret()], "$slice": -settings.password_history_amount.max(0)},
    );
    Ok(())
}

/// The last `amount` hashes; 0 means all.
fn remembered(history: &[SecretString], amount: i64) -> &[SecretString] {
    match usize::try_from(amount) {
        Ok(0) | Err(_) => history,
        Ok(amount) => &history[history.len().saturating_sub(amount)..],
    }
}
