//! Username and name. Source: `docs/behaviour/update-own-basic-info.md` section 3.1.
//!
//! The client cannot tell which rule refused: all but two answer "Could not save user identity". `null` beside
//! the other field means absent here, where the original would store the text `null`.

use super::facts::Question;
use super::plan::{Case, Stop};
use super::planned::Plan;
use crate::ecmascript;
use crate::effects::{Effect, Rename};
use crate::refusal::Refusal;
use crate::store::Claim;

/// Always blocked, besides the workspace's list.
const BLOCKED: [&str; 2] = ["all", "here"];

/// Characters that keep a name from ever matching the blocked list: the original compares the escaped name.
const ESCAPED: &str = "-.*+?^=!:${}()|[]/\\";

pub(super) fn plan(case: &Case<'_>, draft: &mut Plan) -> Result<(), Stop> {
    if case.change.name.truthy().is_none() && case.change.username.truthy().is_none() {
        return Ok(());
    }
    if let Some(raw) = case.change.username.text() {
        plan_username(ecmascript::trim(raw), case, draft)?;
    }
    if let Some(raw) = case.change.name.text() {
        plan_name(ecmascript::trim(raw), case, draft)?;
    }
    plan_rename(case, draft);
    Ok(())
}

/// Whoever has a username is repeated in other collections, from where the old names have to go.
fn plan_rename(case: &Case<'_>, draft: &mut Plan) {
    let Some(old_username) = case.caller.username.as_deref().filter(|username| !username.is_empty()) else {
        return;
    };
    if !draft.sets("username") && !draft.sets("name") {
        return;
    }
    let username = draft.text("username", Some(old_username)).unwrap_or(old_username).to_owned();
    let name = draft.text("name", case.caller.name.as_deref()).map(str::to_owned);
    let name_sent = case.change.name.text().is_some();
    // Both: the cascade starts from the names that were read.
    draft.guard("username", Some(old_username));
    draft.guard("name", case.caller.name.as_deref());
    let old_username = old_username.to_owned();
    draft.effects.push(Effect::Rename(Rename { old_username, username, name, name_sent }));
}

fn plan_username(username: &str, case: &Case<'_>, draft: &mut Plan) -> Result<(), Stop> {
    let stored = case.caller.username.as_deref();
    if stored == Some(username) {
        return Ok(());
    }
    let settings = &case.workspace.settings;
    let lower = username.to_lowercase();
    if settings.system_blocked_usernames.split(',').any(|blocked| blocked == lower)
        || username.is_empty()
        || !case.workspace.username_pattern.matches(username)
    {
        return Err(Refusal::identity().into());
    }
    if case.release.federation_pins_username
        && (case.caller.federated || case.facts.in_federated_room.ok_or(Question::InFederatedRoom)?)
    {
        return Err(Refusal::federated_username().into());
    }
    if stored.is_none_or(|stored| stored.to_lowercase() != lower) {
        if is_blocked(username, &settings.blocked_usernames) {
            return Err(Refusal::blocked_username(username).into());
        }
        if case.facts.username_taken.ok_or_else(|| Question::UsernameTaken(username.to_owned()))? {
            return Err(Refusal::identity().into());
        }
        draft.claims.push(Claim::Username(username.to_owned()));
    }
    draft.guard("username", stored);
    draft.set("username", username);
    Ok(())
}

fn is_blocked(username: &str, list: &str) -> bool {
    let lower = username.to_lowercase();
    !username.contains(|c| ESCAPED.contains(c))
        && BLOCKED
            .into_iter()
            .chain(list.split(',').map(ecmascript::trim))
            .any(|name| name.to_lowercase() == lower)
}

fn plan_name(name: &str, case: &Case<'_>, draft: &mut Plan) -> Result<(), Stop> {
    let stored = case.caller.name.as_deref();
    if stored == Some(name) {
        return Ok(());
    }
    if name.is_empty() {
        if case.workspace.settings.require_name {
            return Err(Refusal::identity().into());
        }
        draft.unset("name");
    } else {
        draft.set("name", name);
    }
    draft.guard("name", stored);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blocked_names_are_compared_whole_and_without_letter_case() {
        assert!(is_blocked("ALL", ""));
        assert!(is_blocked("Root", "boss, root"));
        assert!(!is_blocked("rooted", "root"));
        assert!(!is_blocked("john.doe", "john.doe"), "kept from the original: a dot defeats the list");
    }

    proptest! {
        #[test]
        fn a_plain_name_is_blocked_by_the_list_that_holds_it(name in "[a-zA-Z0-9_]{1,12}", others in "[a-z, ]{0,20}") {
            let list = format!("{others}, {name}");
            prop_assert!(is_blocked(&name.to_uppercase(), &list));
        }
    }
}
