//! The outbox: effects that are still to happen, and those that were given up and need an operator.

use super::Finding;
use super::report::{in_words, plural};
use crate::effects::Effect;
use crate::store::{LargeEffect, ParkedEffect, Store};
use serde_json::json;
use std::time::Duration;

const CHECK: &str = "effects";

/// Longer than any delay between two attempts, so something is wrong.
const LONG: Duration = Duration::from_secs(60 * 60);

pub(super) async fn check(store: &Store) -> Vec<Finding> {
    let state = match store.outbox_state().await {
        Ok(state) => state,
        Err(error) => return vec![Finding::unanswered(CHECK, &error)],
    };
    // As the worker asks: should that fail, nothing is carried out.
    for kinds in [Effect::MAILS, Effect::RENAMES] {
        if let Err(error) = store.next_effects(kinds, 1).await {
            return vec![Finding::unanswered(CHECK, &error)];
        }
    }
    let age = state.oldest.unwrap_or_default();
    let pending = match state.pending {
        0 => Finding::ok(CHECK, "nothing is waiting"),
        pending => {
            let message = format!("{pending} waiting, the oldest for {}", in_words(age));
            if age < LONG {
                Finding::ok(CHECK, message)
            } else {
                Finding::warning(
                    CHECK,
                    "outbox-late",
                    message,
                    "is rc-account running, and does the mail server take mails?",
                )
            }
        }
    };
    let details = json!({"pending": state.pending, "oldestSeconds": age.as_secs(), "parked": state.parked});
    let mut findings = vec![pending.details(details)];
    findings.extend(state.parked_effects.iter().map(parked));
    let listed = u64::try_from(state.parked_effects.len()).unwrap_or(u64::MAX);
    if state.parked > listed {
        let message = format!("{} more are parked", state.parked - listed);
        let remedy = "rc-account outbox list --parked";
        findings.push(Finding::warning(CHECK, "effect-parked", message, remedy));
    }
    findings.extend(state.large_effects.iter().map(large));
    findings
}

fn large(effect: &LargeEffect) -> Finding {
    let LargeEffect { id, kind, user_id, bytes } = effect;
    Finding::warning(
        CHECK,
        "effect-large",
        format!("{kind} of user {user_id} takes {} kB; this version writes none of this size", bytes / 1000),
        format!("none is needed while it waits; if it is parked, delete it: rc-account outbox drop {id}"),
    )
    .details(json!({"_id": id, "kind": kind, "userId": user_id, "bytes": bytes}))
}

fn parked(effect: &ParkedEffect) -> Finding {
    let ParkedEffect { id, kind, user_id, attempts, reason } = effect;
    let remedy = if Effect::RENAMES.contains(&kind.as_str()) {
        format!(
            "remove what the reason names, then: rc-account check --repair; to give up: rc-account outbox drop {id}"
        )
    } else {
        format!("to try again: rc-account outbox retry {id}; to give up: rc-account outbox drop {id}")
    };
    let message =
        format!("parked: {kind} of user {user_id}, {attempts} attempt{}: {reason}", plural(*attempts));
    Finding::warning(CHECK, "effect-parked", message, remedy)
        .details(json!({"_id": id, "kind": kind, "userId": user_id, "attempts": attempts, "reason": reason}))
}
