//! Addresses as they stand in SMTP commands and headers.

use lettre::Address;

/// RFC 1035: a part of a domain.
const LONGEST_LABEL: usize = 63;

/// An address of `something@something` that can stand in an SMTP command as it is: no line break, no route to it
/// (`<@a,@b:c@d>`), no address in brackets, nothing that a mail program would decode. A domain in other letters than ASCII
/// has a form in them, which every server takes, as the original's SMTP client knows; a name before it has none.
pub(super) fn address(text: &str) -> Option<Address> {
    let (local, domain) = text.rsplit_once('@')?;
    let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let is_local = if is_quoted { is_quoted_local(local) } else { is_plain_local(local) };
    // In lower case, as the original's SMTP client writes it.
    let domain = domain.to_lowercase();
    let domain = if domain.is_ascii() { domain } else { idna::domain_to_ascii(&domain).ok()? };
    if !is_local || !is_domain(&domain) {
        return None;
    }
    // Dots in unusual places are against the standard, but such addresses are in use.
    Address::new(local, domain.as_str()).ok().or_else(|| Some(Address::new_dangerous(local, &domain)))
}

fn is_plain_local(local: &str) -> bool {
    !local.is_empty() && local.chars().all(is_local_char) && !local.contains("=?")
}

fn is_quoted_local(local: &str) -> bool {
    let inner = local.trim_matches('"');
    inner.bytes().all(|c| matches!(c, b' '..=b'~') && !b"\"\\<>@".contains(&c)) && !inner.contains("=?")
}

/// RFC 5322's atoms, dots, and letters beyond ASCII.
pub(super) fn is_local_char(c: char) -> bool {
    match c {
        _ if c.is_ascii() => c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c),
        _ => c.is_alphanumeric(),
    }
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let is_allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        (1..=LONGEST_LABEL).contains(&label.len()) && label.bytes().all(is_allowed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_cannot_stand_in_a_command_is_no_address() {
        for text in [
            "",
            "a",
            "@b.example",
            "a@",
            "a@b@c.example",
            "a\r\nBcc: x@y.example",
            "a@b.example\r\nX: y",
            "<a@b.example>",
            "a b@c.example",
            "a@b.example>\r\nRCPT TO:<x@y.example",
            "a@b c",
            "@relay.example:a@b.example",
            "@a.example,@b.example:c@d.example",
            "<@a.example:c@d.example>",
            "a@[127.0.0.1]",
            "=?utf-8?q?x?=@d.example",
            "a@d.example?bcc=x",
            "a@d.example NOTIFY=SUCCESS",
            "a\0@b.example",
            "\"a\r\nb\"@c.example",
            "\"a@b.example\"@c.example",
            "a@b..example",
            "a@.example",
            "a@b.example.",
            "a\u{2028}b@c.example",
            "a,b@c.example",
        ] {
            assert_eq!(address(text), None, "{text:?}");
        }
    }

    #[test]
    fn unusual_addresses_in_use_are_taken() {
        for (text, expected) in [
            ("a@b.example", "a@b.example"),
            ("A.B@EXAMPLE.ORG", "A.B@example.org"),
            ("a..b@c.example", "a..b@c.example"),
            ("a.@c.example", "a.@c.example"),
            ("a+b@localhost", "a+b@localhost"),
            ("o'neil%x!y@c.example", "o'neil%x!y@c.example"),
            ("\"a b\"@c.example", "\"a b\"@c.example"),
            ("ä@ö.example", "ä@xn--nda.example"),
            ("a@my_host.example", "a@my_host.example"),
        ] {
            assert_eq!(address(text).map(|address| address.to_string()).as_deref(), Some(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_address_holds_what_a_command_gives_a_meaning(text in "[a@<>\"\\\\ \r\n.,:;\\[\\]ä]{0,12}") {
            if let Some(address) = address(&text) {
                let address = address.to_string();
                prop_assert!(!address.contains(['\r', '\n', '<', '>', '\0']), "{address:?}");
                prop_assert_eq!(address.matches('@').count(), 1);
            }
        }
    }
}
