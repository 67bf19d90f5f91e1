//! `users.setStatus`. Source: `docs/behaviour/own-account.md` sections 1.2 to 1.4.

use crate::caller::Caller;
use crate::domain_error::DomainError;
use crate::ecmascript;
use crate::profile::status::{Claim, OFFLINE, default_kind, normalized};
use crate::profile::{Allowance, LimitedChange};
use crate::refusal::Refusal;
use crate::release::{AccountRoutes, PresenceRules};
use crate::store::{Connection, Store, UserUpdate};
use crate::workspace::Workspace;
use chrono::{DateTime, Utc};

const METHOD: &str = "users.setStatus";
const KINDS: [&str; 4] = ["online", "away", "offline", "busy"];

/// A status as it is asked for. An empty kind or date counts as none.
#[derive(Debug, Default)]
pub struct NewStatus {
    pub kind: Option<String>,
    pub text: Option<String>,
    /// As JavaScript reads dates.
    pub expires_at: Option<String>,
}

/// What has to be known of the account.
#[derive(Debug, Default)]
pub struct StatusFacts {
    connections: Vec<Connection>,
    text_allowance: Option<Allowance>,
}

impl NewStatus {
    fn kind(&self) -> Option<&str> {
        self.kind.as_deref().filter(|kind| !kind.is_empty())
    }
}

/// Whether a request may be made at all. Older versions refuse the kind along with the text.
///
/// # Errors
/// The refusal.
pub fn check_texts_allowed(new: &NewStatus, workspace: &Workspace) -> Result<(), Refusal> {
    let is_about_text = match workspace.release.account_routes {
        AccountRoutes::Loose => true,
        AccountRoutes::Typed => new.text.as_deref().is_some_and(|text| !text.is_empty()),
    };
    if is_about_text && !workspace.settings.allow_status_message_change {
        return Err(Refusal::change_of_status_not_allowed());
    }
    Ok(())
}

/// Learns what the plan needs. `limits_changes`: the limits of a user's changes count.
///
/// # Errors
/// The failures of the service itself.
pub async fn prepare_status(
    new: &NewStatus,
    subject: &Caller,
    workspace: &Workspace,
    limits_changes: bool,
    store: &Store,
    now: DateTime<Utc>,
) -> Result<StatusFacts, DomainError> {
    if workspace.release.presence == PresenceRules::Claim {
        return Ok(StatusFacts { connections: store.connections(&subject.id).await?, text_allowance: None });
    }
    let is_limited = new.text.is_some() && limits_changes && workspace.release.user_limits;
    let text_allowance =
        if is_limited { Some(LimitedChange::StatusText.count(store, &subject.id, now).await?) } else { None };
    Ok(StatusFacts { connections: Vec::new(), text_allowance })
}

/// What becomes of the account.
///
/// # Errors
/// The refusal.
pub fn plan_status(
    new: &NewStatus,
    subject: &Caller,
    facts: &StatusFacts,
    workspace: &Workspace,
    now: DateTime<Utc>,
) -> Result<UserUpdate, Refusal> {
    let mut update = UserUpdate::default();
    match workspace.release.presence {
        PresenceRules::TextThenType => text_then_kind(new, subject, facts, workspace, &mut update)?,
        PresenceRules::Claim => claim(new, subject, facts, workspace, now, &mut update)?,
    }
    Ok(update)
}

fn text_then_kind(
    new: &NewStatus,
    subject: &Caller,
    facts: &StatusFacts,
    workspace: &Workspace,
    update: &mut UserUpdate,
) -> Result<(), Refusal> {
    if let Some(Allowance::UsedUp { milliseconds }) = facts.text_allowance {
        return Err(Refusal::too_many_changes_of_a_kind(milliseconds));
    }
    if let Some(text) = &new.text {
        let text = normalized(text);
        if subject.status.text.as_deref() != Some(text.as_str()) {
            update.set("statusText", text);
        }
    }
    if let Some(kind) = new.kind() {
        if !KINDS.contains(&kind) {
            return Err(Refusal::unknown_status(METHOD));
        }
        check_invisible(kind, workspace)?;
        // Whatever the connections say, until presence is computed the next time.
        update.set("status", kind);
        update.set("statusDefault", kind);
    }
    Ok(())
}

fn claim(
    new: &NewStatus,
    subject: &Caller,
    facts: &StatusFacts,
    workspace: &Workspace,
    now: DateTime<Utc>,
    update: &mut UserUpdate,
) -> Result<(), Refusal> {
    let expires_at = expiry(new, now)?;
    let stored = &subject.status;
    check_invisible(new.kind().unwrap_or_else(|| default_kind(stored)), workspace)?;
    let claim = Claim {
        stored,
        kind: new.kind(),
        text: new.text.as_deref(),
        expires_at: expires_at.map(bson::DateTime::from_chrono),
        connections: &facts.connections,
        is_always_connected: subject.is_bot_or_app(),
        now,
    };
    claim.plan(update);
    Ok(())
}

fn expiry(new: &NewStatus, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Refusal> {
    let Some(text) = new.expires_at.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
    let date = ecmascript::parse_date(text).ok_or_else(|| Refusal::unreadable_status_end(METHOD))?;
    if date > now { Ok(Some(date)) } else { Err(Refusal::past_status_end(METHOD)) }
}

fn check_invisible(kind: &str, workspace: &Workspace) -> Result<(), Refusal> {
    if kind == OFFLINE && !workspace.settings.allow_invisible_status {
        return Err(Refusal::invisible_status(METHOD));
    }
    Ok(())
}
