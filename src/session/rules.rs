//! Users who may not sign in although the credentials are right. Source: `docs/behaviour/login.md` section 1.4.

use super::request::LoginRequest;
use crate::refusal::Refusal;
use crate::store::Account;
use crate::workspace::Settings;

/// The first rule that the account breaks.
///
/// # Errors
/// The refusal.
pub(super) fn check(account: &Account, request: &LoginRequest, settings: &Settings) -> Result<(), Refusal> {
    let caller = &account.caller;
    if account.is_visitor() {
        return Ok(());
    }
    if caller.kind.as_deref() == Some("app") {
        return Err(Refusal::app_user_login());
    }
    if !account.is_active {
        return Err(Refusal::user_not_activated());
    }
    if !account.has_roles {
        return Err(Refusal::user_has_no_roles());
    }
    // The original does not see through a code that the password is about.
    let by_password_alone =
        matches!(request, LoginRequest::Password { code: None, .. } | LoginRequest::Mailed(_));
    if settings.email_verification_required
        && by_password_alone
        && !caller.roles.iter().any(|role| role == "admin")
        && !caller.emails.iter().any(|email| email.verified)
    {
        return Err(Refusal::no_verified_email());
    }
    Ok(())
}
