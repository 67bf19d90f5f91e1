//! `docs/behaviour/by-version.md`: the same requests at seven versions, side by side. `RC_UPDATE_DOCS=1` writes it anew.

use super::version;
use crate::support::{Answer, Options, ROUTE, TestApp};
use devstack::workspace::Release::Six;
use mongodb::bson::{Bson, Document};
use rc_account::release::Version;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const VERSIONS: [&str; 7] = ["6.4.0", "6.13.0", "7.7.1", "7.10.0", "8.3.0", "8.6.1", "9.0.0"];
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/behaviour/by-version.md");
const BEGINNING: &str = "\
# The same request at seven versions

What `rc-account` answers and stores at 6.4.0, 6.13.0, 7.7.1, 7.10.0, 8.3.0, 8.6.1 and 9.0.0, on the same database. Versions
that do the same share a line. Ids, dates, hashes and tokens are masked. `{…}` stands for the reply, which is shown as a whole
at the end; `settings.profile` and `_updatedAt`, which every success writes, are left out of what is stored.

This file is written by a test: `RC_UPDATE_DOCS=1 cargo test --test api by_version`. Why it changes when it does is in
[versions.md](versions.md).
";

/// One request, and who sends it.
struct Case {
    title: &'static str,
    handle: Option<&'static str>,
    path: &'static str,
    body: String,
}

fn case(title: &'static str, handle: &'static str, body: &str) -> Case {
    Case { title, handle: Some(handle), path: ROUTE, body: body.to_owned() }
}

/// Of the person's digest stands `<digest>` in a body.
fn cases() -> Vec<Case> {
    let method = |title, settings: Value| {
        let message = json!({"msg": "method", "id": "1", "method": "saveUserProfile", "params": [settings]});
        let body = json!({"message": message.to_string()}).to_string();
        Case { title, handle: Some("plain"), path: "/api/v1/method.call/saveUserProfile", body }
    };
    let malformed = r#"'"data" :{"email": "rocket.cat@rocket.chat"}'"#;
    vec![
        case("A bio", "plain", r#"{"data":{"bio":"Engineer"}}"#),
        case("An empty bio and an empty nickname", "plain", r#"{"data":{"bio":"","nickname":""}}"#),
        case("A bio that is null", "plain", r#"{"data":{"bio":null}}"#),
        case("A bio that is too long", "plain", &json!({"data": {"bio": "b".repeat(261)}}).to_string()),
        case("A name with `<`", "plain", r#"{"data":{"name":"a<b"}}"#),
        case("A body that is no JSON", "plain", malformed),
        case("A body that is a number", "plain", "5"),
        case("A number as the bio", "plain", r#"{"data":{"bio":5}}"#),
        case("The whole body in `payload`", "plain", r#"{"payload":"{\"data\":{\"bio\":\"Engineer\"}}"}"#),
        case("A key that there is not", "plain", r#"{"data":{"realname":"x"}}"#),
        Case { handle: None, ..case("Without credentials", "", r#"{"data":{}}"#) },
        case("An address without a second factor", "plain", r#"{"data":{"email":"new@example.com"}}"#),
        case(
            "The same of a user with codes by e-mail",
            "email2fa",
            r#"{"data":{"email":"new@example.com"}}"#,
        ),
        case(
            "The first address of a user, without a second factor",
            "no-email",
            r#"{"data":{"email":"new@example.com"}}"#,
        ),
        case(
            "A new password of a user who has to change it, without a second factor",
            "forced",
            r#"{"data":{"newPassword":"N3w-and-strong-enough"}}"#,
        ),
        case(
            "The same with the present password",
            "forced",
            r#"{"data":{"newPassword":"N3w-and-strong-enough","currentPassword":"<digest>"}}"#,
        ),
        case(
            "A password against the policy",
            "plain",
            r#"{"data":{"newPassword":"weak","currentPassword":"<digest>"}}"#,
        ),
        case(
            "A blocked domain in capitals",
            "plain",
            r#"{"data":{"email":"new@BLOCKED.example","currentPassword":"<digest>"}}"#,
        ),
        case("A status", "plain", r#"{"data":{"statusType":"busy","statusText":"Lunch"}}"#),
        case("Back online", "agent", r#"{"data":{"statusType":"online"}}"#),
        case("Custom fields", "legacy", r#"{"data":{},"customFields":{"note":"n"}}"#),
        case(
            "Only custom fields that are not defined",
            "plain",
            r#"{"data":{},"customFields":{"unknown":1}}"#,
        ),
        case("Custom fields inside `data`", "plain", r#"{"data":{"customFields":{"note":"n"}}}"#),
        method("The method `saveUserProfile`", json!({"bio": "Engineer"})),
        method("The method with a bio that is too long", json!({"bio": "b".repeat(261)})),
    ]
}

/// Sent where the workspace does not let profiles be changed.
fn forbidden() -> Case {
    case("A bio, where profiles cannot be changed", "plain", r#"{"data":{"bio":"Engineer"}}"#)
}

fn options() -> Options {
    Options::default()
        .setting("Accounts_CustomFields", r#"{"note": {"type": "text", "required": false}}"#)
        .setting("Accounts_BlockedDomainsList", "blocked.example")
        .setting("Accounts_UseDefaultBlockedDomainsList", false)
        .setting("Accounts_Password_Policy_Enabled", true)
}

/// The answer and what is stored, as a line of the table.
async fn observe(app: &TestApp, case: &Case) -> String {
    let before = match case.handle {
        Some(handle) => Some((handle, app.stored(handle).await)),
        None => None,
    };
    let mut request = app.request(Method::POST, case.path).header("Content-Type", "application/json");
    let mut body = case.body.clone();
    if let Some(handle) = case.handle {
        let person = app.person(handle);
        request = request.sign_in(&person.id, &person.token);
        if body.contains("<digest>") {
            body = body.replace("<digest>", &person.password_digest());
        }
    }
    let answer = request.body(body).send().await;
    let mut stored = String::new();
    if let Some((handle, before)) = before {
        let after = app.stored(handle).await;
        stored = changes(&before, &after);
        app.put(&before).await;
    }
    format!("{} | {stored}", shown(&answer))
}

fn shown(answer: &Answer) -> String {
    let mut body = answer.json();
    if let Some(user) = body.get_mut("user") {
        *user = json!("…");
    }
    mask(&mut body);
    let body = body.to_string().replace(r#""…""#, "{…}").replace('|', "\\|");
    format!("{} `{body}`", answer.status)
}

/// What has changed, by dotted path.
fn changes(before: &Document, after: &Document) -> String {
    let (before, after) = (flat(before), flat(after));
    let mut lines = Vec::new();
    for (path, value) in &after {
        if before.get(path) != Some(value) {
            lines.push(format!("`{path}: {}`", masked_at(path, value)));
        }
    }
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        lines.push(format!("`{path}` is removed"));
    }
    lines.join("<br>").replace('|', "\\|")
}

fn masked_at(path: &str, value: &Bson) -> String {
    match (value, path.split('.').rev().find_map(masked)) {
        (Bson::DateTime(_), _) => "(date)".to_owned(),
        (_, Some(mask)) => mask.to_owned(),
        _ => value.to_string(),
    }
}

fn flat(document: &Document) -> BTreeMap<String, Bson> {
    let mut values = BTreeMap::new();
    flatten("", &Bson::Document(document.clone()), &mut values);
    values.retain(|path, _| !["_updatedAt", "settings", "settings.profile"].contains(&path.as_str()));
    values
}

fn flatten(path: &str, value: &Bson, values: &mut BTreeMap<String, Bson>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Bson::Document(inner) if !inner.is_empty() => {
            inner.iter().for_each(|(key, value)| flatten(&below(key), value, values));
        }
        Bson::Array(items) if !items.is_empty() => {
            items
                .iter()
                .enumerate()
                .for_each(|(place, item)| flatten(&below(&place.to_string()), item, values));
        }
        _ => {
            values.insert(path.to_owned(), value.clone());
        }
    }
}

/// What stands in the place of the value of this key.
fn masked(key: &str) -> Option<&'static str> {
    match key {
        "_id" | "__rooms" => Some("(id)"),
        "createdAt" | "_updatedAt" | "lastLogin" | "when" | "changedAt" | "twoFactorAuthorizedUntil" => {
            Some("(date)")
        }
        "bcrypt" | "code" | "passwordHistory" | "hashedToken" | "twoFactorAuthorizedHash" => Some("(hash)"),
        "token" | "authToken" => Some("(token)"),
        _ => None,
    }
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (key, value) in members.iter_mut() {
                match masked(key) {
                    Some(mask) if value.is_array() => *value = json!([mask]),
                    Some(mask) => *value = mask.into(),
                    None => mask(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

/// Of what was seen at each version: the equal neighbours, with the versions that they span.
fn spans(seen: &[String]) -> Vec<(String, &str)> {
    let mut spans: Vec<(usize, usize, &str)> = Vec::new();
    for (place, text) in seen.iter().enumerate() {
        match spans.last_mut() {
            Some((_, last, same)) if same == text => *last = place,
            _ => spans.push((place, place, text)),
        }
    }
    let name = |first: usize, last: usize| match first == last {
        true => VERSIONS[first].to_owned(),
        false => format!("{} – {}", VERSIONS[first], VERSIONS[last]),
    };
    spans.into_iter().map(|(first, last, text)| (name(first, last), text)).collect()
}

fn table(head: &str, seen: &[String]) -> String {
    let rule = "|---".repeat(head.matches('|').count() + 2) + "|";
    let lines = spans(seen).into_iter().map(|(versions, text)| format!("| {versions} | {text} |\n"));
    format!("\n| versions | {head} |\n{rule}\n{}", lines.collect::<String>())
}

fn headers(answer: &Answer) -> String {
    let names = ["cache-control", "pragma", "access-control-allow-headers"];
    let shown = names.iter().filter_map(|name| Some(format!("`{name}: {}`", answer.header(name)?)));
    shown.collect::<Vec<_>>().join("<br>")
}

async fn document() -> String {
    let mut app = options().start(Six).await;
    app.stop_clock();
    let cases = cases();
    let mut seen = vec![Vec::new(); cases.len()];
    let (mut refused, mut headers_of, mut replies) = (Vec::new(), vec![Vec::new(); 3], Vec::new());
    for at in VERSIONS {
        app.imitate(at).await;
        app.advance_clock(chrono::TimeDelta::hours(2));
        for (case, seen) in cases.iter().zip(&mut seen) {
            seen.push(observe(&app, case).await);
        }
        let nothing = json!({"data": {}});
        let success = app.post("agent", &nothing).send().await;
        let mut reply = success.json();
        mask(&mut reply);
        replies.push(format!("{reply:#}"));
        let strange = app.request(Method::POST, ROUTE).json(&nothing).send().await;
        for (seen, answer) in
            headers_of.iter_mut().zip([success, app.post("agent", &json!({})).send().await, strange])
        {
            seen.push(headers(&answer));
        }
        app.set("Accounts_AllowUserProfileChange", false).await;
        app.imitate(at).await;
        refused.push(observe(&app, &forbidden()).await);
        app.set("Accounts_AllowUserProfileChange", true).await;
    }

    let mut text = BEGINNING.to_owned();
    for (case, seen) in cases.iter().zip(&seen).chain([(&forbidden(), &refused)]) {
        let sent = if case.body.len() > 250 {
            case.body.replace(&"b".repeat(261), "b…")
        } else {
            case.body.clone()
        };
        text += &format!("\n## {}\n\n`{sent}`\n{}", case.title, table("answer | stored", seen));
    }
    for (title, seen) in ["a success", "a body that breaks the schema", "a 401"].iter().zip(&headers_of) {
        text += &format!("\n## Headers of {title}\n{}", table("headers", seen));
    }
    for (versions, reply) in spans(&replies) {
        text += &format!("\n## The reply, {versions}\n\n```json\n{reply}\n```\n");
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_by_version_says_what_the_service_does() {
    assert!(VERSIONS.is_sorted_by_key(|text| version(text)) && version(VERSIONS[6]) <= Version::NEWEST);
    let document = document().await;
    if std::env::var_os("RC_UPDATE_DOCS").is_some() {
        std::fs::write(FILE, &document).expect("written");
    }
    let stored = std::fs::read_to_string(FILE).unwrap_or_default();
    let differs =
        document.lines().zip(stored.lines().chain(std::iter::repeat(""))).find(|(new, old)| new != old);
    assert!(stored == document, "docs/behaviour/by-version.md is stale, first at {differs:#?}");
}
