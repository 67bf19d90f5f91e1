//! Does the Rocket.Chat beside which this runs answer? Any answer will do: this is about the way there.

use super::Finding;
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

const CHECK: &str = "upstream";
const PATIENCE: Duration = Duration::from_secs(5);

/// `url` has neither user nor password in it, and no trailing slash.
pub(super) async fn check(url: Option<&str>) -> Finding {
    let Some(url) = url else {
        return Finding::ok(CHECK, "none is configured");
    };
    match status(url).await {
        Ok(status) => Finding::ok(CHECK, format!("{url} answers with {status}")),
        Err(reason) => Finding::error(
            CHECK,
            format!("{url} does not answer: {reason}"),
            "correct RC_ACCOUNT_UPSTREAM_URL, or start the Rocket.Chat that it names",
        ),
    }
}

async fn status(url: &str) -> Result<u16, String> {
    let authorities = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(authorities)
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .map_err(|error| cause(&error))?;
    let answer = client.get(format!("{url}/api/info")).send().await.map_err(|error| cause(&error))?;
    Ok(answer.status().as_u16())
}

/// The innermost cause: the outer ones only say that a request failed.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("nothing within {} s", PATIENCE.as_secs());
    }
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
