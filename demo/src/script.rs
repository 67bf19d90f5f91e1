//! The scripted client: makes one user's requests, and shows each with its answer and what it changed.

use anyhow::Context;
use devstack::workspace::Person;
use mongodb::Database;
use mongodb::bson::{Document, doc};
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::check::Check;
use crate::record::Secrets;
use crate::{changes, masked};

/// The endpoint that the demo is about.
pub const PATH: &str = "/api/v1/users.updateOwnBasicInfo";
/// The beginning of the names of response headers that are shown.
const SHOWN: [&str; 2] = ["content-type", "x-ratelimit-"];

pub struct Script<'a> {
    root_url: &'a str,
    pub database: &'a Database,
    pub person: &'a Person,
    /// The login token that requests are made with.
    pub token: String,
    client: reqwest::Client,
    verbose: bool,
    steps: u32,
    pub all_right: bool,
    secrets: Secrets,
}

impl<'a> Script<'a> {
    pub fn new(root_url: &'a str, database: &'a Database, person: &'a Person, verbose: bool) -> Self {
        let (client, token) = (devstack::http::client(), person.token.clone());
        let mut secrets = Secrets::default();
        person.password.iter().for_each(|password| secrets.add("password", password));
        person.other_tokens.iter().for_each(|token| secrets.add("token", token));
        Self { root_url, database, person, token, client, verbose, steps: 0, all_right: true, secrets }
    }

    /// How many there were so far.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    pub fn into_secrets(self) -> Secrets {
        self.secrets
    }

    pub async fn step(
        &mut self,
        title: &str,
        body: Value,
        expect: impl FnOnce(&mut Check),
    ) -> anyhow::Result<()> {
        self.step_at(PATH, title, &[], body, expect).await.map(drop)
    }

    /// A step on any route, with further headers; returns the answer.
    pub async fn step_at(
        &mut self,
        path: &str,
        title: &str,
        headers: &[(&'static str, &str)],
        body: Value,
        expect: impl FnOnce(&mut Check),
    ) -> anyhow::Result<Value> {
        self.steps += 1;
        println!("\n━━ {}. {title}\n\nPOST {path}", self.steps);
        for (name, value) in headers {
            println!("{name}: {}", masked::header(name, value));
        }
        println!("{}", masked::json(&body));
        let before = self.stored().await?;
        let request = self
            .client
            .post(format!("{}{path}", self.root_url))
            .header("X-User-Id", &self.person.id)
            .header("X-Auth-Token", &self.token);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.secrets.add("token", &self.token);
        headers.iter().for_each(|(name, value)| self.secrets.add(name, value));
        let answer = request.json(&body).send().await.context("the service does not answer")?;
        let (status, answered) = (answer.status(), answer.headers().clone());
        let text = answer.text().await?;
        let answer = serde_json::from_str(&text).unwrap_or(Value::String(text));
        let mut check = Check::new(status, answer, before, self.stored().await?);

        for body in [&body, &check.answer] {
            self.secrets.add_body(body);
        }
        for document in [&check.before, &check.after] {
            self.secrets.add_stored(document)?;
        }
        println!("\n{status}");
        print_headers(&answered);
        println!(
            "{}\n",
            masked::json(&if self.verbose { check.answer.clone() } else { in_short(&check.answer) })
        );
        match changes::between(&check.before, &check.after).as_slice() {
            [] => println!("Nothing changed in the stored document."),
            lines => println!("Changed in the stored document:\n{}", lines.join("\n")),
        }
        expect(&mut check);
        let answer = check.answer.clone();
        let faults = check.into_faults();
        if faults.is_empty() {
            println!("✔ as expected");
        }
        for fault in &faults {
            println!("✘ {fault}");
        }
        self.all_right &= faults.is_empty();
        Ok(answer)
    }

    async fn stored(&self) -> anyhow::Result<Document> {
        let users = self.database.collection("users");
        users.find_one(doc! { "_id": &self.person.id }).await?.context("the user is gone")
    }
}

fn print_headers(headers: &HeaderMap) {
    let shown = headers.iter().filter(|(name, _)| SHOWN.iter().any(|shown| name.as_str().starts_with(shown)));
    for (name, value) in shown {
        println!("{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
}

/// An answer repeats the whole user; what matters of that is shown as what changed in the stored document.
fn in_short(answer: &Value) -> Value {
    let mut answer = answer.clone();
    if let Some(Value::Object(user)) = answer.get("user") {
        answer["user"] = format!("… {} fields", user.len()).into();
    }
    answer
}
