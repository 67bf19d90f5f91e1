//! The HTTP client with which the service calls others.

use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

/// Why there is none.
#[derive(Debug, Error)]
pub enum NoCertificates {
    #[error("the system's certificates cannot be read: {0}")]
    Unreadable(String),
    #[error("no HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

/// Follows no redirect and uses no proxy: what is sent goes to whom it is addressed to and nowhere else.
///
/// # Errors
/// [`NoCertificates`], where others are to be reached by TLS.
pub fn client(with_tls: bool) -> Result<reqwest::Client, NoCertificates> {
    let trusted = if with_tls { system_certificates()? } else { RootCertStore::empty() };
    let tls = ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
    let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy();
    Ok(client.tls_backend_preconfigured(tls).build()?)
}

/// The authorities that this machine trusts; one that cannot be read is left out.
fn system_certificates() -> Result<RootCertStore, NoCertificates> {
    let found = rustls_native_certs::load_native_certs();
    let mut trusted = RootCertStore::empty();
    trusted.add_parsable_certificates(found.certs);
    if trusted.is_empty() {
        let reasons = found.errors.iter().map(ToString::to_string).collect::<Vec<_>>();
        return Err(NoCertificates::Unreadable(format!("none were found. {}", reasons.join("; "))));
    }
    Ok(trusted)
}
