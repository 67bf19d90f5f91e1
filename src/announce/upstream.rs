//! The Rocket.Chat beside which this runs, and the way to it.

use crate::outgoing::{self, NoCertificates};
use std::fmt;
use url::Url;

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

    /// A client for it, and for nobody else.
    ///
    /// # Errors
    /// [`NoCertificates`], where the upstream is to be reached by TLS.
    pub fn client(&self) -> Result<reqwest::Client, NoCertificates> {
        outgoing::client(self.info.scheme() == "https")
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
