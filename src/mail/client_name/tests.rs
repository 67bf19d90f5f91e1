use super::*;

#[test]
fn the_full_name_is_the_hosts_or_stands_beside_it() {
    let hosts = "127.0.0.1 localhost\n# 10.0.0.1 x.example.org vm\n10.0.0.7 vm vm.internal.example vm.b.example\n\
                 10.0.0.8 other.example other\n";
    for (host_name, hosts, expected) in [
        ("chat.example.org", "", Some("chat.example.org")),
        ("vm", hosts, Some("vm.internal.example")),
        ("VM", hosts, Some("vm.internal.example")),
        ("vm", "10.0.0.7 vm", None),
        ("vm", "", None),
        ("10.0.0.7", "", Some("[10.0.0.7]")),
    ] {
        assert_eq!(full_name(host_name, hosts).as_deref(), expected, "{host_name} {hosts}");
    }
    let domains =
        own_domains("nameserver 10.0.0.1\nsearch a.example. b.example\ndomain c.example\n#search d\n");
    assert_eq!(domains, ["a.example", "b.example", "c.example"]);
}

#[tokio::test]
async fn without_a_full_name_an_address_speaks_unless_it_says_nothing() {
    let name = |full_name: Option<&str>, host_name: Option<&str>| {
        let machine =
            Machine { full_name: full_name.map(str::to_owned), host_name: host_name.map(str::to_owned) };
        ClientName { given: None, machine: OnceCell::new_with(Some(machine)) }
    };
    let at = |address: &str| Some(SocketAddr::new(address.parse().expect("an address"), 4711));
    for (full_name, host_name, local, expected) in [
        (Some("vm.example"), Some("vm"), at("10.0.0.7"), "vm.example"),
        (None, Some("vm"), at("10.0.0.7"), "[10.0.0.7]"),
        (None, Some("vm"), at("2001:db8::7"), "[IPv6:2001:db8::7]"),
        (None, Some("vm"), at("::ffff:10.0.0.7"), "[10.0.0.7]"),
        (None, Some("vm"), at("127.0.0.1"), "vm"),
        (None, Some("vm"), None, "vm"),
        (None, None, at("127.0.0.1"), "[127.0.0.1]"),
    ] {
        assert_eq!(name(full_name, host_name).on(local).await, expected);
    }
    let given = ClientName::new(Some("mail.example.org".to_owned()));
    assert_eq!(given.on(at("10.0.0.7")).await, "mail.example.org");
    assert_eq!(
        (given.missing().await, name(None, Some("vm")).missing().await),
        (None, Some("vm".to_owned()))
    );
}

#[test]
fn only_a_domain_or_an_address_can_be_said() {
    for name in ["a", "a.example", "[10.0.0.7]", "[IPv6:::1]", "my_host-1.example"] {
        assert!(is_sayable(name), "{name}");
    }
    for name in ["", "[]", "a b", "a\r\nQUIT", "ä.example", "<a>", &"a".repeat(256)] {
        assert!(!is_sayable(name), "{name}");
    }
}
