//! The HTTP client of the tests and the demo: for servers on this machine, so without proxy and without TLS.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};

/// Less than the five seconds after which a server closes an idle connection, as Rocket.Chat does: a request that is sent at
/// that very moment gets no answer.
const IDLE: Duration = Duration::from_secs(2);

/// Trusts no authority. Without that, each client would read all certificates of the system.
///
/// # Panics
/// If there cannot be a client.
pub fn client() -> reqwest::Client {
    built(reqwest::Client::builder())
}

/// The same, for one who calls from that address of this machine, and never twice on one connection.
///
/// # Panics
/// If there cannot be a client.
pub fn client_at(address: Ipv4Addr) -> reqwest::Client {
    built(reqwest::Client::builder().local_address(IpAddr::from(address)).pool_max_idle_per_host(0))
}

fn built(client: reqwest::ClientBuilder) -> reqwest::Client {
    let trusting_nobody = ClientConfig::builder().with_root_certificates(RootCertStore::empty());
    let client = client.no_proxy().pool_idle_timeout(IDLE);
    client.tls_backend_preconfigured(trusting_nobody.with_no_client_auth()).build().expect("an HTTP client")
}
