//! All cases against one server: in groups that share the workspace's settings, within a group side by side.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use futures_util::StreamExt;
use mongodb::bson::{DateTime, Document, doc};
use mongodb::{Client, Database};
use semver::Version;
use serde_json::Value;

use crate::case::{Book, Case};
use crate::fill::Facts;
use crate::mailbox::Mailbox;
use crate::person::Person;
use crate::shapes::Shapes;
use crate::step::Surroundings;
use crate::wire::Target;
use crate::workspace::Settings;
use crate::{family, values};

/// What is held against the cases.
pub struct Order {
    pub target: Target,
    pub database: Database,
    /// None: cases that need mails are left out.
    pub mailbox: Option<Mailbox>,
    /// Where the workspace reaches the mailbox.
    pub mail_host: String,
    /// That of the newest statistics, if none is given.
    pub version: Option<Version>,
    /// A folder of cases in the place of those that are built in.
    pub cases: Option<PathBuf>,
    /// Only cases whose id contains one of these.
    pub only: Vec<String>,
    /// How many cases at once.
    pub jobs: usize,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    /// What was not as it should be.
    Failed(Vec<String>),
    /// It could not be carried out.
    Broken(String),
    /// Why it does not apply.
    Skipped(&'static str),
}

/// Every case with its outcome, in the order of the files.
pub struct Results {
    pub version: Version,
    pub cases: Vec<(Case, Outcome)>,
}

const NO_MAILBOX: &str = "it needs mails, and there is no --smtp-listen";
const OTHER_VERSION: &str = "it is of other versions";
/// A test network (RFC 2544): no client of a workspace has such an address.
const FIRST_ADDRESS: u32 = 0xC612_0000;

/// Connects to the database that the URL names.
///
/// # Errors
/// The URL names none, or nobody answers.
pub async fn connect(url: &str) -> anyhow::Result<Database> {
    let database =
        Client::with_uri_str(url).await?.default_database().context("--mongo-url names no database")?;
    database.run_command(doc! {"ping": 1}).await.context("--mongo-url")?;
    Ok(database)
}

/// The version that the workspace's newest statistics name.
///
/// # Errors
/// There are none.
pub async fn workspace_version(database: &Database) -> anyhow::Result<Version> {
    let statistics = database.collection::<Document>("rocketchat_statistics");
    let newest = statistics.find_one(doc! {}).sort(doc! {"createdAt": -1}).await?;
    let newest = newest.context("the workspace has no statistics: name --version")?;
    Version::parse(newest.get_str("version").unwrap_or_default())
        .context("the workspace's version: name --version")
}

/// Runs every case that applies.
///
/// # Errors
/// The workspace cannot be prepared.
pub async fn all(order: &Order) -> anyhow::Result<Results> {
    let version = match &order.version {
        Some(version) => version.clone(),
        None => workspace_version(&order.database).await?,
    };
    let Book { mut cases, shapes, workspace } = Book::open(order.cases.as_deref())?;
    let basis = basis(order.mailbox.as_ref(), &order.mail_host, &workspace)?;
    cases.retain(|case| order.only.is_empty() || order.only.iter().any(|text| case.id.contains(text)));
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (n, case) in cases.iter().enumerate() {
        if let Some(why) = skipped(case, &version, order) {
            outcomes.insert(n, Outcome::Skipped(why));
        } else {
            groups.entry(serde_json::to_string(&case.settings)?).or_default().push(n);
        }
    }
    let mut settings = Settings::new(&order.database, &order.target);
    let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let ran = async {
        for members in groups.values() {
            let mut wanted = basis.clone();
            wanted.extend(members.first().map(|n| cases[*n].settings.clone()).unwrap_or_default());
            settings.apply(&wanted).await?;
            let running = members.iter().map(|n| {
                let (case, order, version, shapes) = (&cases[*n], order, &version, &shapes);
                let seed = format!("{seed} {}", case.id);
                async move { (*n, one(order, version, shapes, case, *n, &seed).await) }
            });
            let ended: Vec<_> =
                futures_util::stream::iter(running).buffer_unordered(order.jobs.max(1)).collect().await;
            outcomes.extend(ended);
        }
        anyhow::Ok(())
    }
    .await;
    settings.restore().await?;
    ran?;
    let outcomes = cases.into_iter().zip(outcomes.into_values()).collect();
    Ok(Results { version, cases: outcomes })
}

/// The settings that all cases start from, the mailbox included.
///
/// # Errors
/// A value that is none of JSON.
pub fn basis(
    mailbox: Option<&Mailbox>,
    mail_host: &str,
    workspace: &toml::Table,
) -> anyhow::Result<BTreeMap<String, Value>> {
    let host = mailbox.map_or("", |_| mail_host);
    let port = mailbox.map_or(0, |mailbox| i64::from(mailbox.port));
    let mail = toml::Table::from_iter([
        ("mail-host".to_owned(), host.into()),
        ("mail-port".to_owned(), port.into()),
    ]);
    Ok(serde_json::from_value(serde_json::to_value(family::filled(workspace, &mail))?)?)
}

fn skipped(case: &Case, version: &Version, order: &Order) -> Option<&'static str> {
    // A pre-release behaves as its release.
    let release = Version::new(version.major, version.minor, version.patch);
    let about_mails = case.steps.iter().any(|step| step.mails.is_some());
    if !case.versions.matches(&release) {
        Some(OTHER_VERSION)
    } else if about_mails && order.mailbox.is_none() {
        Some(NO_MAILBOX)
    } else {
        None
    }
}

async fn one(
    order: &Order,
    version: &Version,
    shapes: &Shapes,
    case: &Case,
    n: usize,
    seed: &str,
) -> Outcome {
    let (people, address) = (people(case, seed), address(n));
    let (mailbox, began) = (order.mailbox.as_ref(), SystemTime::now());
    let facts = Facts { people: &people, address: &address, mailbox, began };
    let surroundings =
        Surroundings { target: &order.target, database: &order.database, version, shapes, facts };
    let outcome = carry_out(&surroundings, case).await;
    if let Err(error) = clear_away(&order.database, &surroundings.facts, case).await {
        return Outcome::Broken(format!("clearing away: {error:#}"));
    }
    match outcome {
        Ok(faults) if faults.is_empty() => Outcome::Passed,
        Ok(faults) => Outcome::Failed(faults),
        Err(error) => Outcome::Broken(format!("{error:#}")),
    }
}

async fn carry_out(surroundings: &Surroundings<'_>, case: &Case) -> anyhow::Result<Vec<String>> {
    let facts = &surroundings.facts;
    prepare(surroundings.database, facts, case, DateTime::now()).await?;
    let mut faults = Vec::new();
    for (n, step) in case.steps.iter().enumerate() {
        let found = surroundings.carry_out(step).await.with_context(|| format!("request {}", n + 1))?;
        faults.extend(found.into_iter().map(|fault| format!("request {}: {fault}", n + 1)));
    }
    Ok(faults)
}

/// Stores the people of a case, made at that time, and the documents that it needs.
///
/// # Errors
/// MongoDB's, or a case that is written wrongly.
pub async fn prepare(
    database: &Database,
    facts: &Facts<'_>,
    case: &Case,
    now: DateTime,
) -> anyhow::Result<()> {
    for (name, person) in facts.people {
        let update = if name == "user" { case.user.as_ref() } else { case.people.get(name) };
        let update = update.filter(|update| !update.is_empty());
        let update = update.map(|update| values::document(&facts.fill(update)?)).transpose()?;
        person.store(database, now, update).await?;
    }
    for insert in &case.insert {
        let document = values::document(&facts.fill(&insert.document)?)?;
        database.collection(&insert.collection).insert_one(document).await.context("insert")?;
    }
    Ok(())
}

/// The people of a case, the same for the same seed.
pub fn people(case: &Case, seed: &str) -> BTreeMap<String, Person> {
    let names = case.people.keys().map(String::as_str).chain(["user"]);
    names.map(|name| (name.to_owned(), Person::new(&format!("{seed} {name}")))).collect()
}

/// The address that the requests of the case with this number come from.
pub fn address(number: usize) -> String {
    let number = u32::try_from(number).unwrap_or_default();
    std::net::Ipv4Addr::from(FIRST_ADDRESS + 1 + number).to_string()
}

async fn clear_away(database: &Database, facts: &Facts<'_>, case: &Case) -> anyhow::Result<()> {
    let ids: Vec<&str> = facts.people.values().map(|person| person.id.as_str()).collect();
    database.collection::<Document>("users").delete_many(doc! {"_id": {"$in": ids}}).await?;
    for insert in &case.insert {
        let document = values::document(&facts.fill(&insert.document)?)?;
        if let Some(id) = document.get("_id") {
            database.collection::<Document>(&insert.collection).delete_one(doc! {"_id": id}).await?;
        }
    }
    Ok(())
}
