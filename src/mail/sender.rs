//! Who mails are from: the setting `From_Email`, which the original hands on as it is written.

use super::address::{address, is_local_char};
use lettre::Address;

/// As much of the setting as is looked at, in characters.
const LONGEST: usize = 1000;

/// The address that was found, and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSender {
    pub address: Address,
    /// The words before it.
    pub name: Option<String>,
    /// Further addresses, which are not used.
    pub further: Vec<Address>,
}

/// The first address that stands in the text, however the rest is written: `Acme, Inc. <chat@example.org>`,
/// `[Acme] Chat <chat@example.org>`, with quotes that do not close. One in angle brackets comes before others. `None` where
/// there is no address; then the setting counts as empty.
#[must_use]
pub fn find_sender(text: &str) -> Option<FoundSender> {
    let text: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.trim();
    if let Some(address) = address(text) {
        return Some(FoundSender { address, name: None, further: Vec::new() });
    }
    let mut found = in_angle_brackets(text);
    for other in standing_free(text) {
        if found.iter().all(|(_, known)| *known != other.1) {
            found.push(other);
        }
    }
    let mut found = found.into_iter();
    let (at, address) = found.next()?;
    Some(FoundSender {
        address,
        name: name_in(&text[..at]),
        further: found.map(|(_, address)| address).collect(),
    })
}

/// Addresses as `<a@b>`, each with where its bracket is.
fn in_angle_brackets(text: &str) -> Vec<(usize, Address)> {
    text.match_indices('<')
        .filter_map(|(at, _)| {
            let inner = text[at + 1..].split(['<', '>']).next()?;
            address(inner.trim()).map(|address| (at, address))
        })
        .collect()
}

/// What looks like an address around any `@`.
fn standing_free(text: &str) -> Vec<(usize, Address)> {
    text.match_indices('@')
        .filter_map(|(at, _)| {
            let local = text[..at].char_indices().rev().take_while(|(_, c)| is_local_char(*c)).last();
            let begin = local.map(|(begin, _)| begin)?;
            // Single quotes are put around an address, and are allowed in one.
            let begin = begin + text[begin..at].len() - text[begin..at].trim_start_matches(['\'', '`']).len();
            let rest = &text[at + 1..];
            let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '.' || c == '_'));
            let (domain, behind) = rest.split_at(length.unwrap_or(rest.len()));
            // `"a@b"@c` is one address, whose quoted part is none.
            let is_part_of_another =
                behind.starts_with('@') || behind.starts_with("\"@") || text[..begin].ends_with('@');
            let written = format!("{}@{}", &text[begin..at], domain.trim_end_matches(['.', '-', '_']));
            (!is_part_of_another).then(|| address(&written)).flatten().map(|address| (begin, address))
        })
        .collect()
}

/// The words before the address, without the quotes around them.
fn name_in(before: &str) -> Option<String> {
    let unquoted = before.trim_end_matches("mailto:").replace(['"', '\\', '<', '>'], "");
    let words: Vec<&str> = unquoted.split_whitespace().collect();
    let name = words.join(" ");
    let name = name.trim_matches(|c: char| c.is_whitespace() || ",;:('".contains(c)).to_owned();
    (!name.is_empty() && !name.contains('@')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Option<(String, Option<String>)> {
        find_sender(text).map(|found| (found.address.to_string(), found.name))
    }

    #[test]
    fn the_address_is_found_however_the_rest_is_written() {
        for (text, address, name) in [
            ("chat@example.org", "chat@example.org", None),
            ("  chat@EXAMPLE.org\n", "chat@example.org", None),
            ("Chat <chat@example.org>", "chat@example.org", Some("Chat")),
            ("Acme, Inc. <chat@example.org>", "chat@example.org", Some("Acme, Inc.")),
            ("[Acme] Chat <chat@example.org>", "chat@example.org", Some("[Acme] Chat")),
            ("\"Acme, Inc.\" <chat@example.org>", "chat@example.org", Some("Acme, Inc.")),
            ("\"Acme <chat@example.org>", "chat@example.org", Some("Acme")),
            ("Acme\" <chat@example.org>", "chat@example.org", Some("Acme")),
            ("Acme <chat@example.org", "chat@example.org", Some("Acme")),
            ("Acme chat@example.org>", "chat@example.org", Some("Acme")),
            ("<chat@example.org>", "chat@example.org", None),
            ("< chat@example.org >", "chat@example.org", None),
            ("'chat@example.org'", "chat@example.org", None),
            ("chat@example.org (Acme)", "chat@example.org", None),
            ("Acme (Chat) <chat@example.org>", "chat@example.org", Some("Acme (Chat)")),
            ("mailto:chat@example.org", "chat@example.org", None),
            ("Acme: chat@example.org.", "chat@example.org", Some("Acme")),
            ("chat@example.org, help@example.org", "chat@example.org", None),
            ("help@example.org <chat@example.org>", "chat@example.org", None),
            ("Büro Süd <büro@bücher.example>", "büro@xn--bcher-kva.example", Some("Büro Süd")),
            ("Chat 🚀 <chat@example.org>", "chat@example.org", Some("Chat 🚀")),
            ("a < b <chat@example.org>", "chat@example.org", Some("a b")),
            ("Chat @ Acme <chat@example.org>", "chat@example.org", None),
            ("\"a b\"@example.org", "\"a b\"@example.org", None),
            ("x\r\nBcc: y <chat@example.org>", "chat@example.org", Some("x Bcc: y")),
        ] {
            assert_eq!(found(text), Some((address.to_owned(), name.map(str::to_owned))), "{text:?}");
        }
    }

    #[test]
    fn where_no_address_stands_there_is_none() {
        for text in [
            "",
            " ",
            "Acme",
            "@",
            "chat@",
            "@example.org",
            "chat at example.org",
            "a@[127.0.0.1]",
            "a@b@c.example",
            "\"a@b.example\"@c",
        ] {
            assert_eq!(found(text), None, "{text:?}");
        }
        let two = find_sender("a@x.example; b@y.example").expect("found");
        assert_eq!(two.further.iter().map(ToString::to_string).collect::<Vec<_>>(), ["b@y.example"]);
    }

    proptest! {
        #[test]
        fn an_address_in_angle_brackets_is_always_found(before in "[^<@\\p{Cc}]{0,40}", after in "[^@]{0,10}") {
            let text = format!("{before}<chat@example.org>{after}");
            prop_assert_eq!(found(&text).map(|found| found.0), Some("chat@example.org".to_owned()));
        }

        #[test]
        fn no_text_panics(text in "(?s).{0,60}") {
            let _ = find_sender(&text);
        }

        #[test]
        fn no_text_of_what_matters_panics(text in "[a@<>\"'\\\\ .,:;()\\[\\]ä🚀\r\n]{0,30}") {
            let _ = find_sender(&text);
        }
    }
}
