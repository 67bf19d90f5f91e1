//! The HTTP client of the tests and the demo: for servers on this machine, so without proxy and without TLS.

use rustls::{ClientConfig, RootCertStore};

/// Trusts no authority. Without that, each client would read all certificates of the system.
///
/// # Panics
/// If there cannot be a client.
pub fn client() -> reqwest::Client {
    let trusting_nobody = ClientConfig::builder().with_root_certificates(RootCertStore::empty());
    let client = reqwest::Client::builder().no_proxy();
    client.tls_backend_preconfigured(trusting_nobody.with_no_client_auth()).build().expect("an HTTP client")
}
