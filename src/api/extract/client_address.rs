//! Who called, for rate limits. Source: `docs/behaviour/http-api.md` section 5.5.

use super::header;
use actix_web::HttpRequest;

/// The client's address as Rocket.Chat sees it. Any text: proxies decide what they put there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress(pub String);

impl ClientAddress {
    /// `X-Real-IP`, else the peer; with trusted proxies, the entry of `X-Forwarded-For` that the outermost of
    /// them wrote.
    pub fn from_request(request: &HttpRequest, forwarded_count: usize) -> ClientAddress {
        let peer = || request.peer_addr().map(|peer| peer.ip().to_string());
        let base = header::text(request, "x-real-ip").or_else(peer);
        let forwarded = header::text(request, "x-forwarded-for");
        ClientAddress(resolve(base, forwarded.as_deref(), forwarded_count))
    }
}

fn resolve(base: Option<String>, forwarded: Option<&str>, forwarded_count: usize) -> String {
    let entries: Vec<&str> =
        forwarded.map(|list| list.split(',').map(str::trim).collect()).unwrap_or_default();
    let trusted = entries.len().checked_sub(forwarded_count).and_then(|index| entries.get(index));
    match (trusted, base) {
        (Some(entry), _) if forwarded_count > 0 => (*entry).to_owned(),
        (_, Some(base)) => base,
        (_, None) => forwarded.unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_of_the_outermost_trusted_proxy_counts() {
        let resolve = |forwarded, count| resolve(Some("10.0.0.1".to_owned()), forwarded, count);
        assert_eq!(resolve(Some("1.1.1.1, 2.2.2.2"), 0), "10.0.0.1");
        assert_eq!(resolve(Some("1.1.1.1, 2.2.2.2"), 1), "2.2.2.2");
        assert_eq!(resolve(Some("1.1.1.1, 2.2.2.2"), 2), "1.1.1.1");
        assert_eq!(resolve(Some("1.1.1.1, 2.2.2.2"), 3), "10.0.0.1");
        assert_eq!(resolve(None, 1), "10.0.0.1");
    }
}
