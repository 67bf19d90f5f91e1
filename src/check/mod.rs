//! `rc-account check`: examines a workspace and says what is in order, what is not, and what to do about it.
//!
//! It changes nothing and mails nobody, unless it is asked to repair or to mail. One file for each group
//! of checks; the queries are in `store::inspect`.

mod announce;
mod case_duplicates;
mod clock;
mod codes;
mod database;
mod documents;
mod effects;
mod finding;
mod indexes;
mod login_tokens;
mod mail;
mod mail_settings;
mod mail_trial;
mod overrides;
mod passwords;
mod proxies;
mod renames;
mod repair;
pub mod report;
mod route;
mod setting_values;
mod settings;
mod upstream;

pub use codes::CHECKS;
pub use finding::{Finding, Level};

use crate::config::{Config, ConfigError, ConfigErrors};
use crate::release::Release;
use crate::store::Store;
use report::Report;
use std::cmp::Reverse;

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// One JSON document instead of lines.
    pub json: bool,
    /// Finish the renames that are found half done, or parked.
    pub repair: bool,
    /// Send one mail to this address.
    pub mail_to: Option<String>,
    /// Names of [`CHECKS`]; empty: all.
    pub only: Vec<String>,
    /// Names of [`CHECKS`].
    pub skip: Vec<String>,
}

impl Options {
    fn wants(&self, check: &str) -> bool {
        let is_named = |names: &[String]| names.iter().any(|name| name == check);
        // Nothing can be said without a configuration and a MongoDB.
        let is_basic = ["configuration", "mongodb"].contains(&check);
        is_basic || ((self.only.is_empty() || is_named(&self.only)) && !is_named(&self.skip))
    }

    /// Whether one of these checks, which are made together, is wanted.
    fn want(&self, checks: &[&str]) -> bool {
        checks.iter().any(|check| self.wants(check))
    }
}

/// All checks that are wanted, in the order in which one depends on the other. A check that cannot be made is reported as an
/// error, and the next one is made all the same.
pub async fn run(config: Result<Config, ConfigErrors>, options: Options) -> Report {
    let time = crate::clock::system()();
    let (database, mut findings) = match config {
        Ok(config) => examine(&config, &options).await,
        Err(errors) => (None, errors.iter().map(misconfigured).collect()),
    };
    findings.retain(|finding| options.wants(finding.check));
    // The sort is stable: within a level the order stays.
    findings.sort_by_key(|finding| Reverse(finding.level));
    Report { time, database, findings }
}

fn misconfigured(error: &ConfigError) -> Finding {
    let remedy = match error {
        ConfigError::Database(_) => "see docs/DATABASES.md",
        _ => "see README.md",
    };
    Finding::error("configuration", "configuration", error.to_string(), remedy)
}

async fn examine(config: &Config, options: &Options) -> (Option<String>, Vec<Finding>) {
    let mut findings = database::ignored_options(&config.mongo_url);
    let database = match Store::connect(&config.mongo_url, None).await {
        Ok(store) => {
            run_checks(&store, config, options, &mut findings).await;
            Some(store.database_name().to_owned())
        }
        Err(error) => {
            findings.push(database::unusable(&error));
            None
        }
    };
    if options.want(&["upstream"]) {
        findings.push(upstream::check(config.upstream.as_ref()).await);
    }
    (database, findings)
}

async fn run_checks(store: &Store, config: &Config, options: &Options, findings: &mut Vec<Finding>) {
    let mut of_release = Vec::new();
    let version = database::release(store, config, &mut of_release).await;
    findings.extend(database::server(store, version).await);
    if options.want(&["rights", "majority", "sessions"]) {
        findings.extend(database::obstacles(store).await);
    }
    if options.want(&["clock"]) {
        findings.push(clock::check(store).await);
    }
    if options.want(&["proxies"]) {
        findings.extend(proxies::check(store).await);
    }
    findings.append(&mut of_release);
    findings.push(announce::check(config, version));
    if options.want(&["indexes"]) {
        findings.extend(indexes::check(store).await);
    }
    if options.want(&["settings"]) {
        findings.extend(settings::check(store, config, version).await);
        findings.extend(overrides::check(store, &config.setting_variables).await);
    }
    if options.want(&["mail", "mail-settings", "mail-to"]) {
        findings.extend(mail::check(store, config, version, options.mail_to.as_deref()).await);
    }
    // First, so that what follows is about the state after a repair.
    if options.want(&["renames", "repair"]) {
        let release = Release::at(version);
        findings.extend(renames::check(store, options.repair.then_some(&release)).await);
    }
    if options.want(&["effects"]) {
        findings.extend(effects::check(store).await);
    }
    if options.want(&["login-tokens"]) {
        findings.push(login_tokens::check(store, config.max_login_tokens).await);
    }
    if options.want(&["passwords"]) {
        findings.extend(passwords::check(store).await);
    }
    if options.want(&["twins"]) {
        findings.extend(case_duplicates::check(store).await);
    }
    if options.want(&["documents"]) {
        findings.extend(documents::check(store).await);
    }
    if options.want(&["route"]) {
        findings.extend(route::check(store, config).await);
    }
}
