//! Whether `HTTP_FORWARDED_COUNT` fits what the requests of the running instances carry.

use super::Finding;
use crate::forwarded::Forwarded;
use crate::store::Store;
use serde_json::json;

const CHECK: &str = "proxies";

pub(super) async fn check(store: &Store) -> Vec<Finding> {
    match store.forwarded_entries().await {
        Ok(instances) => instances.iter().map(|(id, forwarded)| finding(id, *forwarded)).collect(),
        Err(error) => vec![Finding::unanswered(CHECK, &error)],
    }
}

/// Any client can send a header to which the proxies add, so that a few long ones mean nothing.
fn finding(instance: &str, seen: Forwarded) -> Finding {
    let Forwarded { count, as_said, more, latest_more, fewer, latest_fewer } = seen;
    let looks = as_said + more + fewer;
    let kind = if fewer > 0 && fewer >= more {
        Some(("fewer", fewer, latest_fewer))
    } else if more > as_said {
        Some(("more", more, latest_more))
    } else {
        None
    };
    let finding = match kind {
        None if looks == 0 => {
            Finding::ok(CHECK, format!("HTTP_FORWARDED_COUNT={count}: no X-Forwarded-For has come yet"))
        }
        None => Finding::ok(
            CHECK,
            format!(
                "HTTP_FORWARDED_COUNT={count}: {as_said} of {looks} X-Forwarded-For have so many entries"
            ),
        ),
        Some((kind, number, latest)) => Finding::warning(
            CHECK,
            "forwarded-count",
            format!(
                "{number} of {looks} X-Forwarded-For have {kind} entries than HTTP_FORWARDED_COUNT={count} says, the \
                 latest {latest}: clients share one rate limit{}",
                if kind == "fewer" { ", or choose their address" } else { "" },
            ),
            format!(
                "set HTTP_FORWARDED_COUNT to the number of proxies in front, here and for Rocket.Chat: {latest}, if each entry is of one of them"
            ),
        ),
    };
    let details = json!({
        "instance": instance, "count": count, "asSaid": as_said, "more": more, "fewer": fewer,
    });
    finding.details(details)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;

    #[test]
    fn what_most_requests_carry_decides() {
        let level = |as_said, more, fewer| {
            let seen = Forwarded { count: 1, as_said, more, latest_more: 2, fewer, latest_fewer: 0 };
            let finding = finding("i", seen);
            (
                finding.level,
                finding.message.contains("more entries"),
                finding.message.contains("fewer entries"),
            )
        };
        assert_eq!(level(0, 0, 0), (Level::Ok, false, false));
        assert_eq!(level(100, 0, 0), (Level::Ok, false, false));
        assert_eq!(level(100, 5, 0), (Level::Ok, false, false));
        assert_eq!(level(5, 6, 0), (Level::Warning, true, false));
        assert_eq!(level(100, 0, 1), (Level::Warning, false, true));
        assert_eq!(level(0, 2, 1), (Level::Warning, true, false));
    }
}
