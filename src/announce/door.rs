//! The ways to a running Rocket.Chat.

use super::Transporter;
use hyper::Uri;
use url::Url;

const ROUTE: &str = "/api/v1/users.updateOwnBasicInfo";

/// Which of them is taken.
#[derive(Debug, Clone, Default)]
pub enum Door {
    /// Nothing is announced.
    #[default]
    Closed,
    /// Rocket.Chat's own REST route, as the user.
    Touch(Upstream),
    /// Events through the NATS server that connects Rocket.Chat's processes.
    Nats(Transporter),
    /// Events straight to the TCP ports of Rocket.Chat's processes.
    Tcp,
}

/// The own-profile route of Rocket.Chat itself, behind any proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream(Uri);

impl Upstream {
    /// The route at this base address. `None`: no address, or one with more in it than a place.
    #[must_use]
    pub fn at(base: &str) -> Option<Upstream> {
        let url = Url::parse(base).ok()?;
        let is_place = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let route = format!("{}{ROUTE}", url.as_str().trim_end_matches('/'));
        route.parse().ok().filter(|_| is_place).map(Upstream)
    }

    #[must_use]
    pub fn route(&self) -> &Uri {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_is_a_place_and_nothing_else() {
        let at = |base| Upstream::at(base).map(|upstream| upstream.0.to_string());
        for (base, place) in [
            ("http://rocketchat:3000/", "http://rocketchat:3000"),
            ("https://10.0.0.1/chat", "https://10.0.0.1/chat"),
        ] {
            assert_eq!(at(base), Some(format!("{place}{ROUTE}")));
        }
        for wrong in ["", "rocketchat:3000", "ftp://a", "http://u:p@a", "http://a/?b=c", "http://a/#b"] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }
}
