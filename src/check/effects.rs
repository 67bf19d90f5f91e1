//! The outbox: effects that are still to happen, and those that were given up and need an operator.

use super::Finding;
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
        findings.push(Finding::warning(CHECK, message, "see db.rc_account_outbox.find({parked: true})"));
    }
    findings.extend(state.large_effects.iter().map(large));
    findings
}

fn large(effect: &LargeEffect) -> Finding {
    let LargeEffect { id, kind, user_id, bytes } = effect;
    Finding::warning(
        CHECK,
        format!("{kind} of user {user_id} takes {} kB; this version writes none of this size", bytes / 1000),
        format!("none is needed while it waits; if it is parked, delete it: db.rc_account_outbox.deleteOne({{_id: \"{id}\"}})"),
    )
    .details(json!({"_id": id, "kind": kind, "userId": user_id, "bytes": bytes}))
}

fn parked(effect: &ParkedEffect) -> Finding {
    let ParkedEffect { id, kind, user_id, attempts, reason } = effect;
    let remedy = if Effect::RENAMES.contains(&kind.as_str()) {
        format!(
            "remove what the reason names, then: rc-account check --repair; to give up: \
             db.rc_account_outbox.deleteOne({{_id: \"{id}\"}})"
        )
    } else {
        format!(
            "to try again: db.rc_account_outbox.updateOne({{_id: \"{id}\"}}, {{$set: {{parked: false, attempts: 0}}}}); \
             to give up: delete it"
        )
    };
    let message = format!("parked: {kind} of user {user_id}, {attempts} attempts: {reason}");
    Finding::warning(CHECK, message, remedy)
        .details(json!({"_id": id, "kind": kind, "userId": user_id, "attempts": attempts, "reason": reason}))
}

fn in_words(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_unit_that_fits() {
        for (seconds, words) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_199, "119 min"),
            (7_200, "2 h"),
            (200_000, "2 days"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
