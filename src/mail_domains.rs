//! Whether a domain accepts mail: its MX records in the DNS.

use crate::profile::MailDomains;
use futures_util::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use std::net::SocketAddr;
use std::time::Duration;
use thiserror::Error;

/// Bounds the time that a request waits for the DNS.
const TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPTS: usize = 2;

#[derive(Debug, Error)]
#[error("the system's DNS servers cannot be read; name one in RC_ACCOUNT_DNS_SERVER")]
pub struct NoResolver;

/// Asks the DNS.
pub struct Dns(TokioResolver);

impl Dns {
    /// Uses this server, or those of the system.
    ///
    /// # Errors
    /// [`NoResolver`].
    pub fn new(server: Option<SocketAddr>) -> Result<Dns, NoResolver> {
        let provider = TokioRuntimeProvider::default();
        let mut builder = match server {
            Some(server) => {
                let mut name_server = NameServerConfig::udp_and_tcp(server.ip());
                for connection in &mut name_server.connections {
                    connection.port = server.port();
                }
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![name_server]);
                TokioResolver::builder_with_config(config, provider)
            }
            None => TokioResolver::builder_tokio().map_err(|_| NoResolver)?,
        };
        let options: &mut ResolverOpts = builder.options_mut();
        options.timeout = TIMEOUT;
        options.attempts = ATTEMPTS;
        Ok(Dns(builder.build().map_err(|_| NoResolver)?))
    }
}

impl MailDomains for Dns {
    /// A failing look-up counts as "no": the original then refuses the domain, too.
    fn accepts_mail<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, bool> {
        // The dot at the end makes the name absolute: the host's search list does not apply.
        let name = format!("{}.", domain.trim_end_matches('.'));
        Box::pin(async move { self.0.mx_lookup(name).await.is_ok_and(|found| !found.answers().is_empty()) })
    }
}
