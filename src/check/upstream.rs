//! Does the Rocket.Chat beside which this runs answer? Any answer will do: this is about the way there.

use super::Finding;
use crate::announce::Upstream;
use std::error::Error;
use std::time::Duration;
use tokio::time::timeout;

const CHECK: &str = "upstream";
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn check(upstream: Option<&Upstream>) -> Finding {
    let Some(upstream) = upstream else {
        return Finding::ok(CHECK, "none is configured");
    };
    match status(upstream).await {
        Ok(status) => Finding::ok(CHECK, format!("{upstream} answers with {status}")),
        Err(reason) => Finding::error(
            CHECK,
            "upstream-unreachable",
            format!("{upstream} does not answer: {reason}"),
            "correct RC_ACCOUNT_UPSTREAM_URL, or start the Rocket.Chat that it names",
        ),
    }
}

async fn status(upstream: &Upstream) -> Result<u16, String> {
    let client = upstream.client().map_err(|error| error.to_string())?;
    match timeout(PATIENCE, client.get(upstream.info().clone()).send()).await {
        Ok(Ok(answer)) => Ok(answer.status().as_u16()),
        Ok(Err(error)) => Err(cause(&error)),
        Err(_) => Err(format!("nothing within {} s", PATIENCE.as_secs())),
    }
}

/// The innermost cause: the outer ones only say that a request failed.
pub(super) fn cause(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), cause)
}
