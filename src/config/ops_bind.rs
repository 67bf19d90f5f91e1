//! `RC_ACCOUNT_OPS_BIND`: where probes and metrics are answered.

use super::{ConfigError, value};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

pub(super) const KEY: &str = "RC_ACCOUNT_OPS_BIND";

/// Where the operations listener is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpsBind {
    pub address: SocketAddr,
    /// Whether an operator has named it, and so counts on it.
    pub is_named: bool,
}

impl OpsBind {
    pub(super) fn parse(text: &str, is_named: bool) -> Result<Option<OpsBind>, ConfigError> {
        if text == "off" {
            return Ok(None);
        }
        let address = value::parsed(KEY, text, "IP:PORT such as 0.0.0.0:9459, or empty: no such listener")?;
        Ok(Some(OpsBind { address, is_named }))
    }

    /// Where this machine itself reaches it.
    #[must_use]
    pub fn from_here(&self) -> SocketAddr {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            let loopback = match address {
                SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            };
            address.set_ip(loopback);
        }
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_refused() {
        let named = OpsBind::parse("127.0.0.1:9459", true).expect("valid").expect("a listener");
        assert_eq!((named.address.to_string().as_str(), named.is_named), ("127.0.0.1:9459", true));
        assert_eq!(OpsBind::parse("off", true), Ok(None));
        for wrong in ["9459", "localhost:9459", "0.0.0.0", "0.0.0.0:70000", ""] {
            assert!(OpsBind::parse(wrong, true).is_err(), "{wrong}");
        }
    }

    #[test]
    fn whatever_it_listens_at_it_is_reached_from_here() {
        for (bind, from_here) in
            [("0.0.0.0:9459", "127.0.0.1:9459"), ("[::]:1", "[::1]:1"), ("10.0.0.1:1", "10.0.0.1:1")]
        {
            let bind = OpsBind::parse(bind, true).expect("valid").expect("a listener");
            assert_eq!(bind.from_here().to_string(), from_here);
        }
    }
}
