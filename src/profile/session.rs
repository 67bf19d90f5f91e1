//! What a change does to the caller's sessions and to the second factor that allowed it. Sources:
//! `docs/behaviour/update-own-basic-info.md` section 3.4 step 7, `docs/behaviour/two-factor.md` section 6.

use super::plan_input::PlanInput;
use crate::second_factor::remembered;
use crate::store::UserUpdate;
use bson::doc;

const LOGIN_TOKENS: &str = "services.resume.loginTokens";

pub(super) fn plan(input: &PlanInput<'_>, has_new_password: bool, update: &mut UserUpdate) {
    // The login token must still be valid when the change is written.
    update.guard_element("services.resume.loginTokens.hashedToken", &input.session.hashed_token);
    input.confirmation.spend(update);
    let remembered = remembered(input.confirmation, input.session, &input.workspace.settings, input.now);
    if has_new_password {
        // A new password ends every other session, personal access tokens included.
        let mut kept = input.caller.login_token.clone();
        kept.extend(remembered);
        update.set(LOGIN_TOKENS, vec![kept]);
        update.only_session = Some(input.session.hashed_token.clone());
    } else if !remembered.is_empty() {
        for (key, value) in remembered {
            update.set(format!("{LOGIN_TOKENS}.$[own].{key}"), value);
        }
        update.array_filters.push(doc! {"own.hashedToken": &input.session.hashed_token});
    }
}
