//! Codes by e-mail: when a new one is made, and whether a given one is right. Source: `docs/behaviour/two-factor.md`
//! section 4.

use crate::ecmascript;
use crate::random;
use crate::release::EmailCodeForm;
use crate::store::StoredEmailCode;
use crate::workspace::Settings;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// A code that ended less than this ago is still reported as there, as the original does.
const AFTERLIFE: TimeDelta = TimeDelta::minutes(5);
const DIGITS: usize = 6;

pub fn is_expired(code: &StoredEmailCode, now: DateTime<Utc>) -> bool {
    code.expire < now
}

/// Too many wrong attempts were made against it.
pub fn is_exhausted(code: &StoredEmailCode, settings: &Settings) -> bool {
    most_attempts(settings).is_some_and(|most| code.attempts >= most)
}

/// Whether no new code is needed.
pub fn is_usable(code: &StoredEmailCode, settings: &Settings, now: DateTime<Utc>) -> bool {
    code.expire > now - AFTERLIFE && !is_exhausted(code, settings)
}

/// How many wrong attempts use a code up. A workspace without a number there sets no limit, as in the original;
/// 0 would make every code useless, and so is none either. As many as 2.5 are three.
#[expect(clippy::cast_possible_truncation, reason = "too many are i64::MAX")]
pub fn most_attempts(settings: &Settings) -> Option<i64> {
    Some(settings.two_factor_email_attempts).filter(|most| *most > 0.0).map(|most| most.ceil() as i64)
}

/// A code on its way to its user.
pub struct CodeToMail {
    pub addresses: Vec<String>,
    /// The user's.
    pub language: Option<String>,
    pub code: SecretString,
}

/// Sends codes. Real: the workspace's mail server. No answer depends on failures.
pub trait CodeMail: Send + Sync {
    /// One mail to each address. It is under way when this returns; what is returned ends when all have arrived at the mail
    /// server or have failed, which may take many minutes, and need not be waited for. `otherwise` is done if, as far as is
    /// known, none of them arrives.
    fn send_code(&self, mail: CodeToMail, otherwise: BoxFuture<'static, ()>) -> BoxFuture<'static, ()>;
}

/// Six random digits.
pub fn generate() -> SecretString {
    random::digits(DIGITS).into()
}

/// The digits of a code as it was typed: `123-456` and `123 456` are the same code.
pub fn digits(code: &SecretString) -> SecretString {
    let digits: String = code.expose_secret().chars().filter(char::is_ascii_digit).collect();
    digits.into()
}

/// What the answer says where there is no code: another request has spent it meanwhile, or no further one is mailed.
/// Without the address the web client would not even open its dialogue.
pub fn details_of_none(address: Option<&str>) -> Map<String, Value> {
    let mut details = Map::new();
    details.extend(address.map(|address| ("emailOrUsername".to_owned(), Value::from(address))));
    details.insert("codeGenerated".to_owned(), false.into());
    details
}

/// What the answer says about the codes that are there; without any, that one was made. The order of the keys differs
/// between the two.
pub fn details(address: Option<&str>, there: &[&StoredEmailCode], form: EmailCodeForm) -> Map<String, Value> {
    let mut details = Map::new();
    let address = address.map(|address| ("emailOrUsername".to_owned(), Value::from(address)));
    let Some(first) = there.first() else {
        details.insert("codeGenerated".to_owned(), true.into());
        details.extend(address);
        return details;
    };
    details.extend(address);
    details.insert("codeGenerated".to_owned(), false.into());
    let expires = match form {
        EmailCodeForm::Object => ecmascript::iso(first.expire).into(),
        EmailCodeForm::List => {
            details.insert("codeCount".to_owned(), there.len().into());
            there.iter().map(|code| ecmascript::iso(code.expire)).collect()
        }
    };
    details.insert("codeExpires".to_owned(), expires);
    details
}
