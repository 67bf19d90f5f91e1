//! What is asked for on the command line, and what is refused before anything is touched.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};

use super::Sides;
use crate::arguments::Given;

pub const USAGE: &str = "\
usage: compare --may-change-databases
               --original-url URL --original-mongo-url URL
               --repeat-url URL --repeat-mongo-url URL
               --candidate-url URL --candidate-mongo-url URL [options]

Sends the same requests to a Rocket.Chat (original), to a second one of the same version (repeat) and to what is to take its
place (candidate), each on a database of its own, restored from one dump; compares answers, mails and whole databases. Where
the two Rocket.Chats differ is noise. Ends with 0 if nothing else differs, 1 if something does, 2 if it could not be run.

  --may-change-databases   says that all three databases may be changed, and are thrown away afterwards
  --any-database-name      also databases whose names do not contain `compare`
  --original-url URL       such as http://localhost:3000; likewise --repeat-url, --candidate-url
  --original-mongo-url URL mongodb://HOST/DATABASE?replicaSet=…; likewise --repeat-mongo-url, --candidate-mongo-url
  --recorded FILE          the requests of a recording (RC_ACCOUNT_RECORD); without it those of the built-in cases
  --only TEXT              cases whose id contains the text; may be given again
  --own PREFIX             collections of the candidate's own, which are not looked at; may be given again
  --smtp-listen IP         where mails are taken (default 127.0.0.1)
  --smtp-host HOST         how the servers reach that (default: the address itself)
  --jobs COUNT             cases at the same time (default 8)
  --json FILE              also write the report there";

/// Every option that has a value.
pub const OPTIONS: &[&str] = &[
    "--original-url",
    "--original-mongo-url",
    "--repeat-url",
    "--repeat-mongo-url",
    "--candidate-url",
    "--candidate-mongo-url",
    "--recorded",
    "--only",
    "--own",
    "--smtp-listen",
    "--smtp-host",
    "--jobs",
    "--json",
];
pub const SWITCHES: &[&str] = &["--may-change-databases", "--any-database-name"];

/// What the name of a database must contain, so that nobody names the one that people work with.
const MARK: &str = "compare";

#[derive(Debug, Clone)]
pub struct Order {
    pub base_urls: Sides<String>,
    pub mongo_urls: Sides<String>,
    pub recorded: Option<PathBuf>,
    pub only: Vec<String>,
    /// What the candidate's own collections begin with.
    pub own: Vec<String>,
    pub smtp_listen: String,
    pub smtp_host: String,
    pub jobs: usize,
}

impl Order {
    /// What the arguments ask for.
    ///
    /// # Errors
    /// Something is missing, or a database is named that must not be changed.
    pub fn read(given: &Given) -> anyhow::Result<Order> {
        ensure!(
            given.has("--may-change-databases"),
            "all three databases are changed and good for nothing afterwards: --may-change-databases says that they may be"
        );
        let base_urls = Sides {
            original: given.needed("--original-url")?.to_owned(),
            repeat: given.needed("--repeat-url")?.to_owned(),
            candidate: given.needed("--candidate-url")?.to_owned(),
        };
        let mongo_urls = Sides {
            original: given.needed("--original-mongo-url")?.to_owned(),
            repeat: given.needed("--repeat-mongo-url")?.to_owned(),
            candidate: given.needed("--candidate-mongo-url")?.to_owned(),
        };
        refuse_names(&mongo_urls, given.has("--any-database-name"))?;
        refuse_twice("server", &base_urls)?;
        let smtp_listen = given.one("--smtp-listen").unwrap_or("127.0.0.1");
        Ok(Order {
            base_urls,
            mongo_urls,
            recorded: given.one("--recorded").map(Into::into),
            only: given.all("--only"),
            own: given.all("--own"),
            smtp_listen: smtp_listen.to_owned(),
            smtp_host: given.one("--smtp-host").unwrap_or(smtp_listen).to_owned(),
            jobs: given.number("--jobs", 8)?,
        })
    }
}

/// Host and name of a database, without what may hold a password.
fn place(mongo_url: &str) -> anyhow::Result<String> {
    let (_, rest) = mongo_url.split_once("://").context("a database's URL begins with mongodb://")?;
    let rest = rest.split('?').next().unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let (hosts, name) = rest.split_once('/').unwrap_or((rest, ""));
    ensure!(!name.is_empty(), "the URL of a database names none: {hosts}");
    Ok(format!("{hosts}/{name}"))
}

fn refuse_names(mongo_urls: &Sides<String>, any_name: bool) -> anyhow::Result<()> {
    let [one, other, third] = mongo_urls.as_array().map(|url| place(url));
    let places = Sides::from_array([one?, other?, third?]);
    for place in places.as_array() {
        let name = place.rsplit('/').next().unwrap_or_default();
        if !any_name && !name.to_lowercase().contains(MARK) {
            bail!(
                "the database {name} may be one that people work with: call it something with `{MARK}`, or give \
                 --any-database-name"
            );
        }
    }
    refuse_twice("database", &places)
}

fn refuse_twice(what: &str, places: &Sides<String>) -> anyhow::Result<()> {
    let Sides { original, repeat, candidate } = places;
    ensure!(
        original != repeat && original != candidate && repeat != candidate,
        "each side needs a {what} of its own"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(without: &str, with: &[&str]) -> anyhow::Result<Order> {
        let all = [
            "--original-url=http://a",
            "--repeat-url=http://b",
            "--candidate-url=http://c",
            "--original-mongo-url=mongodb://u:p@h/compare_1?x=y",
            "--repeat-mongo-url=mongodb://h/compare_2",
            "--candidate-mongo-url=mongodb://h/compare_3",
            "--may-change-databases=",
        ];
        let kept = all.iter().filter(|text| without.is_empty() || !text.starts_with(without)).chain(with);
        let arguments = kept.flat_map(|text| text.split('=').filter(|part| !part.is_empty()).take(2));
        let arguments = arguments.map(str::to_owned);
        Order::read(&Given::read(arguments, OPTIONS, SWITCHES).context("read")?)
    }

    #[test]
    fn nothing_is_touched_that_was_not_meant() {
        assert!(read("", &[]).is_ok());
        for without in ["--may-change-databases", "--repeat-mongo-url", "--candidate-url"] {
            assert!(read(without, &[]).is_err(), "{without}");
        }
        for wrong in [
            "--candidate-mongo-url=mongodb://h/rocketchat",
            "--candidate-mongo-url=mongodb://h/",
            "--candidate-mongo-url=mongodb://h/compare_2",
            "--candidate-url=http://a",
        ] {
            let refused = read("", &[wrong]).unwrap_err().to_string();
            assert!(!refused.contains("u:p"), "{refused}");
        }
        assert!(read("", &["--any-database-name", "--candidate-mongo-url=mongodb://h/rocketchat"]).is_ok());
    }
}
