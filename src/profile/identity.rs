//! Username and name. Source: `docs/behaviour/update-own-basic-info.md` section 3.1.
//!
//! The client cannot tell which rule refused: all but two answer "Could not save user identity". `null` beside
//! the other field means absent here, where the original would store the text `null`.

use super::facts::FactQuery;
use super::plan_input::{NoPlan, PlanInput};
use crate::ecmascript;
use crate::effects::{Effect, Notice, Rename};
use crate::refusal::Refusal;
use crate::store::{Claim, Joining, Stored, UserUpdate};
use crate::workspace::Settings;

/// Always blocked, besides the workspace's list.
const BLOCKED: [&str; 2] = ["all", "here"];

/// Characters that are escaped in a pattern.
const ESCAPED: &str = "-.*+?^=!:${}()|[]/\\";

pub(super) fn plan(input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<(), NoPlan> {
    if input.change.name.truthy().is_none() && input.change.username.truthy().is_none() {
        return Ok(());
    }
    if let Some(raw) = input.change.username.text() {
        plan_username(ecmascript::trim(raw), input, update)?;
    }
    if let Some(raw) = input.change.name.text() {
        plan_name(ecmascript::trim(raw), input, update)?;
    }
    if is_first_username(input, update) {
        plan_welcome(input, update);
        plan_invitation(input, update)?;
    }
    Ok(())
}

fn is_first_username(input: &PlanInput<'_>, update: &UserUpdate) -> bool {
    let has_username = input.caller.username.as_deref().is_some_and(|username| !username.is_empty());
    !has_username && update.changes("username")
}

/// Whoever has a first username is welcomed by mail, where the workspace has such a mail.
fn plan_welcome(input: &PlanInput<'_>, update: &mut UserUpdate) {
    if input.workspace.settings.enrolment_body.is_empty() {
        return;
    }
    if let Some(address) = input.caller.email().map(str::to_owned) {
        let name = update.text("name", input.caller.name.as_deref()).map(str::to_owned);
        let notice = Effect::Mail(Notice::Enrolment { address, name });
        update.effects.extend(notice.to_new(&input.caller.id));
    }
}

/// Whoever came by an invitation joins its room with the first username.
fn plan_invitation(input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<(), NoPlan> {
    let Some(invitation) = &input.caller.invitation else { return Ok(()) };
    let room = input.facts.invited_room.as_ref();
    let room = room.ok_or_else(|| FactQuery::InvitedRoom(invitation.clone()))?;
    if let (Some(room), Some(username)) = (room, update.text("username", None)) {
        update.joins = Some(Joining {
            room: room.clone(),
            username: username.to_owned(),
            name: update.text("name", input.caller.name.as_deref()).map(str::to_owned),
            has_read_receipts: input.workspace.settings.read_receipts,
        });
    }
    Ok(())
}

/// Names are repeated in other collections, from where the old ones have to go; those of a user without a username
/// are not. Planned last, when nothing refuses the change any more: what there is to change should be as it is when it is
/// written.
pub(super) fn plan_rename(input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<(), NoPlan> {
    let Some(old_username) = input.caller.username.as_deref().filter(|username| !username.is_empty()) else {
        return Ok(());
    };
    if !update.changes("username") && !update.changes("name") {
        return Ok(());
    }
    let username = update.text("username", Some(old_username)).unwrap_or(old_username).to_owned();
    let name = update.text("name", input.caller.name.as_deref()).map(str::to_owned);
    let name_sent = input.change.name.text().is_some();
    // Both: the cascade starts from the names that were read.
    update.guard("username", Some(old_username));
    update.guard("name", input.caller.name.as_deref());
    let old_username = old_username.to_owned();
    let reaches_calls = input.workspace.release.renames_call_history;
    let rename = Rename::new(old_username, username, name, name_sent, reaches_calls);
    let elsewhere = match &input.facts.name_elsewhere {
        None if !rename.username_changed() => return Err(FactQuery::NameElsewhere(rename).into()),
        known => known.clone().flatten(),
    };
    match elsewhere {
        Some(few) => {
            // Between two changes meanwhile, which would be carried on behind this one, the names can be the same.
            update.guard("_updatedAt", Stored::Date(input.caller.updated_at));
            update.replacements = few;
        }
        None => update.effects.extend(Effect::Rename(rename).to_new(&input.caller.id)),
    }
    Ok(())
}

fn plan_username(username: &str, input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<(), NoPlan> {
    let stored = input.caller.username.as_deref();
    // Also of a name that stays: that nothing is to be done rests on it.
    update.guard("username", stored);
    if stored == Some(username) {
        return Ok(());
    }
    let settings = &input.workspace.settings;
    let lower = username.to_lowercase();
    if is_system_name(&lower, settings)
        || username.is_empty()
        || !input.workspace.username_pattern.matches(username)
    {
        return Err(Refusal::identity().into());
    }
    if input.workspace.release.federation_pins_username
        && (input.caller.federated || input.facts.in_federated_room.ok_or(FactQuery::InFederatedRoom)?)
    {
        return Err(Refusal::federated_username().into());
    }
    if stored.is_none_or(|stored| stored.to_lowercase() != lower) {
        if is_on_the_list(username, &settings.blocked_usernames) {
            return Err(Refusal::blocked_username(username).into());
        }
        if input.facts.username_taken.ok_or_else(|| FactQuery::UsernameTaken(username.to_owned()))? {
            return Err(Refusal::identity().into());
        }
        update.claims.push(Claim::Username(username.to_owned()));
    }
    update.set("username", username);
    Ok(())
}

/// Whether nobody may have the name, whoever has it now.
pub fn is_blocked(username: &str, settings: &Settings) -> bool {
    is_on_the_list(ecmascript::trim(username), &settings.blocked_usernames)
        || is_system_name(&username.to_lowercase(), settings)
}

/// The items of this list are not trimmed.
fn is_system_name(lower: &str, settings: &Settings) -> bool {
    settings.system_blocked_usernames.split(',').any(|blocked| blocked == lower)
}

/// The original escapes the name for a pattern, though it is the list that becomes patterns: a name with one of those
/// characters matches only an item that is escaped itself.
fn is_on_the_list(username: &str, list: &str) -> bool {
    let mut escaped = String::with_capacity(username.len());
    for c in username.chars() {
        escaped.extend(ESCAPED.contains(c).then_some('\\'));
        escaped.push(c);
    }
    let mut names = BLOCKED.into_iter().chain(ecmascript::split_list(list));
    names.any(|name| ecmascript::is_same_ignoring_case(name, &escaped))
}

fn plan_name(name: &str, input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<(), NoPlan> {
    let stored = input.caller.name.as_deref();
    update.guard("name", stored);
    if stored == Some(name) {
        return Ok(());
    }
    if name.is_empty() {
        if input.workspace.settings.require_name {
            return Err(Refusal::identity().into());
        }
        update.unset("name");
    } else {
        update.set("name", name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blocked_names_are_compared_whole_and_without_letter_case() {
        assert!(is_on_the_list("ALL", ""));
        assert!(is_on_the_list("Root", "boss, root"));
        assert!(!is_on_the_list("rooted", "root"));
        assert!(!is_on_the_list("john.doe", "john.doe"), "kept from the original: a dot defeats the list");
        assert!(is_on_the_list("john.doe", r"john\.doe"), "the same");
        assert!(is_on_the_list("ÉVA", "éva") && is_on_the_list("a b", "x,\u{FEFF}A B\n"));
        // Letters whose counterparts are longer, or ASCII, are not the same for a pattern.
        assert!(
            !is_on_the_list("\u{212A}im", "kim")
                && !is_on_the_list("stra\u{1E9E}e", "straße")
                && !is_on_the_list("İ", "i")
        );
    }

    proptest! {
        #[test]
        fn a_plain_name_is_blocked_by_the_list_that_holds_it(name in "[a-zA-Z0-9_]{1,12}", others in "[a-z, ]{0,20}") {
            let list = format!("{others}, {name}");
            prop_assert!(is_on_the_list(&name.to_uppercase(), &list));
        }
    }
}
