//! `rc-account check`: examines a workspace and says what is in order, what is not, and what to do about it.
//!
//! It changes nothing, neither in the database nor to a mail server, unless it is asked to repair. One file for each group
//! of checks; the queries are in `store::inspect`.

mod case_duplicates;
mod custom_fields;
mod database;
mod effects;
mod finding;
mod indexes;
mod login_tokens;
mod mail;
mod passwords;
mod renames;
mod repair;
pub mod report;
mod settings;
mod upstream;

pub use finding::{Finding, Level};

use crate::config::{Config, ConfigError};
use crate::release::Release;
use crate::store::Store;

/// What the command line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// One JSON document instead of lines.
    pub json: bool,
    /// Finish the renames that are found half done.
    pub repair: bool,
}

impl Options {
    /// `None` when there is an unknown argument, or one is given twice.
    pub fn from_arguments(arguments: impl IntoIterator<Item = String>) -> Option<Options> {
        let mut options = Options::default();
        for argument in arguments {
            let option = match argument.as_str() {
                "--json" => &mut options.json,
                "--repair" => &mut options.repair,
                _ => return None,
            };
            if std::mem::replace(option, true) {
                return None;
            }
        }
        Some(options)
    }
}

/// All checks, in the order in which one depends on the other. A check that cannot be made is reported as an error, and
/// the next one is made all the same.
pub async fn run(config: Result<Config, ConfigError>, options: Options) -> Vec<Finding> {
    let config = match config {
        Ok(config) => config,
        Err(error) => return vec![Finding::error("configuration", error.to_string(), "see README.md")],
    };
    let mut findings = Vec::new();
    match Store::connect(&config.mongo_url, None).await {
        Ok(store) => run_checks(&store, &config, options, &mut findings).await,
        Err(error) => findings.push(database::unusable(&error)),
    }
    findings.push(upstream::check(config.upstream.as_ref()).await);
    findings
}

async fn run_checks(store: &Store, config: &Config, options: Options, findings: &mut Vec<Finding>) {
    findings.push(database::server(store).await);
    findings.extend(database::obstacles(store).await);
    let version = database::release(store, config, findings).await;
    findings.extend(indexes::check(store).await);
    findings.extend(settings::check(store, &config.setting_variables, version).await);
    findings.push(mail::check(store, config, version).await);
    findings.extend(effects::check(store).await);
    let release = Release::at(version);
    findings.extend(renames::check(store, options.repair.then_some(&release)).await);
    findings.push(login_tokens::check(store, config.max_login_tokens).await);
    findings.extend(passwords::check(store).await);
    findings.extend(case_duplicates::check(store).await);
    findings.push(custom_fields::check(store).await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_known_and_given_once() {
        let read =
            |arguments: &[&str]| Options::from_arguments(arguments.iter().map(|text| (*text).to_owned()));
        assert_eq!(read(&[]), Some(Options { json: false, repair: false }));
        assert_eq!(read(&["--json"]), Some(Options { json: true, repair: false }));
        assert_eq!(read(&["--repair", "--json"]), Some(Options { json: true, repair: true }));
        for arguments in [&["json"][..], &["--json=1"], &["--json", "--json"], &["--json", ""]] {
            assert_eq!(read(arguments), None, "{arguments:?}");
        }
    }
}
