//! What the workspace lets a user edit at all. Source: `docs/behaviour/update-own-basic-info.md` section 2, step 2.

use super::plan_input::PlanInput;
use crate::refusal::{Edit, Refusal};
use crate::release::EditingRules;

pub(super) fn check(input: &PlanInput<'_>) -> Result<(), Refusal> {
    let (caller, change, settings) = (input.caller, input.change, &input.workspace.settings);
    let strict = input.workspace.release.editing == EditingRules::Strict;

    let username_is_settled = strict || caller.username.is_some();
    let email_is_edited = caller.email().is_some_and(|stored| change.email.edits(Some(stored)));
    let password_is_due = caller.require_password_change && !caller.services.has_password;
    let password_is_edited = change.new_password.is_some() && (strict || !password_is_due);

    let edits = [
        (
            change.username.edits(caller.username.as_deref()) && username_is_settled,
            settings.allow_username_change,
            Edit::Username,
        ),
        (
            change.status_text.edits(caller.status.text.as_deref()),
            settings.allow_status_message_change,
            Edit::Status,
        ),
        (change.name.edits(caller.name.as_deref()), settings.allow_real_name_change, Edit::RealName),
        (email_is_edited, settings.allow_email_change, Edit::Email),
        (password_is_edited, settings.allow_password_change, Edit::Password),
    ];
    match edits.into_iter().find(|(edited, allowed, _)| *edited && !allowed) {
        Some((_, _, edit)) => Err(Refusal::edit_not_allowed(edit)),
        None => Ok(()),
    }
}
