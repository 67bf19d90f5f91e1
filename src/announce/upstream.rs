//! The Rocket.Chat beside which this runs, and the way to it.

use http_body_util::Full;
use hyper::Uri;
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use thiserror::Error;
use url::Url;

/// Follows no redirect and uses no proxy: what is sent goes to the upstream and nowhere else.
pub type Client = hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Why no connection by TLS is possible.
#[derive(Debug, Error)]
#[error("the system's certificates cannot be read: {0}")]
pub struct NoCertificates(std::io::Error);

/// The address of Rocket.Chat itself, behind any proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    base: String,
    own_profile: Uri,
    info: Uri,
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
        let route = |path: &str| format!("{base}{path}").parse().ok().filter(|_| is_place);
        let (own_profile, info) = (route("/api/v1/users.updateOwnBasicInfo")?, route("/api/info")?);
        Some(Upstream { base, own_profile, info })
    }

    #[must_use]
    pub fn own_profile(&self) -> &Uri {
        &self.own_profile
    }

    #[must_use]
    pub fn info(&self) -> &Uri {
        &self.info
    }

    /// # Errors
    /// [`NoCertificates`], where the upstream is to be reached by TLS.
    pub fn client(&self) -> Result<Client, NoCertificates> {
        let connector = HttpsConnectorBuilder::new();
        let connector = if self.info.scheme_str() == Some("https") {
            connector.with_native_roots().map_err(NoCertificates)?
        } else {
            let trusting_nobody = ClientConfig::builder().with_root_certificates(RootCertStore::empty());
            connector.with_tls_config(trusting_nobody.with_no_client_auth())
        };
        let connector = connector.https_or_http().enable_http1().build();
        Ok(hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector))
    }
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
