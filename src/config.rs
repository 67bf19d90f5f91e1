//! The service's own settings: environment and file, checked as a whole, or a clear refusal to start.
//!
//! Names without prefix mean what they mean for Rocket.Chat's own container; ours start with `RC_ACCOUNT_`.
//! A value in the environment wins over the file; an empty value counts as not given. White space around a value, such as
//! the line break that a secret of Kubernetes ends with, is no part of it.

mod ops_bind;
mod path_of;
mod telling;
mod trusted_proxies;
mod value;

use crate::announce::{Channel, Upstream};
use crate::mail::MailServer;
use crate::mail_limit::MailLimit;
use crate::mongo_url::{self, MongoUrl};
use crate::release::ReleaseChoice;
use crate::second_factor::GuessBudget;
use crate::telemetry::{LogFilter, LogFormat};
use crate::workspace::SettingVariables;
pub use ops_bind::OpsBind;
pub use path_of::path_of;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;
pub use trusted_proxies::TrustedProxies;

/// Every key of the environment and of the file, in the order of the documentation.
pub const KEYS: [&str; 34] = [
    mongo_url::URL,
    mongo_url::OPTIONS,
    "PORT",
    "BIND_IP",
    "ROOT_URL",
    "MAIL_URL",
    "HTTP_FORWARDED_COUNT",
    "MAX_RESUME_LOGIN_TOKENS",
    "TRANSPORTER",
    "MS_NAMESPACE",
    "BROKER",
    "NATS_URL",
    "MOLECULER_ENCRYPTION_SECRET",
    "RC_ACCOUNT_RELEASE",
    "RC_ACCOUNT_STANDALONE",
    "RC_ACCOUNT_DEADLINE_MS",
    "RC_ACCOUNT_DRAIN_MS",
    "RC_ACCOUNT_RENAME_WAIT_MS",
    "RC_ACCOUNT_CREATE_INDEXES",
    "RC_ACCOUNT_RATE_LIMIT",
    "RC_ACCOUNT_REPLY",
    "RC_ACCOUNT_GUESS_BUDGET",
    "RC_ACCOUNT_MAIL_LIMIT",
    "RC_ACCOUNT_TOTP_REPLAY",
    "RC_ACCOUNT_REMEMBER_USER_AGENT",
    "RC_ACCOUNT_TRUSTED_PROXIES",
    "RC_ACCOUNT_DNS_SERVER",
    "RC_ACCOUNT_MAIL_CA",
    "RC_ACCOUNT_ANNOUNCE",
    "RC_ACCOUNT_UPSTREAM_URL",
    ops_bind::KEY,
    "RC_ACCOUNT_LOG",
    "RC_ACCOUNT_LOG_FORMAT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];

/// Names the file to read; without it `config/default.toml` is read where it exists.
pub const FILE_KEY: &str = "RC_ACCOUNT_CONFIG";
const DEFAULT_FILE: &str = "config/default.toml";

/// Why the service does not start: one line that names the key and what is expected.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    #[error("{key} is missing: {expected}")]
    Missing { key: &'static str, expected: &'static str },
    #[error("{key} is {found:?}: {expected}")]
    Invalid { key: &'static str, found: String, expected: &'static str },
    #[error("{key} cannot be used: {expected}")]
    InvalidSecret { key: &'static str, expected: &'static str },
    #[error(transparent)]
    Database(#[from] mongo_url::Refusal),
    #[error("{path}: the key {key} is unknown; known are {known}", known = KEYS.join(", "))]
    UnknownKey { path: String, key: String },
    #[error("{path}: {reason}")]
    File { path: String, reason: String },
}

/// The settings of `rc-account serve`. Tests make one with [`Config::from_sources`].
#[derive(Debug, Clone)]
pub struct Config {
    /// `MONGO_URL`: connection string with the workspace's database in its path, and `MONGO_OPTIONS`: further options as a
    /// JSON object. May hold a password.
    pub mongo_url: MongoUrl,
    /// `BIND_IP` (default `0.0.0.0`) and `PORT` (default 3001; 0 lets the system choose).
    pub address: SocketAddr,
    /// `ROOT_URL` (default `http://localhost:3000`): the workspace's public address, without trailing slash.
    pub root_url: String,
    /// `MAIL_URL`: the mail server while the setting `SMTP_Host` is empty. May hold a password.
    pub mail_server: Option<MailServer>,
    /// `HTTP_FORWARDED_COUNT` (default 1): number of proxies whose `X-Forwarded-For` entry is believed.
    pub http_forwarded_count: usize,
    /// `RC_ACCOUNT_TRUSTED_PROXIES` (default: all): the peers whose headers say who a client is.
    pub trusted_proxies: TrustedProxies,
    /// `MAX_RESUME_LOGIN_TOKENS` (default 50): how many sessions of a user a login leaves.
    pub max_login_tokens: usize,
    /// `RC_ACCOUNT_RELEASE`: `auto` (default: by the workspace's version), `6`, `8`, or a version such as `7.10.0`.
    pub release: ReleaseChoice,
    /// `RC_ACCOUNT_STANDALONE`: `true` also serves the routes that a stack without Rocket.Chat needs.
    pub standalone: bool,
    /// `RC_ACCOUNT_DEADLINE_MS` (default 20000): how long a request may take.
    pub deadline: Duration,
    /// `RC_ACCOUNT_DRAIN_MS` (default 5000): how long the service serves on after SIGTERM.
    pub drain: Duration,
    /// `RC_ACCOUNT_RENAME_WAIT_MS` (default 5000): how long an answer waits for a new name to be everywhere.
    pub rename_wait: Duration,
    /// `RC_ACCOUNT_CREATE_INDEXES`: `true` lets the service create the indexes that Rocket.Chat lacks for renames.
    pub create_indexes: bool,
    /// `RC_ACCOUNT_RATE_LIMIT`, for every route that has a limit: `auto` (default: the release's and the workspace's
    /// rules), `off` or `CALLS/WINDOW_MS`.
    pub rate_limit: RateLimit,
    /// `RC_ACCOUNT_REPLY`: `full` (default) or `masked` (`[masked]` in the place of each hash).
    pub masked_reply: bool,
    /// `RC_ACCOUNT_GUESS_BUDGET`: `off`, or wrong second factors per account as `GUESSES/WINDOW_MS`
    /// (default `10/900000`).
    pub guess_budget: Option<GuessBudget>,
    /// `RC_ACCOUNT_MAIL_LIMIT`: `off`, or mails for each user and for each address as `MAILS/WINDOW_MS`
    /// (default `20/3600000`).
    pub mail_limit: Option<MailLimit>,
    /// `RC_ACCOUNT_TOTP_REPLAY`: `refuse` (default) or `allow` a TOTP code a second time.
    pub totp_replay_allowed: bool,
    /// `RC_ACCOUNT_REMEMBER_USER_AGENT`: `auto` (default: as the release does), `yes` or `no`.
    pub remember_user_agent: Option<bool>,
    /// `RC_ACCOUNT_DNS_SERVER`: `IP:PORT` for the e-mail domain check; default: the system's servers.
    pub dns_server: Option<SocketAddr>,
    /// `RC_ACCOUNT_MAIL_CA`: PEM file with certificates that are trusted besides the public ones when mail is sent.
    pub mail_ca: Option<PathBuf>,
    /// `RC_ACCOUNT_UPSTREAM_URL`: the Rocket.Chat beside which this runs.
    pub upstream: Option<Upstream>,
    /// `RC_ACCOUNT_ANNOUNCE`: `off` (default), `touch` (at the upstream), `nats` (at `TRANSPORTER`, with
    /// `MS_NAMESPACE`; with `BROKER=nats` at `NATS_URL`) or `tcp`. May hold a password.
    pub announce: Channel,
    /// `RC_ACCOUNT_OPS_BIND` (default `127.0.0.1:9459`; empty: none): the operations listener.
    pub ops_bind: Option<OpsBind>,
    /// `RC_ACCOUNT_LOG`: `off`, `error`, `warn`, `info` (default), `debug` or `trace`, and such levels for single modules.
    pub log: LogFilter,
    /// `RC_ACCOUNT_LOG_FORMAT`: `text` (default) or `json`.
    pub log_format: LogFormat,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: the collector that traces are sent to.
    pub traces_to: Option<String>,
    /// Rocket.Chat's `<SETTING_ID>` and `OVERWRITE_SETTING_<SETTING_ID>` variables, as given.
    pub setting_variables: SettingVariables,
}

/// The limits of all routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimit {
    Auto,
    Off,
    Own { calls: u32, window_ms: u64 },
}

impl Config {
    /// Reads the process's environment and the configuration file.
    ///
    /// # Errors
    /// Any value that is missing or wrong, by its key.
    pub fn load() -> Result<Config, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this file owns the environment")]
        let env: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let file = match env.get(FILE_KEY).map(|path| path.trim()).filter(|path| !path.is_empty()) {
            Some(path) => Some(read_file(path)?),
            None if Path::new(DEFAULT_FILE).exists() => Some(read_file(DEFAULT_FILE)?),
            None => None,
        };
        Config::from_sources(env, file.unwrap_or_default())
    }

    /// The configuration from environment variables and the keys of a file.
    ///
    /// # Errors
    /// Any value that is missing or wrong, by its key.
    pub fn from_sources(
        env: BTreeMap<String, String>,
        file: BTreeMap<String, String>,
    ) -> Result<Config, ConfigError> {
        let get = |key: &'static str| {
            let given = |source: &BTreeMap<String, String>| {
                source.get(key).map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
            };
            given(&env).or_else(|| given(&file))
        };
        let bind_ip = match get("BIND_IP") {
            Some(text) => value::parsed("BIND_IP", text, "an IP address such as 127.0.0.1")?,
            None => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        };
        let port = match get("PORT") {
            Some(text) => value::parsed("PORT", text, "a port number from 0 to 65535")?,
            None => 3001,
        };
        let upstream = value::upstream(get("RC_ACCOUNT_UPSTREAM_URL").as_deref())?;
        Ok(Config {
            mongo_url: value::mongo_url(get(mongo_url::URL), get(mongo_url::OPTIONS))?,
            address: SocketAddr::new(bind_ip, port),
            root_url: value::root_url(get("ROOT_URL"))?,
            mail_server: value::mail_url(get("MAIL_URL").as_deref())?,
            http_forwarded_count: value::forwarded_count(get("HTTP_FORWARDED_COUNT").as_deref()),
            trusted_proxies: value::trusted_proxies(get("RC_ACCOUNT_TRUSTED_PROXIES").as_deref())?,
            max_login_tokens: value::max_login_tokens(get("MAX_RESUME_LOGIN_TOKENS").as_deref()),
            release: value::release(get("RC_ACCOUNT_RELEASE").as_deref())?,
            standalone: value::switch("RC_ACCOUNT_STANDALONE", get("RC_ACCOUNT_STANDALONE").as_deref())?,
            deadline: value::deadline(get("RC_ACCOUNT_DEADLINE_MS"))?,
            drain: value::drain(get("RC_ACCOUNT_DRAIN_MS"))?,
            rename_wait: value::rename_wait(get("RC_ACCOUNT_RENAME_WAIT_MS"))?,
            create_indexes: value::switch(
                "RC_ACCOUNT_CREATE_INDEXES",
                get("RC_ACCOUNT_CREATE_INDEXES").as_deref(),
            )?,
            rate_limit: value::rate_limit(get("RC_ACCOUNT_RATE_LIMIT").as_deref())?,
            masked_reply: match get("RC_ACCOUNT_REPLY").as_deref() {
                None | Some("full") => false,
                Some("masked") => true,
                Some(other) => return Err(value::invalid("RC_ACCOUNT_REPLY", other, "full or masked")),
            },
            guess_budget: value::guess_budget(get("RC_ACCOUNT_GUESS_BUDGET").as_deref())?,
            mail_limit: value::mail_limit(get("RC_ACCOUNT_MAIL_LIMIT").as_deref())?,
            totp_replay_allowed: match get("RC_ACCOUNT_TOTP_REPLAY").as_deref() {
                None | Some("refuse") => false,
                Some("allow") => true,
                Some(other) => {
                    return Err(value::invalid("RC_ACCOUNT_TOTP_REPLAY", other, "refuse or allow"));
                }
            },
            remember_user_agent: match get("RC_ACCOUNT_REMEMBER_USER_AGENT").as_deref() {
                None | Some("auto") => None,
                Some("yes") => Some(true),
                Some("no") => Some(false),
                Some(other) => {
                    return Err(value::invalid("RC_ACCOUNT_REMEMBER_USER_AGENT", other, "auto, yes or no"));
                }
            },
            dns_server: get("RC_ACCOUNT_DNS_SERVER")
                .map(|text| value::parsed("RC_ACCOUNT_DNS_SERVER", text, "IP:PORT such as 127.0.0.1:53"))
                .transpose()?,
            mail_ca: get("RC_ACCOUNT_MAIL_CA").map(PathBuf::from),
            upstream: upstream.clone(),
            announce: value::announce(get, upstream)?,
            // Given as nothing, it is off.
            ops_bind: OpsBind::parse(
                env.get(ops_bind::KEY).or_else(|| file.get(ops_bind::KEY)).map(String::as_str),
            )?,
            log: telling::log(get("RC_ACCOUNT_LOG"))?,
            log_format: telling::log_format(get("RC_ACCOUNT_LOG_FORMAT").as_deref())?,
            traces_to: telling::traces_to(get("OTEL_EXPORTER_OTLP_ENDPOINT"))?,
            setting_variables: SettingVariables::new(env),
        })
    }
}

fn read_file(path: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let failed = |reason: String| ConfigError::File { path: path.to_owned(), reason };
    #[expect(clippy::disallowed_methods, reason = "read once, before anything is served")]
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    value::file_keys(path, &text)
}

#[cfg(test)]
mod tests;
