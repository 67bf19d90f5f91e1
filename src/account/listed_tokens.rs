//! Personal access tokens as their owner sees them later on. Source: `docs/behaviour/own-account.md` section 6.3.

use super::access_tokens::{bypasses, elements, is_of_kind};
use bson::{Bson, DateTime, Document};

/// A token as its owner sees it later on.
#[derive(Debug, PartialEq)]
pub struct ListedToken {
    pub name: Option<String>,
    pub created_at: Option<DateTime>,
    pub last_token_part: Option<String>,
    pub bypass_two_factor: bool,
}

/// The tokens that the owner has made, without what could be used. `stored`: the user's list of login tokens.
#[must_use]
pub fn list_tokens(stored: &Bson) -> Vec<ListedToken> {
    let text = |entry: &Document, key: &str| entry.get_str(key).ok().map(str::to_owned);
    let elements = elements(stored);
    let tokens = elements.iter().filter_map(Bson::as_document).filter(|entry| is_of_kind(entry));
    let listed = tokens.map(|entry| ListedToken {
        name: text(entry, "name"),
        created_at: entry.get_datetime("createdAt").ok().copied(),
        last_token_part: text(entry, "lastTokenPart"),
        bypass_two_factor: bypasses(entry),
    });
    listed.collect()
}
