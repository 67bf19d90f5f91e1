//! The ways of confirming, and which of them counts for a request. Source: `docs/behaviour/two-factor.md` sections 2 to 5.

use crate::caller::Caller;
use crate::workspace::Settings;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Totp,
    Email,
    Password,
}

impl Method {
    /// The name that clients send and read.
    pub fn name(self) -> &'static str {
        match self {
            Method::Totp => "totp",
            Method::Email => "email",
            Method::Password => "password",
        }
    }

    /// The methods that the user has turned on and the workspace allows, in the order in which they are asked.
    pub fn available(caller: &Caller, settings: &Settings) -> Vec<Method> {
        let totp = settings.two_factor_by_totp && caller.services.totp_enabled;
        let email = settings.two_factor_by_email
            && (settings.two_factor_email_for_oauth || !caller.services.is_oauth_user)
            && caller.services.email2fa_enabled
            && caller.emails.iter().any(|email| email.verified);
        [(Method::Totp, totp), (Method::Email, email)]
            .into_iter()
            .filter_map(|(method, on)| on.then_some(method))
            .collect()
    }

    /// `totp` and `email` are taken when named, even where the user has not turned them on; any other name
    /// means the first available one. `None`: there is none.
    pub fn select(named: Option<&str>, available: &[Method]) -> Option<Method> {
        match named {
            Some("totp") => Some(Method::Totp),
            Some("email") => Some(Method::Email),
            _ => available.first().copied(),
        }
    }
}
