//! Who called: for rate limits, remembered second factors and the records of logins. Source:
//! `docs/behaviour/http-api.md` section 5.5; what is no address is believed nowhere (docs/SECURITY.md).

use super::header;
use crate::config::TrustedProxies;
use actix_web::HttpRequest;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whose headers are believed, and which entry of them.
#[derive(Debug)]
pub struct Proxies {
    /// `HTTP_FORWARDED_COUNT`: how many proxies add to `X-Forwarded-For`. 0: the header is not looked at.
    count: usize,
    trusted: TrustedProxies,
    has_warned: AtomicBool,
}

/// The client's address as Rocket.Chat sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress {
    ip: IpAddr,
    text: String,
}

impl Proxies {
    pub fn new(count: usize, trusted: TrustedProxies) -> Proxies {
        Proxies { count, trusted, has_warned: AtomicBool::new(false) }
    }

    /// `X-Forwarded-For` as it came, from a proxy that is believed.
    pub fn forwarded_for(&self, request: &HttpRequest) -> Option<String> {
        header::text(request, "x-forwarded-for").filter(|_| self.trusted.contains(peer(request)))
    }

    /// The entry that the outermost of our proxies wrote.
    fn entry<'a>(&self, forwarded: &'a str) -> Option<&'a str> {
        if self.count == 0 {
            return None;
        }
        let entries: Vec<&str> = forwarded.split(',').map(str::trim).collect();
        // Once in the process: a client, too, can send the header.
        if entries.len() != self.count && !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                entries = entries.len(),
                HTTP_FORWARDED_COUNT = self.count,
                "X-Forwarded-For has another number of entries than there are proxies: if that is so for every \
                 request, clients share one rate limit, or choose their address"
            );
        }
        entries.len().checked_sub(self.count).and_then(|index| entries.get(index).copied())
    }

    fn resolve(&self, peer: IpAddr, real: Option<&str>, forwarded: Option<&str>) -> ClientAddress {
        let named = if self.trusted.contains(peer) {
            let entry = forwarded.and_then(|list| self.entry(list));
            entry.and_then(ClientAddress::parse).or_else(|| real.and_then(ClientAddress::parse))
        } else {
            None
        };
        named.unwrap_or_else(|| ClientAddress { ip: peer.to_canonical(), text: peer.to_string() })
    }
}

impl ClientAddress {
    /// The entry of `X-Forwarded-For` that the outermost of our proxies wrote, else `X-Real-IP`, else the peer. The
    /// peer also where it is no proxy of ours, and where the headers hold no addresses.
    pub fn from_request(request: &HttpRequest, proxies: &Proxies) -> ClientAddress {
        let real = header::text(request, "x-real-ip");
        let forwarded = header::text(request, "x-forwarded-for");
        proxies.resolve(peer(request), real.as_deref(), forwarded.as_deref())
    }

    /// The address, the same however it is written.
    pub fn ip(&self) -> IpAddr {
        self.ip
    }

    /// The address as it was written, which Rocket.Chat stores and makes fingerprints of: at most 45 characters.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Some proxies write a port behind the address, and brackets around one of version 6: they are left out.
    fn parse(text: &str) -> Option<ClientAddress> {
        let text = text.trim();
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Some(ClientAddress { ip: ip.to_canonical(), text: text.to_owned() });
        }
        let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
        let ip = text.parse().ok().map(|address: SocketAddr| address.ip()).or_else(bracketed)?;
        Some(ClientAddress { ip: ip.to_canonical(), text: ip.to_string() })
    }
}

fn peer(request: &HttpRequest) -> IpAddr {
    request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

    fn proxies(count: usize) -> Proxies {
        Proxies::new(count, TrustedProxies::default())
    }

    fn resolve(count: usize, real: Option<&str>, forwarded: Option<&str>) -> String {
        proxies(count).resolve(PEER, real, forwarded).text
    }

    #[test]
    fn the_entry_of_the_outermost_trusted_proxy_counts() {
        let list = Some("192.0.2.1, 192.0.2.2");
        for (count, address) in [(0, "10.0.0.1"), (1, "192.0.2.2"), (2, "192.0.2.1"), (3, "10.0.0.1")] {
            assert_eq!(resolve(count, None, list), address, "{count}");
        }
        assert_eq!(resolve(1, None, None), "10.0.0.1");
        assert_eq!(resolve(1, Some("192.0.2.9"), list), "192.0.2.2");
        assert_eq!(resolve(3, Some("192.0.2.9"), list), "192.0.2.9");
    }

    #[test]
    fn an_address_is_kept_as_it_is_written_and_known_in_every_form() {
        let parse = |text| ClientAddress::parse(text).map(|address| (address.text, address.ip.to_string()));
        for (written, text, ip) in [
            ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
            (" 192.0.2.1 ", "192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:4711", "192.0.2.1", "192.0.2.1"),
            ("2001:DB8:0:0:0:0:0:1", "2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1", "2001:db8::1"),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(parse(written), Some((text.to_owned(), ip.to_owned())), "{written}");
        }
        for text in
            ["", "unknown", "_hidden", "192.0.2", "192.0.2.1, 192.0.2.2", "fe80::1%eth0", "[192.0.2.1"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_not_believed() {
        assert_eq!(resolve(0, Some("any text"), None), "10.0.0.1");
        assert_eq!(resolve(1, None, Some("unknown")), "10.0.0.1");
        assert_eq!(resolve(1, Some("192.0.2.9"), Some("unknown")), "192.0.2.9");
    }

    #[test]
    fn only_a_trusted_peers_headers_are_believed() {
        let seen = |trusted: &str| {
            let trusted = TrustedProxies::parse(trusted).expect(trusted);
            Proxies::new(1, trusted).resolve(PEER, Some("192.0.2.8"), Some("192.0.2.9")).text
        };
        assert_eq!(seen("10.0.0.0/8"), "192.0.2.9");
        assert_eq!(seen("172.16.0.0/12, 10.0.0.1"), "192.0.2.9");
        assert_eq!(seen("172.16.0.0/12,2001:db8::/32"), "10.0.0.1");
    }

    proptest! {
        #[test]
        fn no_header_makes_an_address_longer_than_addresses_are(real in ".*", forwarded in ".*", count in 0_usize..4) {
            prop_assert!(resolve(count, Some(&real), Some(&forwarded)).len() <= 45);
        }

        #[test]
        fn every_address_is_taken_as_it_is(ip in any::<IpAddr>()) {
            prop_assert_eq!(resolve(0, Some(&ip.to_string()), None), ip.to_string());
        }
    }
}
