//! A new password. Source: `docs/behaviour/update-own-basic-info.md` section 3.4.
//!
//! Ignored, not refused, where the account has no local password or the workspace does not let it be changed.

use super::facts::FactQuery;
use super::password_policy;
use super::plan_input::{NoPlan, PlanInput};
use crate::caller::Caller;
use crate::domain_error::DomainError;
use crate::hashing::{Hashing, PasswordDigest};
use crate::refusal::Refusal;
use crate::store::UserUpdate;
use crate::workspace::Settings;
use bson::doc;
use secrecy::{ExposeSecret, SecretString};

/// Returns the digest that is to be hashed and stored.
pub(super) fn plan(input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<Option<PasswordDigest>, NoPlan> {
    let (settings, services) = (&input.workspace.settings, &input.caller.services);
    let (Some(password), Some(_)) = (&input.change.new_password, &services.password_hash) else {
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
    check_password_policy(password.expose_secret(), settings)?;

    update.unset("services.password.reset");
    plan_new_hash(input.caller, settings, update);
    if input.workspace.release.clears_forced_password_change && input.caller.require_password_change {
        update.unset("requirePasswordChange");
        update.unset("requirePasswordChangeReason");
    }
    Ok(Some(digest))
}

/// What goes with any new hash, and what becomes of the present one.
pub fn plan_new_hash(user: &Caller, settings: &Settings, update: &mut UserUpdate) {
    // Where there is one it would win over the new bcrypt hash (`docs/behaviour/versions.md` 2.3).
    update.unset("services.password.argon2");
    // The old hash is remembered whether or not the history is in use.
    if let Some(present_hash) = &user.services.password_hash {
        update.push(
            "services.passwordHistory",
            doc! {"$each": [present_hash.expose_secret()], "$slice": -settings.password_history_amount.max(0)},
        );
    }
}

/// The workspace's policy for a password that is known in plain.
///
/// # Errors
/// The refusal.
pub fn check_password_policy(password: &str, settings: &Settings) -> Result<(), Refusal> {
    password_policy::check(password, settings).map_err(Refusal::password_policy)
}

/// That the user has not had the password before, as far as the workspace remembers.
///
/// # Errors
/// The refusal; that hashing is not possible now.
pub async fn check_password_history(
    user: &Caller,
    digest: &PasswordDigest,
    settings: &Settings,
    hashing: &Hashing,
) -> Result<(), DomainError> {
    let history = user.services.password_history.as_ref().filter(|_| settings.password_history_enabled);
    let Some(history) = history else { return Ok(()) };
    let hashes = remembered(history, settings.password_history_amount).to_vec();
    if hashing.matches_any(digest.clone(), hashes).await? {
        return Err(Refusal::password_in_history().into());
    }
    Ok(())
}

/// The last `amount` hashes; 0 means all.
fn remembered(history: &[SecretString], amount: i64) -> &[SecretString] {
    match usize::try_from(amount) {
        Ok(0) | Err(_) => history,
        Ok(amount) => &history[history.len().saturating_sub(amount)..],
    }
}
