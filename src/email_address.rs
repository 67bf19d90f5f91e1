//! What counts as an e-mail address. Source: `docs/behaviour/update-own-basic-info.md` section 3.3.

use crate::ecmascript;

/// The domain of `something@something` with exactly one `@`; in lower case.
#[must_use]
pub fn domain_of(email: &str) -> Option<String> {
    let (local, domain) = email.split_once('@')?;
    let is_address = !local.is_empty() && !domain.is_empty() && !domain.contains('@');
    is_address.then(|| ecmascript::trim(domain).to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_at_sign_with_something_on_both_sides() {
        assert_eq!(domain_of("a@B.example").as_deref(), Some("b.example"));
        for broken in ["", "a", "@b", "a@", "a@b@c"] {
            assert_eq!(domain_of(broken), None, "{broken}");
        }
    }
}
