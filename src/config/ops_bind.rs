//! `RC_ACCOUNT_OPS_BIND`: where probes and metrics are answered.

use super::{ConfigError, value};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub(super) const KEY: &str = "RC_ACCOUNT_OPS_BIND";
const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9459);

/// Where the operations listener is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpsBind {
    pub address: SocketAddr,
    /// Whether an operator has named it, and so counts on it.
    pub is_named: bool,
}

impl OpsBind {
    /// Unlike other keys, this one can be given as nothing: then there is no such listener.
    pub(super) fn parse(text: Option<&str>) -> Result<Option<OpsBind>, ConfigError> {
        match text.map(str::trim) {
            None => Ok(Some(OpsBind { address: DEFAULT, is_named: false })),
            Some("" | "off") => Ok(None),
            Some(text) => {
                let expected = "IP:PORT such as 0.0.0.0:9459, or empty: no such listener";
                let address = value::parsed(KEY, text.to_owned(), expected)?;
                Ok(Some(OpsBind { address, is_named: true }))
            }
        }
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
    fn it_is_there_unless_it_is_given_as_nothing() {
        let parsed = |text| OpsBind::parse(text).expect("valid");
        assert_eq!(parsed(None), Some(OpsBind { address: DEFAULT, is_named: false }));
        assert_eq!([parsed(Some("")), parsed(Some(" ")), parsed(Some("off"))], [None; 3]);
        let named = parsed(Some(" 127.0.0.1:9459\n")).expect("a listener");
        assert_eq!((named.address, named.is_named), (DEFAULT, true));
        for wrong in ["9459", "localhost:9459", "0.0.0.0", "0.0.0.0:70000"] {
            assert!(OpsBind::parse(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn whatever_it_listens_at_it_is_reached_from_here() {
        for (bind, from_here) in
            [("0.0.0.0:9459", "127.0.0.1:9459"), ("[::]:1", "[::1]:1"), ("10.0.0.1:1", "10.0.0.1:1")]
        {
            let bind = OpsBind::parse(Some(bind)).expect("valid").expect("a listener");
            assert_eq!(bind.from_here().to_string(), from_here);
        }
    }
}
