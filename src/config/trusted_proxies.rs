//! `RC_ACCOUNT_TRUSTED_PROXIES`: the networks whose machines may say who a client is.

use ipnet::IpNet;
use std::net::IpAddr;

/// By default every peer is believed, as in the original.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Option<Vec<IpNet>>);

impl TrustedProxies {
    /// Networks such as `10.0.0.0/8`, and single addresses, separated by commas. `None`: something else stands there.
    #[must_use]
    pub fn parse(text: &str) -> Option<TrustedProxies> {
        let network = |text: &str| {
            let text = text.trim();
            text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
        };
        Some(TrustedProxies(Some(text.split(',').map(network).collect::<Option<_>>()?)))
    }

    #[must_use]
    pub fn contains(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.as_ref().is_none_or(|networks| networks.iter().any(|network| network.contains(&peer)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_networks_and_addresses_is_read_and_anything_else_refused() {
        let trusted = TrustedProxies::parse("10.0.0.0/8, 2001:db8::1").expect("a list");
        for (peer, is_trusted) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("2001:db8::1", true),
            ("2001:db8::2", false),
            ("192.0.2.1", false),
        ] {
            assert_eq!(trusted.contains(peer.parse().expect("an address")), is_trusted, "{peer}");
        }
        for text in ["proxy", "10.0.0.0/33", "10.0.0.0/8,", "10.0.0.0/8;10.0.0.1"] {
            assert_eq!(TrustedProxies::parse(text), None, "{text}");
        }
        assert!(TrustedProxies::default().contains("192.0.2.1".parse().expect("an address")));
    }
}
