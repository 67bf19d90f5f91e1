//! What a client offers as a second factor. Source: `docs/behaviour/two-factor.md` section 2.

use super::Method;
use secrecy::SecretString;

/// What the client offers as a second factor, already reduced to the pair that counts.
#[derive(Debug, Clone, Default)]
pub struct Offered {
    pub code: Option<SecretString>,
    /// The method's name as sent. Any text: what is no named method selects by the user's own.
    pub method: Option<String>,
}

impl Offered {
    /// `currentPassword` counts as a code for the method `password` and silences the headers. Of the headers,
    /// one alone counts for nothing.
    pub fn new(
        current_password: Option<&SecretString>,
        header_code: Option<String>,
        header_method: Option<String>,
    ) -> Offered {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        match (current_password, given(header_code), given(header_method)) {
            (Some(digest), _, _) => {
                Offered { code: Some(digest.clone()), method: Some(Method::Password.name().to_owned()) }
            }
            (None, Some(code), Some(method)) => Offered { code: Some(code.into()), method: Some(method) },
            _ => Offered::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn offered(
        digest: Option<&str>,
        code: Option<&str>,
        method: Option<&str>,
    ) -> (Option<String>, Option<String>) {
        let digest = digest.map(SecretString::from);
        let offered = Offered::new(digest.as_ref(), code.map(str::to_owned), method.map(str::to_owned));
        (offered.code.map(|code| code.expose_secret().to_owned()), offered.method)
    }

    #[test]
    fn current_password_silences_the_headers_and_one_header_alone_counts_for_nothing() {
        let pair = |code: &str, method: &str| (Some(code.to_owned()), Some(method.to_owned()));
        assert_eq!(offered(Some("d"), Some("123456"), Some("totp")), pair("d", "password"));
        assert_eq!(offered(None, Some("123456"), Some("totp")), pair("123456", "totp"));
        for (code, method) in
            [(Some("123456"), None), (None, Some("totp")), (Some(""), Some("totp")), (Some("1"), Some(""))]
        {
            assert_eq!(offered(None, code, method), (None, None), "{code:?} {method:?}");
        }
    }
}
