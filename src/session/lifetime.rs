//! Login tokens: their stored form, and when they end. Source: `docs/behaviour/login.md` section 1.8.

use crate::workspace::Settings;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bson::Document;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

const DEFAULT_DAYS: f64 = 90.0;
const DAY_MS: f64 = 86_400_000.0;

/// The form in which a token is stored: Base64 of its SHA-256.
pub fn hash_token(token: &str) -> String {
    STANDARD.encode(Sha256::digest(token))
}

/// When the stored token ends; `None` for one that has no beginning, as a personal access token.
#[expect(clippy::cast_possible_truncation, reason = "days beyond the range of i64 are as good as its end")]
pub fn expiry(token: &Document, settings: &Settings) -> Option<DateTime<Utc>> {
    let days = Some(settings.login_expiration_days).filter(|days| *days > 0.0).unwrap_or(DEFAULT_DAYS);
    let begun = token.get_datetime("when").ok()?.to_chrono();
    begun.checked_add_signed(TimeDelta::try_milliseconds((days * DAY_MS) as i64)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Version;
    use crate::workspace::SettingVariables;
    use bson::doc;
    use std::collections::HashMap;

    #[test]
    fn a_token_is_hashed_as_the_specification_shows() {
        assert_eq!(
            hash_token("RScctEHSmLGZGywfIhWyRpyofhKOiMoUIpimhvheU3f"),
            "mKvHbpuMqYlkjo15nA68sXqlJ4hvDUDKrQL+ffChrE8="
        );
    }

    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
    fn a_token_ends_after_the_settings_days_or_ninety() {
        let defaults = Settings::resolve(&HashMap::new(), &SettingVariables::default(), Version::DOCUMENTED);
        let token = doc! {"when": bson::DateTime::from_millis(0), "hashedToken": "x"};
        for (days, expected) in
            [(1.0, 1.0), (0.25, 0.25), (90.0, 90.0), (0.0, 90.0), (-1.0, 90.0), (f64::NAN, 90.0)]
        {
            let settings = Settings { login_expiration_days: days, ..defaults.clone() };
            let expiry = expiry(&token, &settings).expect("an end");
            assert_eq!(expiry.timestamp_millis(), (expected * DAY_MS) as i64, "{days}");
        }
        assert_eq!(expiry(&doc! {"hashedToken": "x"}, &defaults), None);
        let endless = Settings { login_expiration_days: f64::INFINITY, ..defaults };
        assert_eq!(expiry(&token, &endless), None);
    }
}
