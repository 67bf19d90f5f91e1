//! Status text and status type. Source: `docs/behaviour/update-own-basic-info.md` section 3.2, `docs/behaviour/side-effects.md`
//! section 3.

use super::facts::FactQuery;
use super::plan_input::{NoPlan, PlanInput};
use crate::ecmascript;
use crate::refusal::Refusal;
use crate::release::PresenceRules;
use crate::store::{Connection, UserUpdate};
use bson::{Document, doc};

const ONLINE: &str = "online";
const OFFLINE: &str = "offline";
/// In UTF-16 units.
const TEXT_LIMIT: usize = 120;

pub(super) fn plan(input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<(), NoPlan> {
    match input.workspace.release.presence {
        PresenceRules::TextThenType => text_then_type(input, update),
        PresenceRules::Claim => claim(input, update),
    }
}

fn text_then_type(input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<(), NoPlan> {
    let settings = &input.workspace.settings;
    if let Some(text) = input.change.status_text.text() {
        if !settings.allow_status_message_change {
            return Err(Refusal::status_text_not_allowed().into());
        }
        update.set("statusText", normalized(text));
    }
    let Some(default) = input.change.status_type.truthy() else { return Ok(()) };
    if default == OFFLINE && !settings.allow_invisible_status {
        return Err(Refusal::invisible_status().into());
    }
    let connections = input.facts.connections.as_ref().ok_or(FactQuery::Connections)?;
    let connection = connection_status(connections.iter());
    update.set("status", displayed(connection, default));
    update.set("statusConnection", connection);
    update.set("statusDefault", default);
    Ok(())
}

fn claim(input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<(), NoPlan> {
    let (settings, stored) = (&input.workspace.settings, &input.caller.status);
    let (kind, text) = (input.change.status_type.truthy(), input.change.status_text.text());
    if kind.is_none() && text.is_none() {
        return Ok(());
    }
    if text.is_some() && !settings.allow_status_message_change {
        return Err(Refusal::status_text_not_allowed().into());
    }
    let stored_default = stored.default.as_deref().unwrap_or(ONLINE);
    let default = kind.unwrap_or(stored_default);
    if default == OFFLINE && !settings.allow_invisible_status {
        return Err(Refusal::invisible_status().into());
    }
    // A text of blanks is one, though nothing of it is left.
    let clears = default == ONLINE && text.is_none_or(String::is_empty);
    let text = text.map(|text| normalized(text));
    // A call outranks the user's own choice.
    let waits = !clears && stored.source.as_deref() == Some("internal");
    update.guard("statusSource", stored.source.as_deref());
    if kind.is_none() || waits {
        update.guard("statusDefault", stored.default.as_deref());
    }

    let connections = input.facts.connections.as_ref().ok_or(FactQuery::Connections)?;
    let connection = connection_status(connections.iter());
    let visible_default = if waits { stored_default } else { default };
    let status = if !connections.is_empty() {
        displayed(connection, visible_default)
    } else if clears {
        ONLINE
    } else if input.caller.is_bot_or_app() {
        visible_default
    } else {
        OFFLINE
    };

    if clears {
        update.set("statusDefault", ONLINE);
        update.set("statusText", "");
        for path in ["statusSource", "statusExpiresAt", "previousState", "statusId"] {
            update.unset(path);
        }
    } else if waits {
        // The choice is kept for afterwards, unless another call waits there.
        if is_held_by_a_call(input, update) {
            return Ok(());
        }
        let mut waiting: Document = doc! {"statusDefault": default, "statusSource": "manual"};
        if let Some(text) = text {
            waiting.insert("statusText", text);
        }
        update.set("previousState", waiting);
    } else {
        update.set("statusDefault", default);
        update.set("statusSource", "manual");
        if let Some(text) = text {
            update.set("statusText", text);
        }
        for path in ["previousState", "statusId", "statusExpiresAt"] {
            update.unset(path);
        }
    }
    update.set("status", status);
    update.set("statusConnection", connection);
    Ok(())
}

fn is_held_by_a_call(input: &PlanInput<'_>, update: &mut UserUpdate) -> bool {
    let previous = input.caller.status.previous_state.as_ref();
    update.guard("previousState.statusSource", previous.and_then(|state| state.source.as_deref()));
    previous.is_some_and(|state| {
        state.source.as_deref() == Some("internal")
            && state.expires_at.is_none_or(|end| end.to_chrono() > input.now)
    })
}

/// Trimmed, then cut.
fn normalized(text: &str) -> String {
    ecmascript::truncate(ecmascript::trim(text), TEXT_LIMIT)
}

/// Online if any connection is, else the last one that is not offline, else offline.
fn connection_status<'a>(connections: impl Iterator<Item = &'a Connection>) -> &'a str {
    connections.map(|connection| connection.status.as_str()).fold(OFFLINE, |so_far, status| match status {
        _ if so_far == ONLINE => ONLINE,
        "" | OFFLINE => so_far,
        status => status,
    })
}

fn displayed<'a>(connection: &'a str, default: &'a str) -> &'a str {
    match (connection, default) {
        (OFFLINE, _) => OFFLINE,
        (connection, ONLINE) => connection,
        (_, default) => default,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status_of(connections: &[&str]) -> String {
        let connections: Vec<_> =
            connections.iter().map(|status| Connection { status: (*status).to_owned() }).collect();
        connection_status(connections.iter()).to_owned()
    }

    #[test]
    fn the_liveliest_connection_counts() {
        assert_eq!(status_of(&[]), OFFLINE);
        assert_eq!(status_of(&[OFFLINE, "away", "busy", OFFLINE]), "busy");
        assert_eq!(status_of(&["away", ONLINE, "busy"]), ONLINE);
    }

    #[test]
    fn what_others_see_follows_connection_then_choice() {
        assert_eq!(displayed(OFFLINE, "busy"), OFFLINE);
        assert_eq!(displayed("away", ONLINE), "away");
        assert_eq!(displayed("away", "busy"), "busy");
        assert_eq!(displayed(ONLINE, OFFLINE), OFFLINE);
    }
}
