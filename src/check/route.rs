//! Whether the public route leads here: two marked requests to `ROOT_URL`. Whoever serves them notes their marks, so it needs
//! no word in an answer, which anybody could read.

use super::Finding;
use super::upstream::{PATIENCE, cause};
use crate::announce::Upstream;
use crate::config::Config;
use crate::forwarded::MARK_HEADER;
use crate::random;
use crate::store::{MarkSeen, Store, StoreError};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const CHECK: &str = "route";

/// An instance tells what it has seen once a second, if MongoDB answers it.
const TELLING: Duration = Duration::from_secs(4);
const POLL: Duration = Duration::from_millis(200);
/// Of a mark.
const BYTES: usize = 16;

pub(super) async fn check(store: &Store, config: &Config) -> Vec<Finding> {
    look(store, config).await.unwrap_or_else(|error| vec![Finding::unanswered(CHECK, &error)])
}

async fn look(store: &Store, config: &Config) -> Result<Vec<Finding>, StoreError> {
    let root = &config.root_url;
    if store.forwarded_entries().await?.is_empty() {
        let message =
            format!("no rc-account runs on this database: whether {root} leads to one is not known");
        return Ok(vec![Finding::hint(CHECK, "route-no-instance", message, "start it, and check again")]);
    }
    let Some(place) = Upstream::at(root) else {
        let message = "ROOT_URL holds more than a place: no request is sent there";
        let remedy = "the workspace's address, such as https://chat.example.org";
        return Ok(vec![Finding::warning(CHECK, "route-unreachable", message, remedy)]);
    };
    let (own, other) = (random::hex(BYTES), random::hex(BYTES));
    let status = match ask(&place, &own, &other).await {
        Ok(status) => status,
        Err(reason) => {
            let message = format!("{root} (ROOT_URL) does not answer: {reason}");
            let remedy = "correct ROOT_URL, or check from where it can be reached";
            return Ok(vec![Finding::warning(CHECK, "route-unreachable", message, remedy)]);
        }
    };
    let deadline = Instant::now() + TELLING;
    let mut seen = store.mark_seen(&own).await?;
    while seen.is_none() && Instant::now() < deadline {
        sleep(POLL).await;
        seen = store.mark_seen(&own).await?;
    }
    let Some(seen) = seen else {
        let message = format!(
            "POST {} is answered with {status}, but not by an rc-account of this database",
            place.own_profile()
        );
        let remedy = "let the proxy send that route to rc-account: see examples/";
        let finding = Finding::warning(CHECK, "route-elsewhere", message, remedy);
        return Ok(vec![finding.details(json!({"status": status}))]);
    };
    let mut findings = vec![arrived(root, seen, config.standalone)];
    if !config.standalone && store.mark_seen(&other).await?.is_some() {
        let message = format!("{} comes here, too, where it is answered with 404", place.info());
        let remedy = "let the proxy send only POST (and OPTIONS) of /api/v1/users.updateOwnBasicInfo here";
        findings.push(Finding::warning(CHECK, "route-too-wide", message, remedy));
    }
    Ok(findings)
}

/// The status of the answer to the request that is meant for us. The other one is sent first, so that it is noted when the
/// second is.
async fn ask(place: &Upstream, own: &str, other: &str) -> Result<u16, String> {
    let client = place.client().map_err(|error| error.to_string())?;
    let info = client.get(place.info().clone()).header(MARK_HEADER, other);
    let _ = timeout(PATIENCE, info.send()).await;
    let route = client
        .post(place.own_profile().clone())
        .header(MARK_HEADER, own)
        .header("Content-Type", "application/json")
        .body("{}");
    match timeout(PATIENCE, route.send()).await {
        Ok(Ok(answer)) => Ok(answer.status().as_u16()),
        Ok(Err(error)) => Err(cause(&error)),
        Err(_) => Err(format!("nothing within {} s", PATIENCE.as_secs())),
    }
}

fn arrived(root: &str, seen: MarkSeen, standalone: bool) -> Finding {
    let MarkSeen { entries, count, is_believed } = seen;
    let details = json!({"forwardedEntries": entries, "forwardedCount": count, "believed": is_believed});
    let finding = if entries > 0 && !is_believed {
        let message = format!(
            "{root} leads here, but RC_ACCOUNT_TRUSTED_PROXIES lacks the proxy: all clients seem to have its address"
        );
        let remedy = "add the proxy's address as this service sees it to RC_ACCOUNT_TRUSTED_PROXIES";
        Finding::warning(CHECK, "route-forwarded-count", message, remedy)
    } else if entries != count && !(standalone && entries == 0) {
        let message = format!(
            "{root} leads here, and X-Forwarded-For came with {entries} entries, but HTTP_FORWARDED_COUNT is {count}: \
             clients share one rate limit, or choose their address"
        );
        let remedy = format!("HTTP_FORWARDED_COUNT={entries}, here and for Rocket.Chat");
        Finding::warning(CHECK, "route-forwarded-count", message, remedy)
    } else {
        let message = format!("{root} leads here, with {entries} entries of X-Forwarded-For");
        Finding::ok(CHECK, message)
    };
    finding.details(details)
}
