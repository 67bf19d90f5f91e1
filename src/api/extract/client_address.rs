//! Who called: for rate limits, remembered second factors and the records of logins. Source:
//! `docs/behaviour/http-api.md` section 5.5; what is no address is believed nowhere (docs/SECURITY.md).

use super::header;
use crate::api::notes;
use crate::config::TrustedProxies;
use crate::forwarded::{ForwardedEntries, MARK_HEADER};
use actix_web::HttpRequest;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Whose headers are believed, and which entry of them.
#[derive(Debug)]
pub struct Proxies {
    /// `HTTP_FORWARDED_COUNT`: how many proxies add to `X-Forwarded-For`. 0: the header is not looked at.
    count: usize,
    trusted: TrustedProxies,
    seen: Arc<ForwardedEntries>,
}

/// The client's address as Rocket.Chat sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress {
    ip: IpAddr,
    text: String,
}

impl Proxies {
    pub fn new(count: usize, trusted: TrustedProxies, seen: Arc<ForwardedEntries>) -> Proxies {
        Proxies { count, trusted, seen }
    }

    /// Notes how a request of `rc-account check` came, which has a mark.
    pub fn note_mark(&self, request: &HttpRequest) {
        if let Some(mark) = header::text(request, MARK_HEADER) {
            let forwarded = header::text(request, "x-forwarded-for");
            let entries = forwarded.map_or(0, |list| list.split(',').count());
            self.seen.note_mark(&mark, entries, self.trusted.contains(peer(request)));
        }
    }

    /// `X-Forwarded-For` as it came, from a proxy that is believed.
    pub fn forwarded_for(&self, request: &HttpRequest) -> Option<String> {
        header::text(request, "x-forwarded-for").filter(|_| self.trusted.contains(peer(request)))
    }

    /// The entry that the outermost of our proxies wrote.
    fn entry<'a>(&self, forwarded: &'a str, has_real_ip: bool) -> Option<&'a str> {
        let entries: Vec<&str> = forwarded.split(',').map(str::trim).collect();
        // Whoever sets 0 means `X-Real-IP`, where that comes.
        if self.count > 0 || !has_real_ip {
            self.seen.note(entries.len());
        }
        // With a count of 0 there is no such index.
        entries.len().checked_sub(self.count).and_then(|index| entries.get(index).copied())
    }

    fn resolve(&self, peer: IpAddr, real: Option<&str>, forwarded: Option<&str>) -> ClientAddress {
        let named = if self.trusted.contains(peer) {
            let real = real.and_then(ClientAddress::parse);
            let entry = forwarded.and_then(|list| self.entry(list, real.is_some()));
            entry.and_then(ClientAddress::parse).or(real)
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
        if let Some(notes) = notes::of(request) {
            return notes.address.clone();
        }
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
mod tests;
