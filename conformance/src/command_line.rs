//! `rc-conformance`: the command line.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use semver::Version;

use crate::case::Book;
use crate::mailbox::Mailbox;
use crate::run::{self, Order};
use crate::wire::Target;
use crate::{hostile, report};

const USAGE: &str = "\
usage: rc-conformance --base-url URL --mongo-url URL [options]
       rc-conformance hostile --base-url URL --mongo-url URL [options]
       rc-conformance --list

  --base-url URL      the server, such as http://localhost:3000
  --mongo-url URL     its database: mongodb://HOST/DATABASE?replicaSet=…
  --smtp-listen ADDR  where mails are taken, such as 127.0.0.1:2525; without it, cases with mails are left out
  --smtp-host HOST    how the workspace reaches that (default: the address itself)
  --version VERSION   whose cases hold (default: what the workspace's statistics say)
  --cases FOLDER      other cases than those that are built in
  --only TEXT         cases whose id contains the text; may be given again
  --jobs COUNT        cases at the same time (default 8)
  --json FILE         also write the results there
  --junit FILE        also write the results there, for build servers
  --list              say what every case says, and where that is written down

hostile:
  --requests COUNT    how many (default 100000)
  --seed NUMBER       the same seed makes the same requests (default 1)
  --jobs COUNT        connections at the same time (default 8)
  --pid PID           the server's process, whose memory is looked at
  --log FILE          the server's log, which is searched for panics
  --json FILE         also write the counts there";

/// Every option that has a value.
const OPTIONS: [&str; 14] = [
    "--base-url",
    "--mongo-url",
    "--smtp-listen",
    "--smtp-host",
    "--version",
    "--cases",
    "--only",
    "--jobs",
    "--json",
    "--junit",
    "--requests",
    "--seed",
    "--pid",
    "--log",
];

/// Runs what the arguments ask for: 0 if all is well, 1 if not, 2 if they ask for nothing.
pub async fn run(arguments: Vec<String>) -> ExitCode {
    if arguments.iter().any(|argument| ["-h", "--help"].contains(&argument.as_str())) {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let hostile = arguments.first().is_some_and(|first| first == "hostile");
    let Some(given) = Given::read(arguments.into_iter().skip(usize::from(hostile))) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let ended = match (given.list, hostile) {
        (true, _) => given.list_cases(),
        (false, true) => given.be_hostile().await,
        (false, false) => given.run_cases().await,
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("rc-conformance: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Default)]
struct Given {
    list: bool,
    values: BTreeMap<String, Vec<String>>,
}

impl Given {
    fn read(arguments: impl Iterator<Item = String>) -> Option<Given> {
        let mut given = Given::default();
        let mut arguments = arguments.peekable();
        arguments.peek()?;
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => given.list = true,
                known if OPTIONS.contains(&known) => {
                    given.values.entry(argument).or_default().push(arguments.next()?);
                }
                _ => return None,
            }
        }
        Some(given)
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(|values| values.last()).map(String::as_str)
    }

    fn needed(&self, name: &str) -> anyhow::Result<&str> {
        self.one(name).with_context(|| format!("{name} is missing"))
    }

    fn number<T: std::str::FromStr>(&self, name: &str, default: T) -> anyhow::Result<T> {
        let given =
            self.one(name).map(|text| text.parse().ok().with_context(|| format!("{name}: no number")));
        given.unwrap_or(Ok(default))
    }

    fn list_cases(&self) -> anyhow::Result<bool> {
        for case in Book::open(self.one("--cases").map(Path::new))?.cases {
            println!("{}\t{}\t{}\t{}", case.id, case.versions, case.says, case.source);
        }
        Ok(true)
    }

    async fn run_cases(&self) -> anyhow::Result<bool> {
        let mailbox = match self.one("--smtp-listen") {
            Some(address) => Some(Mailbox::listen(address).await?),
            None => None,
        };
        let address = self.one("--smtp-listen").and_then(|address| address.rsplit_once(':'));
        let host = self.one("--smtp-host").or(address.map(|(host, _)| host)).unwrap_or_default();
        let version =
            self.one("--version").map(|text| Version::parse(text).context("--version")).transpose()?;
        let order = Order {
            target: Target::parse(self.needed("--base-url")?)?,
            database: run::connect(self.needed("--mongo-url")?).await?,
            mailbox,
            mail_host: host.to_owned(),
            version,
            cases: self.one("--cases").map(Into::into),
            only: self.values.get("--only").cloned().unwrap_or_default(),
            jobs: self.number("--jobs", 8)?,
        };
        let results = run::all(&order).await?;
        print!("{}", report::text::write(&results));
        self.write("--json", &report::json::write(&results))?;
        self.write("--junit", &report::junit::write(&results))?;
        Ok(report::counts(&results).failed == 0)
    }

    async fn be_hostile(&self) -> anyhow::Result<bool> {
        let order = hostile::Order {
            target: Target::parse(self.needed("--base-url")?)?,
            database: run::connect(self.needed("--mongo-url")?).await?,
            requests: self.number("--requests", 100_000)?,
            seed: self.number("--seed", 1)?,
            jobs: self.number("--jobs", 8)?,
            process: self.one("--pid").map(|pid| pid.parse().context("--pid")).transpose()?,
            log: self.one("--log").map(Into::into),
        };
        let report = hostile::run(&order).await?;
        print!("{}", report.text());
        self.write("--json", &format!("{:#}\n", report.json()))?;
        Ok(report.is_well())
    }

    fn write(&self, option: &str, text: &str) -> anyhow::Result<()> {
        match self.one(option) {
            Some(file) => std::fs::write(file, text).with_context(|| format!("{option} {file}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_wrongly_is_not_guessed() {
        let read = |arguments: &[&str]| Given::read(arguments.iter().map(|argument| (*argument).to_owned()));
        for wrong in [&[][..], &["--x"], &["--only"], &["x"], &["--list", "--base-url"]] {
            assert!(read(wrong).is_none(), "{wrong:?}");
        }
        let given = read(&["--only", "a", "--only", "b", "--jobs", "x"]).unwrap();
        assert_eq!(given.values["--only"], ["a", "b"]);
        assert!(given.number("--jobs", 8).is_err() && given.number("--seed", 1).is_ok());
    }
}
