use super::*;
use proptest::prelude::*;

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

fn proxies(count: usize) -> Proxies {
    Proxies::new(count, TrustedProxies::default(), Arc::new(ForwardedEntries::new(count)))
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
    for text in ["", "unknown", "_hidden", "192.0.2", "192.0.2.1, 192.0.2.2", "fe80::1%eth0", "[192.0.2.1"] {
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
fn how_many_entries_come_is_noted_where_they_would_count() {
    let seen = |count, real, forwarded: &[&str]| {
        let proxies = proxies(count);
        for list in forwarded {
            proxies.resolve(PEER, real, Some(list));
        }
        let seen = proxies.seen.seen();
        (seen.as_said, seen.more, seen.latest_more, seen.fewer, seen.latest_fewer)
    };
    let lists = ["192.0.2.1", "192.0.2.1, 192.0.2.2", "192.0.2.1,192.0.2.2,192.0.2.3"];
    assert_eq!(seen(1, None, &lists), (1, 2, 3, 0, 0));
    assert_eq!(seen(2, Some("192.0.2.9"), &lists), (1, 1, 3, 1, 1));
    assert_eq!(seen(0, None, &lists), (0, 3, 3, 0, 0));
    assert_eq!(seen(0, Some("192.0.2.9"), &lists), (0, 0, 0, 0, 0));
    assert_eq!(seen(0, Some("any text"), &lists).1, 3);
}

#[test]
fn only_a_trusted_peers_headers_are_believed() {
    let seen = |trusted: &str| {
        let trusted = TrustedProxies::parse(trusted).expect(trusted);
        let seen = Arc::new(ForwardedEntries::new(1));
        Proxies::new(1, trusted, seen).resolve(PEER, Some("192.0.2.8"), Some("192.0.2.9")).text
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
