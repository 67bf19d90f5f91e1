//! What a change does to the caller's sessions and to the second factor that allowed it. Sources:
//! `docs/behaviour/update-own-basic-info.md` section 3.4 step 7, `docs/behaviour/two-factor.md` section 6.

use super::plan::Case;
use super::planned::Plan;
use bson::{DateTime, Document, doc};
use chrono::TimeDelta;

const LOGIN_TOKENS: &str = "services.resume.loginTokens";

pub(super) fn plan(case: &Case<'_>, draft: &mut Plan) {
    // The login token must still be valid when the change is written.
    draft.guard("services.resume.loginTokens.hashedToken", Some(&case.session.hashed_token));
    spend(case, draft);
    let remembered = remembered(case);
    if draft.new_password.is_some() {
        // A new password ends every other session, personal access tokens included.
        let mut own = case.caller.login_token.clone();
        own.extend(remembered);
        draft.set(LOGIN_TOKENS, vec![own]);
        draft.only_session = Some(case.session.hashed_token.clone());
    } else if !remembered.is_empty() {
        for (key, value) in remembered {
            draft.set(format!("{LOGIN_TOKENS}.$[own].{key}"), value);
        }
        draft.array_filters.push(doc! {"own.hashedToken": &case.session.hashed_token});
    }
}

/// A code is spent by the write that it allows: guarded while it is there, and removed.
fn spend(case: &Case<'_>, draft: &mut Plan) {
    let spending = case.confirmation.spending();
    draft.guard.extend(spending.guard);
    for (path, value) in spending.pull {
        draft.pull(&path, value);
    }
    for path in spending.unset.keys() {
        draft.unset(path);
    }
    draft.spent_totp_step = spending.totp_step;
}

/// What the login token remembers of a second factor that was given.
fn remembered(case: &Case<'_>) -> Document {
    let life = TimeDelta::try_seconds(case.workspace.settings.two_factor_remember_seconds);
    let life = life.filter(|life| *life > TimeDelta::zero() && case.confirmation.was_given());
    match life.and_then(|life| case.now.checked_add_signed(life)) {
        Some(until) => doc! {
            "twoFactorAuthorizedHash": &case.session.fingerprint,
            "twoFactorAuthorizedUntil": DateTime::from_chrono(until),
        },
        None => Document::new(),
    }
}
