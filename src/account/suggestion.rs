//! `users.getUsernameSuggestion`. Source: `docs/behaviour/own-account.md` section 4.2.

use super::slug::slug;
use crate::caller::Caller;
use crate::store::{Store, StoreError, UserFilter};
use crate::workspace::Settings;

/// The first name that nobody has: of those that can be made of the user's name and addresses, then with a number behind.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn suggest(caller: &Caller, settings: &Settings, store: &Store) -> Result<String, StoreError> {
    let mut candidates = candidates(caller, settings);
    for candidate in &candidates {
        if is_free(candidate, store).await? {
            return Ok(candidate.clone());
        }
    }
    candidates.push(settings.suggested_prefix.clone());
    let prefix = candidates.swap_remove(0);
    let mut number = store.count_numbered_usernames(&prefix).await?;
    loop {
        let candidate = format!("{prefix}-{number}");
        if is_free(&candidate, store).await? {
            return Ok(candidate);
        }
        number += 1;
    }
}

async fn is_free(username: &str, store: &Store) -> Result<bool, StoreError> {
    let is_name = !username.is_empty() && username != "all";
    Ok(is_name && !store.is_held(UserFilter::Username(username), None).await?)
}

fn candidates(caller: &Caller, settings: &Settings) -> Vec<String> {
    let shaped = |text: &str| if settings.slugify_names { slug(text) } else { text.to_owned() };
    let mut candidates = Vec::new();
    if let Some(name) = caller.name.as_deref().filter(|name| !name.is_empty()) {
        candidates.push(shaped(name));
        let words: Vec<&str> = name.split(' ').collect();
        if let [first, .., last] = words[..] {
            candidates.push(shaped(&format!("{}{last}", initial(first))));
            candidates.push(shaped(&format!("{first}{}", initial(last))));
        }
    }
    for email in caller.emails.iter().filter(|email| email.verified) {
        let address = &email.address;
        let local = address.split_once('@').map_or(address.as_str(), |(local, _)| local);
        candidates.push(slug(local));
        candidates.push(slug(&with_domain(address)));
    }
    candidates
}

/// Of a word of which there is nothing, JavaScript says so.
fn initial(word: &str) -> String {
    word.chars().next().map_or_else(|| "undefined".to_owned(), String::from)
}

/// `name.domain` of `name@domain.tld`.
fn with_domain(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else { return address.to_owned() };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let label: String = domain.chars().take_while(|c| is_word(*c)).collect();
    // Something must follow.
    let label = if label.len() == domain.len() { &label[..label.len().saturating_sub(1)] } else { &label };
    if local.is_empty() || label.is_empty() { address.to_owned() } else { format!("{local}.{label}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_named_by_its_first_label() {
        for (address, expected) in
            [("a@b.example", "a.b"), ("a.b@mail-1.example", "a.b.mail"), ("a@xy", "a.x"), ("a@x", "a@x")]
        {
            assert_eq!(with_domain(address), expected);
        }
    }
}
