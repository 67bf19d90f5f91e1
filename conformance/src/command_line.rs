//! `rc-conformance`: the command line.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use semver::Version;

use crate::arguments::Given;
use crate::case::Book;
use crate::compare::{self, order};
use crate::mailbox::Mailbox;
use crate::run::{self, Order};
use crate::wire::Target;
use crate::{hostile, report};

const USAGE: &str = "\
usage: rc-conformance --base-url URL --mongo-url URL [options]
       rc-conformance hostile --base-url URL --mongo-url URL [options]
       rc-conformance compare …            (see rc-conformance compare --help)
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
const OPTIONS: &[&str] = &[
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
        println!("{}", usage(arguments.first().map_or("", String::as_str)));
        return ExitCode::SUCCESS;
    }
    let subcommand = arguments.first().filter(|first| !first.starts_with('-')).cloned().unwrap_or_default();
    let (options, switches) = match subcommand.as_str() {
        "compare" => (order::OPTIONS, order::SWITCHES),
        _ => (OPTIONS, &["--list"][..]),
    };
    let rest = arguments.into_iter().skip(usize::from(!subcommand.is_empty()));
    let command = Given::read(rest, options, switches).map(Command);
    let ended = match (command, subcommand.as_str()) {
        (Some(command), "") if command.0.has("--list") => command.list_cases(),
        (Some(command), "") => command.run_cases().await,
        (Some(command), "hostile") => command.be_hostile().await,
        (Some(command), "compare") => return command.compare().await,
        (_, subcommand) => {
            eprintln!("{}", usage(subcommand));
            return ExitCode::from(2);
        }
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

fn usage(subcommand: &str) -> &'static str {
    if subcommand == "compare" { order::USAGE } else { USAGE }
}

/// One command, with what it was given.
struct Command(Given);

impl Command {
    fn list_cases(&self) -> anyhow::Result<bool> {
        for case in Book::open(self.0.one("--cases").map(Path::new))?.cases {
            println!("{}\t{}\t{}\t{}", case.id, case.versions, case.says, case.source);
        }
        Ok(true)
    }

    async fn run_cases(&self) -> anyhow::Result<bool> {
        let mailbox = match self.0.one("--smtp-listen") {
            Some(address) => Some(Mailbox::listen(address).await?),
            None => None,
        };
        let address = self.0.one("--smtp-listen").and_then(|address| address.rsplit_once(':'));
        let host = self.0.one("--smtp-host").or(address.map(|(host, _)| host)).unwrap_or_default();
        let version =
            self.0.one("--version").map(|text| Version::parse(text).context("--version")).transpose()?;
        let order = Order {
            target: Target::parse(self.0.needed("--base-url")?)?,
            database: run::connect(self.0.needed("--mongo-url")?).await?,
            mailbox,
            mail_host: host.to_owned(),
            version,
            cases: self.0.one("--cases").map(Into::into),
            only: self.0.all("--only"),
            jobs: self.0.number("--jobs", 8)?,
        };
        let results = run::all(&order).await?;
        print!("{}", report::text::write(&results));
        self.0.write("--json", &report::json::write(&results))?;
        self.0.write("--junit", &report::junit::write(&results))?;
        Ok(report::counts(&results).failed == 0)
    }

    async fn be_hostile(&self) -> anyhow::Result<bool> {
        let order = hostile::Order {
            target: Target::parse(self.0.needed("--base-url")?)?,
            database: run::connect(self.0.needed("--mongo-url")?).await?,
            requests: self.0.number("--requests", 100_000)?,
            seed: self.0.number("--seed", 1)?,
            jobs: self.0.number("--jobs", 8)?,
            process: self.0.one("--pid").map(|pid| pid.parse().context("--pid")).transpose()?,
            log: self.0.one("--log").map(Into::into),
        };
        let report = hostile::run(&order).await?;
        print!("{}", report.text());
        self.0.write("--json", &format!("{:#}\n", report.json()))?;
        Ok(report.is_well())
    }

    /// 0: nothing differs; 1: something does; 2: it could not be run.
    async fn compare(&self) -> ExitCode {
        let compared = async {
            let report = compare::run(&compare::order::Order::read(&self.0)?).await?;
            print!("{}", report.text());
            self.0.write("--json", &format!("{:#}\n", report.json()))?;
            anyhow::Ok(report.is_equal())
        };
        match compared.await {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("compare: {error:#}");
                ExitCode::from(2)
            }
        }
    }
}
