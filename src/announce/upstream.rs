//! The Rocket.Chat beside which this runs, and the way to it.

use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use thiserror::Error;
use url::Url;

/// Why there is no client for the upstream.
#[derive(Debug, Error)]
pub enum NoCertificates {
    #[error("the system's certificates cannot be read: {0}")]
    Unreadable(String),
    #[error("no HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

/// The address of Rocket.Chat itself, behind any proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    base: String,
    own_profile: Url,
    info: Url,
}

impl Upstream {
    /// `None`: no address, or one with more in it than a place.
    #[must_use]
    pub fn at(base: &str) -> Option<Upstream> {
        let url = Url::parse(base).ok()?;
        let is_place = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let base = url.as_str().trim_end_matches('/').to_owned();
        let route = |path: &str| Url::parse(&format!("{base}{path}")).ok().filter(|_| is_place);
        let (own_profile, info) = (route("/api/v1/users.updateOwnBasicInfo")?, route("/api/info")?);
        Some(Upstream { base, own_profile, info })
    }

    #[must_use]
    pub fn own_profile(&self) -> &Url {
        &self.own_profile
    }

    #[must_use]
    pub fn info(&self) -> &Url {
        &self.info
    }

    /// Follows no redirect and uses no proxy: what is sent goes to the upstream and nowhere else.
    ///
    /// # Errors
    /// [`NoCertificates`], where the upstream is to be reached by TLS.
    pub fn client(&self) -> Result<reqwest::Client, NoCertificates> {
        let trusted =
            if self.info.scheme() == "https" { system_certificates()? } else { RootCertStore::empty() };
        let tls = ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy();
        Ok(client.tls_backend_preconfigured(tls).build()?)
    }
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

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_is_a_place_and_nothing_else() {
        for (given, base) in [
            ("http://rocketchat:3000/", "http://rocketchat:3000"),
            ("https://10.0.0.1/chat", "https://10.0.0.1/chat"),
        ] {
            let upstream = Upstream::at(given).expect(given);
            assert_eq!(upstream.to_string(), base);
            assert_eq!(upstream.info().to_string(), format!("{base}/api/info"));
            assert_eq!(
                upstream.own_profile().path(),
                upstream.info().path().replace("info", "v1/users.updateOwnBasicInfo")
            );
        }
        for wrong in ["", "rocketchat:3000", "ftp://a", "http://u:p@a", "http://a/?b=c", "http://a/#b"] {
            assert_eq!(Upstream::at(wrong), None, "{wrong}");
        }
    }
}
