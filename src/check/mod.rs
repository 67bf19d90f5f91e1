//! `rc-account check`: examines a workspace and says what is in order, what is not, and what to do about it.
//!
//! It changes nothing and mails nobody, unless it is asked to repair or to mail. One file for each group
//! of checks; the queries are in `store::inspect`.

mod case_duplicates;
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
mod setting_values;
mod settings;
mod upstream;

pub use finding::{Finding, Level};

use crate::config::{Config, ConfigError};
use crate::release::Release;
use crate::store::Store;

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// One JSON document instead of lines.
    pub json: bool,
    /// Finish the renames that are found half done, or parked.
    pub repair: bool,
    /// Send one mail to this address.
    pub mail_to: Option<String>,
}

impl Options {
    /// `None` when there is an unknown argument, or one is given twice.
    pub fn from_arguments(arguments: impl IntoIterator<Item = String>) -> Option<Options> {
        let mut options = Options::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let was_given = match argument.as_str() {
                "--json" => std::mem::replace(&mut options.json, true),
                "--repair" => std::mem::replace(&mut options.repair, true),
                "--mail-to" => options.mail_to.replace(arguments.next()?).is_some(),
                argument => {
                    let address = argument.strip_prefix("--mail-to=")?;
                    options.mail_to.replace(address.to_owned()).is_some()
                }
            };
            if was_given {
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
        Err(error @ ConfigError::Database(_)) => {
            return vec![Finding::error("configuration", error.to_string(), "see docs/DATABASES.md")];
        }
        Err(error) => return vec![Finding::error("configuration", error.to_string(), "see README.md")],
    };
    let mut findings = database::ignored_options(&config.mongo_url);
    match Store::connect(&config.mongo_url, None).await {
        Ok(store) => run_checks(&store, &config, &options, &mut findings).await,
        Err(error) => findings.push(database::unusable(&error)),
    }
    findings.push(upstream::check(config.upstream.as_ref()).await);
    findings
}

async fn run_checks(store: &Store, config: &Config, options: &Options, findings: &mut Vec<Finding>) {
    let mut of_release = Vec::new();
    let version = database::release(store, config, &mut of_release).await;
    findings.extend(database::server(store, version).await);
    findings.extend(database::obstacles(store).await);
    findings.extend(proxies::check(store).await);
    findings.append(&mut of_release);
    findings.extend(indexes::check(store).await);
    findings.extend(settings::check(store, config, version).await);
    findings.extend(overrides::check(store, &config.setting_variables).await);
    findings.extend(mail::check(store, config, version, options.mail_to.as_deref()).await);
    // First, so that what follows is about the state after a repair.
    let release = Release::at(version);
    findings.extend(renames::check(store, options.repair.then_some(&release)).await);
    findings.extend(effects::check(store).await);
    findings.push(login_tokens::check(store, config.max_login_tokens).await);
    findings.extend(passwords::check(store).await);
    findings.extend(case_duplicates::check(store).await);
    findings.extend(documents::check(store).await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_known_and_given_once() {
        let read =
            |arguments: &[&str]| Options::from_arguments(arguments.iter().map(|text| (*text).to_owned()));
        let options = |json, repair, mail_to: Option<&str>| {
            Some(Options { json, repair, mail_to: mail_to.map(str::to_owned) })
        };
        assert_eq!(read(&[]), options(false, false, None));
        assert_eq!(read(&["--json"]), options(true, false, None));
        assert_eq!(read(&["--repair", "--json"]), options(true, true, None));
        assert_eq!(read(&["--mail-to", "a@b", "--json"]), options(true, false, Some("a@b")));
        assert_eq!(read(&["--mail-to=a@b"]), options(false, false, Some("a@b")));
        for arguments in [
            &["json"][..],
            &["--json=1"],
            &["--json", "--json"],
            &["--json", ""],
            &["--mail-to"],
            &["--mail-to=a", "--mail-to", "b"],
        ] {
            assert_eq!(read(arguments), None, "{arguments:?}");
        }
    }
}
