//! What can be asked for, and the help for it.

use crate::check::{CHECKS, Options};
use crate::config::KEYS;
use crate::release::Version;
use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::fmt::Write;

/// Rocket.Chat's own-profile API, straight on a Rocket.Chat MongoDB
///
/// Without a command it serves. It is configured by the environment and by config/default.toml: `rc-account help serve` lists
/// the keys, `rc-account config` says what they are set to.
#[derive(Debug, Parser)]
#[command(name = "rc-account", version, long_version = long_version())]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API until SIGTERM; what is done without a command
    #[command(after_long_help = keys())]
    Serve,
    /// Look whether workspace and surroundings are in order
    ///
    /// Ends with 1 if there is an error. Changes nothing without --repair, and mails nobody without --mail-to. Every check
    /// is described in docs/CHECK.md.
    Check(CheckArguments),
    /// Ask the service on this machine whether it is ready
    ///
    /// Asks /readyz at RC_ACCOUNT_OPS_BIND, and ends with 1 if it is not.
    Healthcheck,
    /// Show each key of the configuration with its value and where that comes from
    ///
    /// What may hold a password is not shown. Ends with 1 if a key is wrong, and names all that are.
    #[command(after_long_help = keys())]
    Config,
    /// Look after the effects of changes that have not happened yet: mails and new names
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Compare this service with a Rocket.Chat: answers, mails and whole databases
    ///
    /// Three databases are restored from one dump: for a Rocket.Chat, for a second one, and for this service. What differs
    /// between the two Rocket.Chats is noise. The program `rc-conformance` beside this one does it, or the one of PATH;
    /// `rc-account compare --help` shows its options, and docs/OPERATIONS.md section 7 how to go about it.
    #[command(disable_help_flag = true)]
    Compare {
        /// What is passed on
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
        arguments: Vec<String>,
    },
    /// Fill an empty database with a workspace for trying things out
    ///
    /// Any other database is refused and left as it is. Prints who can sign in. Where that workspace is there already,
    /// nothing is written. Everybody knows its passwords.
    Seed {
        /// The Rocket.Chat that seems to have left it: 6.13.0 or 8.8.1
        #[arg(long, value_enum, default_value = "6")]
        release: SeedRelease,
    },
    /// Print the completion of commands for a shell
    Completion { shell: Shell },
    /// Print a manual page, of the program or of one command
    Man {
        /// Which command
        command: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeedRelease {
    #[value(name = "6")]
    Six,
    #[value(name = "8")]
    Eight,
}

#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Finish the renames that are half done, or parked
    #[arg(long)]
    repair: bool,
    /// Send one mail to this address, and tell each step
    #[arg(long, value_name = "ADDRESS")]
    mail_to: Option<String>,
    /// Make only these checks
    #[arg(long, value_name = "CHECK", value_delimiter = ',', value_parser = PossibleValuesParser::new(CHECKS))]
    only: Vec<String>,
    /// Make all checks but these
    #[arg(long, value_name = "CHECK", value_delimiter = ',', value_parser = PossibleValuesParser::new(CHECKS))]
    skip: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum OutboxCommand {
    /// List what waits and what was given up, the oldest first
    ///
    /// Nothing of their contents is shown: those may be addresses and codes.
    List {
        /// Only what was given up
        #[arg(long)]
        parked: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Try what was given up again, and what waits for its next attempt at once
    Retry {
        /// Ids, as `list` shows them
        #[arg(required_unless_present = "all", value_name = "ID")]
        ids: Vec<String>,
        /// All that were given up
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
    /// Delete effects, so that they never happen; those that wait for them go on
    Drop {
        /// Ids, as `list` shows them
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
}

impl From<CheckArguments> for Options {
    fn from(arguments: CheckArguments) -> Options {
        let CheckArguments { json, repair, mail_to, only, skip } = arguments;
        Options { json, repair, mail_to, only, skip }
    }
}

/// The keys, for the long help of what reads them.
fn keys() -> String {
    let mut text = "Keys, of the environment and of the file:\n".to_owned();
    for key in KEYS {
        let default = if key.default.is_empty() { String::new() } else { format!(" [{}]", key.default) };
        // Writing into a text cannot fail.
        let _ = write!(text, "\n  {}\n          {}{default}", key.name, key.meaning);
    }
    text
}

/// The version, what it was built from, and which Rocket.Chats are imitated.
pub fn long_version() -> String {
    format!(
        "{}\nrevision {}\nimitates Rocket.Chat {} to {}",
        env!("CARGO_PKG_VERSION"),
        env!("BUILT_FROM"),
        Version::OLDEST,
        Version::NEWEST,
    )
}

/// The manual page of the program, or of one of its commands. `None`: there is no such command.
pub fn manual(name: Option<&str>) -> std::io::Result<Option<Vec<u8>>> {
    let mut program = Arguments::command();
    program.build();
    let command = match name {
        None => Some(program),
        Some(name) => program.find_subcommand(name).cloned(),
    };
    let Some(command) = command else { return Ok(None) };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    Ok(Some(page))
}

#[cfg(test)]
mod tests;
