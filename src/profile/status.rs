//! Status text and status type. Source: `docs/behaviour/update-own-basic-info.md` section 3.2, `docs/behaviour/side-effects.md`
//! section 3.

mod claim;
mod presence;

pub use claim::{Claim, default_kind, end};
pub use presence::{OFFLINE, normalized};

use super::facts::{FactQuery, LimitedChange};
use super::plan_input::{NoPlan, PlanInput};
use crate::refusal::Refusal;
use crate::release::PresenceRules;
use crate::store::UserUpdate;
use presence::{connection_status, displayed};

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
        if input.workspace.release.user_limits {
            input.facts.counted.check(LimitedChange::StatusText)?;
        }
        update.set("statusText", normalized(text));
    }
    let Some(default) = input.change.status_type.truthy() else { return Ok(()) };
    if default == OFFLINE && !settings.allow_invisible_status {
        return Err(Refusal::invisible_status("setUserStatus").into());
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
    if kind.unwrap_or_else(|| default_kind(stored)) == OFFLINE && !settings.allow_invisible_status {
        return Err(Refusal::invisible_status("setUserStatus").into());
    }
    let claim = Claim {
        stored,
        kind,
        text: text.map(String::as_str),
        expires_at: None,
        connections: input.facts.connections.as_ref().ok_or(FactQuery::Connections)?,
        is_always_connected: input.caller.is_bot_or_app(),
        now: input.now,
    };
    claim.plan(update);
    Ok(())
}
