//! Requests that `rc-account` has recorded (`RC_ACCOUNT_RECORD`; docs/OPERATIONS.md section 7): one JSON object in each line, with
//! stand-ins for whatever was secret or personal.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use mongodb::Database;
use mongodb::bson::{DateTime, Document, doc};
use semver::VersionReq;
use serde::Deserialize;
use serde_json::{Value, json};

use super::play::{Play, Plays};
use crate::case::{Case, Step};
use crate::person::{self, Person};
use crate::run;

/// Limits go by the clock, and mails go to the comparer; all else is as the workspace has it.
const SETTINGS: &str = r#"
API_Enable_Rate_Limiter = false
DDP_Rate_Limit_User_By_Method_Enabled = false
SMTP_Protocol = "smtp"
SMTP_Host = "%mail-host%"
SMTP_Port = "%mail-port%"
SMTP_IgnoreTLS = true
SMTP_Pool = false
SMTP_Username = ""
SMTP_Password = ""
"#;
const NOBODY: &str = "the user is not in the database";
/// What stands for what was not recorded. A code is wrong on all sides.
const CODE: &str = "000000";
const NEW_PASSWORD: &str = "New-Passw0rd-of-a-recording";

#[derive(Debug, Deserialize)]
struct Line {
    user: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Value,
}

/// Each user's requests as one case, in the order in which they came.
///
/// # Errors
/// The file cannot be read.
pub async fn plays(file: &Path, database: &Database) -> anyhow::Result<Plays> {
    let text = std::fs::read_to_string(file).with_context(|| format!("--recorded {}", file.display()))?;
    let mut users: Vec<(String, Vec<Step>)> = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let (user, step) = step(line).with_context(|| format!("--recorded, line {}", n + 1))?;
        match users.iter_mut().find(|(known, _)| *known == user) {
            Some((_, steps)) => steps.push(step),
            None => users.push((user, vec![step])),
        }
    }
    let (mut all, mut left_out) = (Vec::new(), Vec::new());
    for (id, steps) in users {
        let found = database.collection::<Document>("users").find_one(doc! {"_id": &id}).await?;
        let Some(user) = found else {
            left_out.push((format!("user/{id}"), NOBODY));
            continue;
        };
        let mut person = Person::new(&format!("recorded {id}"));
        person.username = user.get_str("username").unwrap_or(&id).to_owned();
        let case = Case {
            id: format!("user/{id}"),
            says: "What a user was recorded to send".to_owned(),
            versions: VersionReq::STAR,
            source: String::new(),
            differs: None,
            settings: BTreeMap::new(),
            user: None,
            people: BTreeMap::new(),
            insert: Vec::new(),
            steps,
        };
        let people = BTreeMap::from([("user".to_owned(), Person { id, ..person })]);
        let address = run::address(all.len());
        all.push(Play { case, people, address, is_recorded: true });
    }
    Ok(Plays { all, workspace: SETTINGS.parse()?, left_out })
}

fn step(line: &str) -> anyhow::Result<(String, Step)> {
    let Line { user, headers, body } = serde_json::from_str(line)?;
    let headers: BTreeMap<_, _> = headers.into_iter().map(|(name, value)| (name, filled(&value))).collect();
    let send = body_filled(body).to_string();
    Ok((user, serde_json::from_value(json!({"send": send, "headers": headers}))?))
}

fn body_filled(value: Value) -> Value {
    match value {
        Value::String(text) => filled(&text).into(),
        Value::Array(items) => items.into_iter().map(body_filled).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key, body_filled(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other,
    }
}

/// A recording holds `$` in stand-ins alone.
fn filled(text: &str) -> String {
    let inside = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    match inside {
        Some("current-password") => "${digest}".to_owned(),
        Some("new-password") => NEW_PASSWORD.to_owned(),
        Some("code") => CODE.to_owned(),
        Some(other) => match other.strip_prefix("address:") {
            Some(number) => format!("recorded-{number}@example.com"),
            None => text.replace('$', ""),
        },
        None => text.replace('$', ""),
    }
}

/// Gives a user of the database a session, and the password where there is one.
///
/// # Errors
/// MongoDB's.
pub async fn prepare(database: &Database, person: &Person, now: DateTime) -> anyhow::Result<()> {
    let users = database.collection::<Document>("users");
    let session = doc! {"when": now, "hashedToken": person::hashed_token(&person.token)};
    let push = doc! {"$push": {"services.resume.loginTokens": session}};
    users.update_one(doc! {"_id": &person.id}, push).await.context("a session")?;
    let has_password = doc! {"_id": &person.id, "services.password.bcrypt": {"$exists": true}};
    let hash = person::hash(&person::digest(&person.password))?;
    let set = doc! {"$set": {"services.password.bcrypt": hash}};
    users.update_one(has_password, set).await.context("a password")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_filled_alike_on_all_sides() {
        let line = r#"{"user":"u","headers":{"x-2fa-code":"${current-password}"},"body":{"data":{"email":"${address:7}","newPassword":"${new-password}","bio":"a $ b"}}}"#;
        let (user, step) = step(line).unwrap();
        assert_eq!((user.as_str(), step.headers["x-2fa-code"].as_str()), ("u", "${digest}"));
        let expected = format!(
            r#"{{"data":{{"email":"recorded-7@example.com","newPassword":"{NEW_PASSWORD}","bio":"a  b"}}}}"#
        );
        assert_eq!(step.send.as_deref(), Some(expected.as_str()));
        assert!(super::step(r#"{"body":{}}"#).is_err());
    }
}
