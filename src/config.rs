//! The service's own settings: environment and file, checked as a whole, or a clear refusal to start.
//!
//! Names without prefix mean what they mean for Rocket.Chat's own container; ours start with `RC_ACCOUNT_`.
//! A value in the environment wins over the file; an empty value counts as not given. White space around a value, such as
//! the line break that a secret of Kubernetes ends with, is no part of it.

mod error;
mod given;
mod keys;
mod ops_bind;
mod path_of;
mod shown;
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
pub use error::{ConfigError, ConfigErrors};
use given::{Given, Source, Texts};
pub use keys::{FILE_KEY, KEYS, Key};
pub use ops_bind::OpsBind;
pub use path_of::path_of;
pub use shown::Shown;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
pub use trusted_proxies::TrustedProxies;

const DEFAULT_FILE: &str = "config/default.toml";

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
    /// `RC_ACCOUNT_RECORD`: the file in which requests are recorded, without what is secret or personal.
    pub record: Option<PathBuf>,
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
    /// Every value that is missing or wrong, by its key.
    pub fn load() -> Result<Config, ConfigErrors> {
        Sources::of_process().read().1
    }

    /// The configuration from environment variables and the keys of a file.
    ///
    /// # Errors
    /// Every value that is missing or wrong, by its key.
    pub fn from_sources(env: Texts, file: Texts) -> Result<Config, ConfigErrors> {
        Sources { env, file, path: DEFAULT_FILE.to_owned(), wrong: Vec::new() }.read().1
    }

    fn of(given: &Given, env: &Texts) -> Result<Config, ConfigError> {
        let get = |key: &'static str| given.text(key);
        // For keys that have a default.
        let text = |key: &'static str| given.text(key).unwrap_or_default();
        let upstream = value::upstream(get("RC_ACCOUNT_UPSTREAM_URL").as_deref())?;
        Ok(Config {
            mongo_url: value::mongo_url(get(mongo_url::URL), get(mongo_url::OPTIONS))?,
            address: SocketAddr::new(
                value::parsed("BIND_IP", &text("BIND_IP"), "an IP address such as 127.0.0.1")?,
                value::parsed("PORT", &text("PORT"), "a port number from 0 to 65535")?,
            ),
            root_url: value::root_url(&text("ROOT_URL"))?,
            mail_server: value::mail_url(get("MAIL_URL").as_deref())?,
            http_forwarded_count: value::forwarded_count(&text("HTTP_FORWARDED_COUNT")),
            trusted_proxies: value::trusted_proxies(get("RC_ACCOUNT_TRUSTED_PROXIES").as_deref())?,
            max_login_tokens: value::max_login_tokens(&text("MAX_RESUME_LOGIN_TOKENS")),
            release: value::release(&text("RC_ACCOUNT_RELEASE"))?,
            standalone: value::switch("RC_ACCOUNT_STANDALONE", &text("RC_ACCOUNT_STANDALONE"))?,
            deadline: value::deadline(&text("RC_ACCOUNT_DEADLINE_MS"))?,
            drain: value::milliseconds("RC_ACCOUNT_DRAIN_MS", &text("RC_ACCOUNT_DRAIN_MS"))?,
            rename_wait: value::milliseconds(
                "RC_ACCOUNT_RENAME_WAIT_MS",
                &text("RC_ACCOUNT_RENAME_WAIT_MS"),
            )?,
            create_indexes: value::switch("RC_ACCOUNT_CREATE_INDEXES", &text("RC_ACCOUNT_CREATE_INDEXES"))?,
            rate_limit: value::rate_limit(&text("RC_ACCOUNT_RATE_LIMIT"))?,
            masked_reply: match text("RC_ACCOUNT_REPLY").as_str() {
                "full" => false,
                "masked" => true,
                other => return Err(value::invalid("RC_ACCOUNT_REPLY", other, "full or masked")),
            },
            guess_budget: value::guess_budget(&text("RC_ACCOUNT_GUESS_BUDGET"))?,
            mail_limit: value::mail_limit(&text("RC_ACCOUNT_MAIL_LIMIT"))?,
            totp_replay_allowed: match text("RC_ACCOUNT_TOTP_REPLAY").as_str() {
                "refuse" => false,
                "allow" => true,
                other => return Err(value::invalid("RC_ACCOUNT_TOTP_REPLAY", other, "refuse or allow")),
            },
            remember_user_agent: match text("RC_ACCOUNT_REMEMBER_USER_AGENT").as_str() {
                "auto" => None,
                "yes" => Some(true),
                "no" => Some(false),
                other => {
                    return Err(value::invalid("RC_ACCOUNT_REMEMBER_USER_AGENT", other, "auto, yes or no"));
                }
            },
            dns_server: get("RC_ACCOUNT_DNS_SERVER")
                .map(|text| value::parsed("RC_ACCOUNT_DNS_SERVER", &text, "IP:PORT such as 127.0.0.1:53"))
                .transpose()?,
            mail_ca: get("RC_ACCOUNT_MAIL_CA").map(PathBuf::from),
            upstream: upstream.clone(),
            announce: value::announce(get, upstream)?,
            ops_bind: OpsBind::parse(&text(ops_bind::KEY), given.source(ops_bind::KEY) != Source::Default)?,
            log: telling::log(&text("RC_ACCOUNT_LOG"))?,
            log_format: telling::log_format(&text("RC_ACCOUNT_LOG_FORMAT"))?,
            record: get("RC_ACCOUNT_RECORD").map(PathBuf::from),
            traces_to: telling::traces_to(get("OTEL_EXPORTER_OTLP_ENDPOINT"))?,
            setting_variables: SettingVariables::new(env.clone()),
        })
    }
}

/// All that a configuration is made of.
struct Sources {
    env: Texts,
    file: Texts,
    /// That of the file.
    path: String,
    /// Why the file could not be read.
    wrong: Vec<ConfigError>,
}

impl Sources {
    fn of_process() -> Sources {
        #[expect(clippy::disallowed_methods, reason = "this file owns the environment")]
        let env: Texts = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let named = env.get(FILE_KEY).map(|path| path.trim()).filter(|path| !path.is_empty());
        let path = named.unwrap_or(DEFAULT_FILE).to_owned();
        let file = if named.is_some() || Path::new(DEFAULT_FILE).exists() {
            read_file(&path)
        } else {
            Ok(Texts::new())
        };
        let (file, wrong) = file.map_or_else(|error| (Texts::new(), vec![error]), |file| (file, Vec::new()));
        Sources { env, file, path, wrong }
    }

    /// With every key as it was given.
    fn read(self) -> (Given, Result<Config, ConfigErrors>) {
        let mut wrong = self.wrong;
        // What seems to be missing may stand in a file that cannot be read.
        let is_file_unread = !wrong.is_empty();
        let mut given = Given::gather(&self.env, &self.file, &self.path, &mut wrong);
        let as_given = given.clone();
        let mut set_aside = BTreeSet::new();
        // Each round finds one wrong key, and the next one does without it.
        let config = loop {
            let error = match Config::of(&given, &self.env) {
                Ok(config) => break Some(config),
                Err(error) => error,
            };
            let mut culprit = error.key().unwrap_or(mongo_url::URL);
            let mut is_new = true;
            if matches!(error, ConfigError::Missing { .. }) {
                is_new = !is_file_unread && !set_aside.contains(culprit) && !as_given.is_unread(culprit);
                if culprit != mongo_url::URL {
                    // The one that needs it.
                    culprit = "RC_ACCOUNT_ANNOUNCE";
                }
            }
            if is_new {
                wrong.push(error);
            }
            set_aside.insert(culprit);
            if !given.set_aside(culprit) {
                break None;
            }
        };
        match (ConfigErrors::of(wrong), config) {
            (None, Some(config)) => (as_given, Ok(config)),
            (errors, _) => {
                let errors = errors.unwrap_or_else(|| ConfigErrors::from(value::missing_mongo_url()));
                (as_given, Err(errors))
            }
        }
    }
}

fn read_file(path: &str) -> Result<Texts, ConfigError> {
    let failed = |reason: String| ConfigError::File { path: path.to_owned(), reason };
    #[expect(clippy::disallowed_methods, reason = "read once, before anything is served")]
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    value::file_keys(path, &text)
}

#[cfg(test)]
mod tests;
