//! Remembered authorisation: for a while, other guarded routes need not ask this client again.
//!
//! Source: `docs/behaviour/two-factor.md` section 6. The profile route itself never honours it; it only writes it, into
//! the login token that was used.

use super::Confirmation;
use crate::caller::{Caller, Client, Session};
use crate::workspace::Settings;
use bson::{DateTime, Document, doc};
use chrono::{TimeDelta, Utc};
use md5::{Digest, Md5};
use serde_json::{Map, Value};

const HASH: &str = "twoFactorAuthorizedHash";
const UNTIL: &str = "twoFactorAuthorizedUntil";

/// Whether this client has given a second factor a while ago, with the login token that it calls with.
pub fn is_remembered(caller: &Caller, session: &Session, now: chrono::DateTime<Utc>) -> bool {
    let token = &caller.login_token;
    token.get_str(HASH).is_ok_and(|hash| hash == fingerprint(&session.client))
        && token.get_datetime(UNTIL).is_ok_and(|until| until.to_chrono() >= now)
}

/// What the login token remembers of a second factor that was given.
pub fn remembered(
    confirmation: &Confirmation,
    session: &Session,
    settings: &Settings,
    now: chrono::DateTime<Utc>,
) -> Document {
    let life = TimeDelta::try_seconds(settings.two_factor_remember_seconds);
    let life = life.filter(|life| *life > TimeDelta::zero() && confirmation.was_given());
    match life.and_then(|life| now.checked_add_signed(life)) {
        Some(until) => doc! {HASH: fingerprint(&session.client), UNTIL: DateTime::from_chrono(until)},
        None => Document::new(),
    }
}

/// MD5, in hex, of what tells one client from another. A key that is unknown is left out.
fn fingerprint(Client { user_agent, address }: &Client) -> String {
    let mut client = Map::new();
    for (key, value) in [("userAgent", user_agent), ("clientAddress", address)] {
        if let Some(value) = value {
            client.insert(key.to_owned(), Value::from(value.as_str()));
        }
    }
    hex::encode(Md5::digest(Value::Object(client).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_examples_of_the_specification_match() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                       Chrome/126.0.0.0 Safari/537.36";
        for (user_agent, address, md5) in [
            (None, Some("192.0.2.44"), "995cb32680bf8fe083449b7fbc38696d"),
            (Some("curl/8.5.0"), Some("203.0.113.7"), "c6247d6fdcb718f1fdb8c53ac7e797b9"),
            (Some("Test \"Quoted\" \\ back/1.0"), Some("198.51.100.23"), "c00655079b799ecea3297a8575aae8df"),
            (Some("Agent\u{C3}\u{A9}/1.0"), Some("10.0.0.5"), "b42a5c80286d7ad094a6dd162ea67368"),
            (Some(firefox), Some("127.0.0.1"), "9bbae0dd151c09f8e69819ae416eb9e7"),
            (None, Some("::ffff:172.18.0.1"), "a6913cf305b807d9b8a41d12f9839044"),
            (Some("a/b<c>&\u{2028}x\u{7F}"), Some("10.0.0.5"), "ce60bcf5387784b93997c49c6e91e0e2"),
            (None, None, "99914b932bd37a50b983c5e7c90ae93b"),
        ] {
            let text = |value: Option<&str>| value.map(str::to_owned);
            let client = Client { user_agent: text(user_agent), address: text(address) };
            assert_eq!(fingerprint(&client), md5, "{user_agent:?}");
        }
    }
}
