//! A new password. Source: `docs/behaviour/update-own-basic-info.md` section 3.4.
//!
//! Ignored, not refused, where the account has no local password or the workspace does not let it be changed.

use super::facts::FactQuery;
use super::password_policy;
use super::plan_input::{NoPlan, PlanInput};
use crate::hashing::PasswordDigest;
use crate::refusal::Refusal;
use crate::store::UserUpdate;
use bson::doc;
use secrecy::{ExposeSecret, SecretString};

/// Returns the digest that is to be hashed and stored.
pub(super) fn plan(input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<Option<PasswordDigest>, NoPlan> {
    let (settings, services) = (&input.workspace.settings, &input.caller.services);
    let (Some(password), Some(present_hash)) = (&input.change.new_password, &services.password_hash) else {
        return Ok(None);
    };
    if !settings.allow_password_change {
        return Ok(None);
    }

    let digest = PasswordDigest::of_password(password);
    if input.facts.password_is_current.ok_or_else(|| FactQuery::PasswordIsCurrent(digest.clone()))? {
        return Err(Refusal::same_password().into());
    }
    if settings.password_history_enabled
        && let Some(history) = &services.password_history
    {
        let ask = || {
            let hashes = remembered(history, settings.password_history_amount).to_vec();
            FactQuery::PasswordInHistory(digest.clone(), hashes)
        };
        if input.facts.password_in_history.ok_or_else(ask)? {
            return Err(Refusal::password_in_history().into());
        }
    }
    if let Err(violations) = password_policy::check(password.expose_secret(), settings) {
        return Err(Refusal::password_policy(violations).into());
    }

    update.unset("services.password.reset");
    // Where there is one it would win over the new bcrypt hash (`docs/behaviour/versions.md` 2.3).
    update.unset("services.password.argon2");
    if input.workspace.release.clears_forced_password_change && input.caller.require_password_change {
        update.unset("requirePasswordChange");
        update.unset("requirePasswordChangeReason");
    }
    // The old hash is remembered whether or not the history is in use.
    update.push(
        "services.passwordHistory",
        doc! {"$each": [present_hash.expose_secret()], "$slice": -settings.password_history_amount.max(0)},
    );
    Ok(Some(digest))
}

/// The last `amount` hashes; 0 means all.
fn remembered(history: &[SecretString], amount: i64) -> &[SecretString] {
    match usize::try_from(amount) {
        Ok(0) | Err(_) => history,
        Ok(amount) => &history[history.len().saturating_sub(amount)..],
    }
}
