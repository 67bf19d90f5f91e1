//! The cases, as the files below `cases/` say them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, ensure};
use semver::VersionReq;
use serde::Deserialize;
use serde_json::Value;
use toml::Table;

use crate::family;
use crate::shapes::Shapes;

/// Every file of cases, by subject.
const FILES: &[(&str, &str)] = &[
    ("body", include_str!("../cases/body.toml")),
    ("codes-by-email", include_str!("../cases/codes-by-email.toml")),
    ("credentials", include_str!("../cases/credentials.toml")),
    ("custom-fields", include_str!("../cases/custom-fields.toml")),
    ("email", include_str!("../cases/email.toml")),
    ("limits", include_str!("../cases/limits.toml")),
    ("method-call", include_str!("../cases/method-call.toml")),
    ("name", include_str!("../cases/name.toml")),
    ("order", include_str!("../cases/order.toml")),
    ("password", include_str!("../cases/password.toml")),
    ("permissions", include_str!("../cases/permissions.toml")),
    ("rename", include_str!("../cases/rename.toml")),
    ("reply", include_str!("../cases/reply.toml")),
    ("routes", include_str!("../cases/routes.toml")),
    ("second-factor", include_str!("../cases/second-factor.toml")),
    ("status", include_str!("../cases/status.toml")),
    ("texts", include_str!("../cases/texts.toml")),
    ("username", include_str!("../cases/username.toml")),
];
const SHAPES: (&str, &str) = ("shapes", include_str!("../cases/shapes.toml"));
const WORKSPACE: (&str, &str) = ("workspace", include_str!("../cases/workspace.toml"));

/// What of a table belongs to the case; everything else is its first step.
const OF_THE_CASE: [&str; 10] =
    ["id", "says", "versions", "source", "differs", "settings", "user", "people", "insert", "then"];

/// One fact, with what has to be there before and what is asked for.
#[derive(Debug, Clone)]
pub struct Case {
    /// `SUBJECT/NAME`.
    pub id: String,
    /// The fact in a few words.
    pub says: String,
    /// The versions for which it holds.
    pub versions: VersionReq,
    /// Where the fact is written down.
    pub source: String,
    /// Where `rc-account` differs from Rocket.Chat on purpose: a Rocket.Chat fails this case.
    pub differs: Option<String>,
    /// What of the workspace's settings differs from the basis.
    pub settings: BTreeMap<String, Value>,
    /// An update of the user's document.
    pub user: Option<String>,
    /// Further users, by name, with their updates.
    pub people: BTreeMap<String, String>,
    /// Documents that are there before.
    pub insert: Vec<Insert>,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Insert {
    /// The collection.
    #[serde(rename = "in")]
    pub collection: String,
    pub document: String,
}

/// One request, and what has to follow from it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Who sends it: `user`, `nobody`, or one of `people`.
    #[serde(default = "user")]
    pub who: String,
    #[serde(default = "post")]
    pub method: String,
    #[serde(default = "route")]
    pub path: String,
    /// Further headers; an empty text takes one away.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body as it is.
    pub send: Option<String>,
    /// The body's bytes in hex.
    pub send_hex: Option<String>,
    /// The body's `data`; the rest of the body is made around it.
    pub data: Option<String>,
    /// The params of a method call; the message is made around them.
    pub params: Option<String>,
    /// How often it is sent at the same time.
    pub at_once: Option<usize>,
    /// How many of these answers have which status.
    #[serde(default)]
    pub statuses: BTreeMap<String, usize>,

    /// A shape of `shapes.toml`.
    pub answer: Option<toml::Value>,
    pub status: Option<u16>,
    pub body: Option<String>,
    pub text: Option<String>,
    /// Headers of the answer.
    #[serde(default)]
    pub gets: BTreeMap<String, String>,
    /// Of the user in the reply, by dotted path.
    pub replies: Option<String>,
    /// All changes of the user's document, by dotted path; none if it is not given.
    pub stored: Option<String>,
    /// Documents of other collections afterwards.
    #[serde(default)]
    pub found: Vec<Found>,
    /// All mails to this case's addresses; not looked at if it is not given.
    pub mails: Option<Vec<Mail>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// The collection.
    #[serde(rename = "in")]
    pub collection: String,
    /// The filter.
    #[serde(rename = "where")]
    pub filter: String,
    /// A list with an object for each document in the order of `_id`, by dotted path.
    pub is: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    pub to: String,
    pub from: Option<String>,
    pub subject: String,
    /// Stands in the text part.
    pub text: Option<String>,
    /// Stands in the HTML part.
    pub html: Option<String>,
}

fn user() -> String {
    "user".to_owned()
}

fn post() -> String {
    "POST".to_owned()
}

fn route() -> String {
    "/api/v1/users.updateOwnBasicInfo".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Where the facts of the file are written down, unless a case names another place.
    source: String,
    #[serde(default)]
    settings: String,
    case: Vec<Table>,
}

/// Everything that the files say.
#[derive(Debug)]
pub struct Book {
    /// In the order of the files.
    pub cases: Vec<Case>,
    pub shapes: Shapes,
    /// The settings that all cases start from; `%mail-host%` and `%mail-port%` are not filled yet.
    pub workspace: Table,
}

impl Book {
    /// The files that are part of this program, or those of a folder.
    ///
    /// # Errors
    /// What is wrong with a file, and where.
    pub fn open(folder: Option<&Path>) -> anyhow::Result<Book> {
        let files: Vec<(String, String)> = match folder {
            None => {
                let built_in = FILES.iter().chain([&SHAPES, &WORKSPACE]);
                built_in.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
            }
            Some(folder) => files_of(folder).with_context(|| format!("--cases {}", folder.display()))?,
        };
        let text = |name: &str| {
            let found = files.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
            found.with_context(|| format!("there is no {name}.toml"))
        };
        let (shapes, workspace) =
            (Shapes::read(text(SHAPES.0)?)?, text(WORKSPACE.0)?.parse().context("workspace.toml")?);
        let mut cases: Vec<Case> = Vec::new();
        for (subject, text) in files.iter().filter(|(name, _)| name != SHAPES.0 && name != WORKSPACE.0) {
            cases.extend(read(subject, text).with_context(|| format!("cases/{subject}.toml"))?);
        }
        let mut seen = BTreeSet::new();
        for case in &cases {
            ensure!(seen.insert(&case.id), "there are several cases {}", case.id);
        }
        Ok(Book { cases, shapes, workspace })
    }
}

fn files_of(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, std::fs::read_to_string(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

fn read(subject: &str, text: &str) -> anyhow::Result<Vec<Case>> {
    let file: File = toml::from_str(text)?;
    let common = settings(&file.settings)?;
    let mut cases = Vec::new();
    for table in file.case {
        for table in family::expand(table)? {
            let id = table.get("id").and_then(toml::Value::as_str).unwrap_or("without id").to_owned();
            cases.push(one(subject, &file.source, &common, table).with_context(|| id)?);
        }
    }
    Ok(cases)
}

/// A JSON object of settings; an empty text is none.
///
/// # Errors
/// It is no object.
pub fn settings(text: &str) -> anyhow::Result<BTreeMap<String, Value>> {
    if text.is_empty() { Ok(BTreeMap::new()) } else { serde_json::from_str(text).context("settings") }
}

fn one(
    subject: &str,
    source: &str,
    common: &BTreeMap<String, Value>,
    mut table: Table,
) -> anyhow::Result<Case> {
    let mut of_case: Table = OF_THE_CASE.iter().filter_map(|key| table.remove_entry(*key)).collect();
    let mut steps: Vec<Step> = vec![table.try_into().context("the request")?];
    if let Some(then) = of_case.remove("then") {
        steps.extend(then.try_into::<Vec<Step>>().context("then")?);
    }
    let mut text = |key: &str| match of_case.remove(key) {
        None => Ok(None),
        Some(toml::Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(anyhow::anyhow!("{key}: no text")),
    };
    let id = text("id")?.context("no id")?;
    let says = text("says")?.context("no says")?;
    let versions = text("versions")?.unwrap_or_else(|| "*".to_owned());
    let own_source = text("source")?;
    let differs = text("differs")?;
    let user = text("user")?;
    let mut all_settings = common.clone();
    all_settings.extend(settings(&text("settings")?.unwrap_or_default())?);
    ensure!(!says.is_empty() && !id.contains([' ', '%']), "a poor id or says");
    Ok(Case {
        id: format!("{subject}/{id}"),
        says,
        versions: VersionReq::parse(&versions).context("versions")?,
        source: own_source.unwrap_or_else(|| source.to_owned()),
        differs,
        settings: all_settings,
        user,
        people: of_case.remove("people").map_or(Ok(BTreeMap::new()), toml::Value::try_into)?,
        insert: of_case.remove("insert").map_or(Ok(Vec::new()), toml::Value::try_into)?,
        steps,
    })
}

#[cfg(test)]
mod tests;
