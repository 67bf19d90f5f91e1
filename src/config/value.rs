//! One parser for each kind of value that a key can have.

use super::{ConfigError, RateLimit, TrustedProxies};
use crate::announce::{Channel, Topology, Transporter, Upstream};
use crate::ecmascript;
use crate::mail::{BadMailUrl, MailServer};
use crate::mail_limit::MailLimit;
use crate::mongo_url::{self, MongoUrl};
use crate::release::ReleaseChoice;
use crate::second_factor::GuessBudget;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

const UPSTREAM: &str = "RC_ACCOUNT_UPSTREAM_URL";
const UPSTREAM_EXPECTED: &str = "the address of Rocket.Chat itself, such as http://rocketchat:3000, without user, \
     password and query; RC_ACCOUNT_ANNOUNCE=touch needs it";

const DEFAULT_LOGIN_TOKENS: usize = 50;
const MOST_MAILS: u32 = 1000;
const LONGEST_WINDOW_MS: u64 = 10 * 366 * 24 * 60 * 60 * 1000;

/// A value is repeated only where it cannot hold credentials, in whichever key somebody has pasted them.
pub(super) fn invalid(key: &'static str, found: &str, expected: &'static str) -> ConfigError {
    const LONGEST_SHOWN: usize = 40;
    if found.len() > LONGEST_SHOWN || found.contains('@') {
        return ConfigError::InvalidSecret { key, expected };
    }
    ConfigError::Invalid { key, found: found.to_owned(), expected }
}

pub(super) fn parsed<T: FromStr>(
    key: &'static str,
    text: &str,
    expected: &'static str,
) -> Result<T, ConfigError> {
    text.parse().map_err(|_| invalid(key, text, expected))
}

pub(super) fn missing_mongo_url() -> ConfigError {
    const EXPECTED: &str = "a MongoDB connection string with the workspace's database in its path, \
         such as mongodb://localhost:27017/rocketchat?replicaSet=rs0";
    ConfigError::Missing { key: mongo_url::URL, expected: EXPECTED }
}

pub(super) fn mongo_url(url: Option<String>, options: Option<String>) -> Result<MongoUrl, ConfigError> {
    let url = url.ok_or_else(missing_mongo_url)?;
    Ok(MongoUrl::read(&url, options.as_deref())?)
}

pub(super) fn root_url(text: &str) -> Result<String, ConfigError> {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) {
        return Err(invalid("ROOT_URL", text, "the workspace's address, such as https://chat.example.org"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// A user or a password in it is refused, so that the address can be shown.
pub(super) fn upstream(text: Option<&str>) -> Result<Option<Upstream>, ConfigError> {
    let refused = ConfigError::InvalidSecret { key: UPSTREAM, expected: UPSTREAM_EXPECTED };
    text.map(|text| Upstream::at(text).ok_or(refused)).transpose()
}

pub(super) fn mail_url(text: Option<&str>) -> Result<Option<MailServer>, ConfigError> {
    let refused = |error: BadMailUrl| ConfigError::InvalidSecret { key: "MAIL_URL", expected: error.text() };
    text.map(|text| MailServer::from_url(text).map_err(refused)).transpose()
}

pub(super) fn release(text: &str) -> Result<ReleaseChoice, ConfigError> {
    const EXPECTED: &str =
        "auto, 6 (6.13.0), 8 (8.8.1), or a version of Rocket.Chat from 6.4 on, such as 7.10.0";
    ReleaseChoice::parse(text).map_err(|_| invalid("RC_ACCOUNT_RELEASE", text, EXPECTED))
}

/// `true` or `false`.
pub(super) fn switch(key: &'static str, text: &str) -> Result<bool, ConfigError> {
    match text {
        "false" => Ok(false),
        "true" => Ok(true),
        other => Err(invalid(key, other, "true or false")),
    }
}

/// Shorter ones would end requests that only wait for a password to be hashed. The default is longer than an election of
/// MongoDB takes (up to 12 s), and shorter than what proxies wait (60 s).
pub(super) fn deadline(text: &str) -> Result<Duration, ConfigError> {
    const KEY: &str = "RC_ACCOUNT_DEADLINE_MS";
    const EXPECTED: &str = "milliseconds from 1000 to 600000 such as 20000";
    let milliseconds: u32 = parsed(KEY, text, EXPECTED)?;
    if !(1_000..=600_000).contains(&milliseconds) {
        return Err(invalid(KEY, text, EXPECTED));
    }
    Ok(Duration::from_millis(milliseconds.into()))
}

pub(super) fn milliseconds(key: &'static str, text: &str) -> Result<Duration, ConfigError> {
    let milliseconds: u32 = parsed(key, text, "milliseconds such as 5000; 0: not at all")?;
    Ok(Duration::from_millis(milliseconds.into()))
}

/// As Rocket.Chat reads it, so that both see the same client address: 0 where something else than a number is said. Source: `docs/behaviour/http-api.md` section 5.5.
pub(super) fn forwarded_count(text: &str) -> usize {
    leading_number(text).unwrap_or(0)
}

/// Rocket.Chat reads anything that is not a number, and 0, as its default.
pub(super) fn max_login_tokens(text: &str) -> usize {
    leading_number(text).filter(|count| *count > 0).unwrap_or(DEFAULT_LOGIN_TOKENS)
}

/// JavaScript's `parseInt`. `None`: no number, or a negative one.
fn leading_number(text: &str) -> Option<usize> {
    let text = ecmascript::trim(text);
    let text = text.strip_prefix('+').unwrap_or(text);
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    let end = digits.find(|digit: char| !digit.is_digit(radix)).unwrap_or(digits.len());
    usize::from_str_radix(&digits[..end], radix).ok()
}

pub(super) fn trusted_proxies(text: Option<&str>) -> Result<TrustedProxies, ConfigError> {
    const KEY: &str = "RC_ACCOUNT_TRUSTED_PROXIES";
    const EXPECTED: &str = "networks and addresses separated by commas, such as 10.0.0.0/8,192.0.2.7";
    let Some(text) = text else { return Ok(TrustedProxies::default()) };
    TrustedProxies::parse(text).ok_or_else(|| invalid(KEY, text, EXPECTED))
}

pub(super) fn rate_limit(text: &str) -> Result<RateLimit, ConfigError> {
    match text {
        "auto" => return Ok(RateLimit::Auto),
        "off" => return Ok(RateLimit::Off),
        _ => {}
    }
    let own = per_window(text).map(|(calls, window_ms)| RateLimit::Own { calls, window_ms });
    own.ok_or_else(|| {
        invalid(
            "RC_ACCOUNT_RATE_LIMIT",
            text,
            "auto, off or CALLS/WINDOW_MS such as 10/60000, of at most ten years",
        )
    })
}

pub(super) fn guess_budget(text: &str) -> Result<Option<GuessBudget>, ConfigError> {
    if text == "off" {
        return Ok(None);
    }
    let budget = per_window(text).map(|(guesses, window_ms)| GuessBudget { guesses, window_ms });
    budget.map(Some).ok_or_else(|| {
        invalid(
            "RC_ACCOUNT_GUESS_BUDGET",
            text,
            "off or GUESSES/WINDOW_MS such as 10/900000, of at most ten years",
        )
    })
}

/// A change of address is two mails, a challenge one: the default is ten changes of mind in an hour, which no one has by
/// hand, and less than a mailbox minds.
pub(super) fn mail_limit(text: &str) -> Result<Option<MailLimit>, ConfigError> {
    if text == "off" {
        return Ok(None);
    }
    let limit = per_window(text).filter(|(mails, _)| *mails <= MOST_MAILS);
    limit.map(|(mails, window_ms)| Some(MailLimit { mails, window_ms })).ok_or_else(|| {
        invalid(
            "RC_ACCOUNT_MAIL_LIMIT",
            text,
            "off or MAILS/WINDOW_MS such as 20/3600000, of at most 1000 mails and ten years",
        )
    })
}

/// `COUNT/MILLISECONDS`, both more than 0. A window longer than ten years is taken for a mistake; it would also
/// come near the limits of a date.
fn per_window(text: &str) -> Option<(u32, u64)> {
    let (count, window_ms) = text.split_once('/')?;
    let (count, window_ms) = (count.parse().ok()?, window_ms.parse().ok()?);
    (count > 0 && (1..=LONGEST_WINDOW_MS).contains(&window_ms)).then_some((count, window_ms))
}

/// How a running Rocket.Chat is told of changes. Keys that only another way needs are not read.
///
/// The NATS server comes from Rocket.Chat's own variables, which also say how it is deployed: an operator copies them,
/// so the two cannot disagree.
pub(super) fn announce(
    get: impl Fn(&'static str) -> Option<String>,
    upstream: Option<Upstream>,
) -> Result<Channel, ConfigError> {
    match get("RC_ACCOUNT_ANNOUNCE").as_deref() {
        None | Some("off") => Ok(Channel::Off),
        Some("touch") => upstream
            .map(Channel::Touch)
            .ok_or(ConfigError::Missing { key: UPSTREAM, expected: UPSTREAM_EXPECTED }),
        Some("nats") => {
            let transporter = transporter(&get)?;
            if transporter.topology == Topology::Monolith {
                unencrypted(&get)?;
            }
            Ok(Channel::Nats(transporter))
        }
        Some("tcp") => unencrypted(&get).map(|()| Channel::Tcp),
        Some(other) => Err(invalid("RC_ACCOUNT_ANNOUNCE", other, "off, touch, nats or tcp")),
    }
}

/// What whole instances tell each other can be encrypted since 9.1. Packets in plain text would be heard by nobody.
fn unencrypted(get: impl Fn(&'static str) -> Option<String>) -> Result<(), ConfigError> {
    const KEY: &str = "MOLECULER_ENCRYPTION_SECRET";
    const EXPECTED: &str = "rc-account does not encrypt what it announces to whole Rocket.Chats; \
         use RC_ACCOUNT_ANNOUNCE=touch, or take the variable away from all of them";
    match get(KEY) {
        None => Ok(()),
        Some(_) => Err(ConfigError::InvalidSecret { key: KEY, expected: EXPECTED }),
    }
}

fn transporter(get: impl Fn(&'static str) -> Option<String>) -> Result<Transporter, ConfigError> {
    const BROKER: &str = "BROKER";
    const NATS_URL: &str = "NATS_URL";
    const SERVERS: &str = "the NATS servers of BROKER=nats: nats://HOST:PORT, several with commas between";
    match get(BROKER).as_deref() {
        None | Some("moleculer") => {}
        Some("nats") => {
            let servers = get(NATS_URL).or_else(|| get("TRANSPORTER"));
            let servers = servers.ok_or(ConfigError::Missing { key: NATS_URL, expected: SERVERS })?;
            return Transporter::plain(&servers)
                .ok_or(ConfigError::InvalidSecret { key: NATS_URL, expected: SERVERS });
        }
        Some(other) => {
            return Err(invalid(BROKER, other, "moleculer or nats, as in Rocket.Chat's own container"));
        }
    }
    let (text, namespace) = (get("TRANSPORTER"), get("MS_NAMESPACE"));
    const KEY: &str = "TRANSPORTER";
    const EXPECTED: &str = "for RC_ACCOUNT_ANNOUNCE=nats, as in Rocket.Chat's own container: nats://HOST:PORT for \
         micro-services, monolith+nats://HOST:PORT for several whole Rocket.Chats; USER:PASSWORD@ before the host";
    let text = text.ok_or(ConfigError::Missing { key: KEY, expected: EXPECTED })?;
    Transporter::parse(&text, namespace).ok_or(ConfigError::InvalidSecret { key: KEY, expected: EXPECTED })
}

/// The keys of a configuration file; every value is read as the text that the environment would hold.
pub(super) fn file_keys(path: &str, text: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| ConfigError::File {
        path: path.to_owned(),
        reason: error.message().to_owned(),
    })?;
    let text = |value| match value {
        toml::Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(table.into_iter().map(|(key, value)| (key, text(value))).collect())
}
