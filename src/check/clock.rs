//! The clock of this machine against MongoDB's. TOTP codes are counted by ours, and codes by e-mail and all times of the
//! outbox by both.

use super::Finding;
use crate::clock;
use crate::store::Store;
use chrono::TimeDelta;
use serde_json::json;

const CHECK: &str = "clock";

/// A TOTP code is good for half a minute before and after its own, so a deviation is noticed before it matters.
const MOST: TimeDelta = TimeDelta::seconds(5);
/// From here on TOTP codes of users are refused.
const TOO_MUCH: TimeDelta = TimeDelta::seconds(30);

pub(super) async fn check(store: &Store) -> Finding {
    let now = clock::system();
    let before = now();
    let theirs = match store.server_time().await {
        Ok(theirs) => theirs,
        Err(error) => return Finding::unanswered(CHECK, &error),
    };
    // What is within the time of the question is no difference.
    let difference = if theirs < before {
        before - theirs
    } else if theirs > now() {
        theirs - now()
    } else {
        TimeDelta::zero()
    };
    finding(difference, theirs < before)
}

fn finding(difference: TimeDelta, are_we_ahead: bool) -> Finding {
    let seconds = difference.num_seconds();
    let details = json!({"milliseconds": difference.num_milliseconds()});
    let side = if are_we_ahead { "ahead of" } else { "behind" };
    let message = format!("this machine's clock is {seconds} s {side} MongoDB's");
    let remedy = "let a time service (NTP) set the clocks of both machines";
    let finding = if difference >= TOO_MUCH {
        let message = format!("{message}: TOTP codes may be refused, and guards against late writes fail");
        Finding::error(CHECK, "clock-differs", message, remedy)
    } else if difference >= MOST {
        Finding::warning(CHECK, "clock-differs", message, remedy)
    } else {
        Finding::ok(CHECK, "this machine's clock and MongoDB's agree")
    };
    finding.details(details)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;

    #[test]
    fn a_small_difference_is_none() {
        for (milliseconds, level) in
            [(0, Level::Ok), (4_999, Level::Ok), (5_000, Level::Warning), (30_000, Level::Error)]
        {
            assert_eq!(finding(TimeDelta::milliseconds(milliseconds), true).level, level);
        }
        assert!(finding(TimeDelta::seconds(7), false).message.contains("7 s behind MongoDB's"));
    }
}
