//! Domains of throw-away addresses: the data of the `mailchecker` package (MIT licence), which `build.rs` writes down.
//!
//! One text, a domain in each line, in order. As a list of strings, each of its tens of thousands would be an address that
//! the start of the program sets: two MiB of memory for what hardly any workspace asks for.

use std::cmp::Ordering;

static DOMAINS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/throw_away_domains.txt"));

/// Whether the domain, in lower case, is on the list.
pub(super) fn is_throw_away(domain: &str) -> bool {
    has_line(DOMAINS, domain.as_bytes())
}

/// Whether one of the lines, which are in order, is this one.
fn has_line(mut lines: &[u8], wanted: &[u8]) -> bool {
    let is_end = |byte: &u8| *byte == b'\n';
    while !lines.is_empty() {
        let before = lines[..lines.len() / 2].iter().rposition(is_end).map_or(&[][..], |end| &lines[..=end]);
        let middle = &lines[before.len()..];
        let length = middle.iter().position(is_end).unwrap_or(middle.len());
        match middle[..length].cmp(wanted) {
            Ordering::Equal => return true,
            Ordering::Less => lines = middle.get(length + 1..).unwrap_or_default(),
            Ordering::Greater => lines = before,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_domain_of_the_list_is_found() {
        let listed: Vec<&str> = str::from_utf8(DOMAINS).expect("text").lines().collect();
        assert!(listed.len() > 50_000, "{} domains", listed.len());
        assert!(listed.iter().all(|domain| is_throw_away(domain)));
        assert!(is_throw_away("mailinator.com"));
        for other in ["example.com", "", "\n", "mailinator", "mailinator.com\n"] {
            assert!(!is_throw_away(other), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn a_line_is_found_where_there_is_one(
            lines in prop::collection::btree_set("[a-c.]{1,4}", 0..12),
            wanted in "[a-c.]{1,4}",
        ) {
            let lines: BTreeSet<String> = lines;
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            prop_assert_eq!(has_line(text.as_bytes(), wanted.as_bytes()), lines.contains(&wanted));
        }
    }
}
