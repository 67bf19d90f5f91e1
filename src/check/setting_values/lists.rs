//! Lists in one text, of which some items cannot be meant.

use crate::ecmascript;
use crate::workspace::Settings;
use std::net::IpAddr;

/// What the items of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Domains,
    Names,
    NamesAsWritten,
    Origins,
    Addresses,
}

pub fn all(settings: &Settings) -> [(&'static str, &str, Of); 6] {
    [
        ("Accounts_AllowedDomainsList", &settings.allowed_domains, Of::Domains),
        ("Accounts_BlockedDomainsList", &settings.blocked_domains, Of::Domains),
        ("Accounts_BlockedUsernameList", &settings.blocked_usernames, Of::Names),
        ("Accounts_SystemBlockedUsernameList", &settings.system_blocked_usernames, Of::NamesAsWritten),
        ("API_CORS_Origin", &settings.cors_origin, Of::Origins),
        ("Block_Multiple_Failed_Logins_Ip_Whitelist", &settings.never_blocked_addresses, Of::Addresses),
    ]
}

pub fn doubts(list: &str, of: Of) -> Vec<(String, String)> {
    const REMEDY: &str = "save the items in one line, with nothing but commas between them";
    let mut doubts = Vec::new();
    let filled: Vec<&str> = ecmascript::split_filled_list(list).collect();
    if !list.is_empty() && filled.is_empty() {
        doubts.push(("holds nothing but commas: it counts as empty".to_owned(), "save it empty".to_owned()));
    } else if of == Of::Domains && !filled.is_empty() && filled.iter().all(|item| item.is_empty()) {
        let message = "holds nothing but blanks: it counts as a list in which no domain is".to_owned();
        doubts.push((message, "save it empty, or name domains".to_owned()));
    }
    let items = list.split(',').filter(|item| !ecmascript::trim(item).is_empty());
    let (mut unmatched, mut items) = (items.clone().filter(|item| !can_match(item, of)), items);
    if let Some(first) = unmatched.next() {
        let others = unmatched.count();
        let and_others = if others == 0 { String::new() } else { format!(" and {others} others") };
        let first = ecmascript::truncate(first, 60);
        doubts.push((format!("holds items that match nothing: {first:?}{and_others}"), REMEDY.to_owned()));
    }
    // Escaped for a pattern, such a name is not what the list holds.
    if let Some(item) = items.find(|item| of == Of::Names && has_bare_signs(item)) {
        let name = ecmascript::truncate(ecmascript::trim(item), 60);
        let message =
            format!("does not block {name:?}: Rocket.Chat escapes . and - of a name before it looks");
        doubts.push((message, r"write \. and \- in the list".to_owned()));
    }
    doubts
}

/// Whether it holds signs of a pattern without a backslash before them.
fn has_bare_signs(item: &str) -> bool {
    let mut characters = item.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '.' | '-' | '+' | '*' | '?' | '$' | '(' | ')' | '[' | ']' => return true,
            _ => {}
        }
    }
    false
}

fn can_match(item: &str, of: Of) -> bool {
    let trimmed = ecmascript::trim(item);
    let is_one_word = !trimmed.contains(|c: char| c.is_whitespace() || c == ';');
    match of {
        Of::Domains => is_one_word && !trimmed.contains('@') && trimmed == trimmed.to_lowercase(),
        Of::Names => is_one_word,
        Of::NamesAsWritten => is_one_word && item == trimmed.to_lowercase(),
        Of::Origins => is_one_word && !trimmed.ends_with('/'),
        Of::Addresses => trimmed.parse::<IpAddr>().is_ok(),
    }
}
