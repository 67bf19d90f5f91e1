//! The scripted client: the requests of one user, each with its answer and what it changed.

use std::time::Duration;

use anyhow::Context;
use devstack::smtp::Sink;
use devstack::workspace::{Person, password_digest};
use mongodb::Database;
use mongodb::bson::{DateTime, Document, doc};
use serde_json::{Value, json};

use crate::check::Check;
use crate::record::Secrets;
use crate::{changes, masked, rename, second_factor};

/// The endpoint that the demo is about.
pub const PATH: &str = "/api/v1/users.updateOwnBasicInfo";

/// Within this time a changed setting takes effect.
const SETTING_DELAY: Duration = Duration::from_secs(1);
const CUSTOM_FIELDS: &str = r#"{"twitter":{"type":"text","required":false,"minLength":2,"maxLength":30}}"#;
pub const NEW_PASSWORD: &str = "Another-Secret-2";

pub struct Script<'a> {
    root_url: &'a str,
    pub database: &'a Database,
    pub person: &'a Person,
    /// The login token that requests are made with.
    pub token: String,
    client: reqwest::Client,
    steps: u32,
    pub all_right: bool,
    secrets: Secrets,
}

/// How the script went, and what it leaves.
pub struct Played {
    pub all_right: bool,
    /// A login token that is good now.
    pub token: String,
    pub secrets: Secrets,
}

/// Goes through all steps, also after a wrong one, and tells whether all were right.
pub async fn run(
    root_url: &str,
    database: &Database,
    mailbox: &Sink,
    person: &Person,
) -> anyhow::Result<Played> {
    let (client, token) = (reqwest::Client::new(), person.token.clone());
    let mut script = Script {
        root_url,
        database,
        person,
        token,
        client,
        steps: 0,
        all_right: true,
        secrets: Secrets::default(),
    };

    let body = json!({ "data": {
        "name": "Example User", "bio": "Engineer", "statusType": "busy", "statusText": "In a meeting",
    } });
    script
        .step("Name, bio and status", body, |check| {
            check.succeeds_with(&[
                ("name", "Example User"),
                ("bio", "Engineer"),
                ("statusDefault", "busy"),
                ("statusText", "In a meeting"),
            ]);
        })
        .await?;

    script.define_custom_fields().await?;
    let body = json!({ "data": {}, "customFields": { "twitter": "@example" } });
    script
        .step("Custom fields", body, |check| check.succeeds_with(&[("customFields.twitter", "@example")]))
        .await?;

    let body = json!({ "data": { "name": "A Valid Name", "bio": "x".repeat(261) } });
    script
        .step("A bio that is too long: refused as a whole, the valid name too", body, |check| {
            check.is_refused_with("error-bio-size-exceeded");
        })
        .await?;

    let wrong = password_digest("not the password");
    let body = json!({ "data": { "newPassword": NEW_PASSWORD, "currentPassword": wrong } });
    script
        .step("A new password with a wrong current one", body, |check| check.is_refused_with("totp-invalid"))
        .await?;

    let body =
        json!({ "data": { "newPassword": NEW_PASSWORD, "currentPassword": person.password_digest() } });
    let new_digest = password_digest(NEW_PASSWORD);
    script
        .step("A new password with the right current one: other sessions end", body, |check| {
            check.succeeds_with(&[]);
            check.password_has_become(&new_digest);
            check.only_session_is_that_of(person);
        })
        .await?;

    second_factor::run(&mut script, mailbox).await?;
    rename::run(&mut script).await?;
    let Script { all_right, token, mut secrets, .. } = script;
    person.password.iter().for_each(|password| secrets.add("password", password));
    person.other_tokens.iter().for_each(|token| secrets.add("token", token));
    Ok(Played { all_right, token, secrets })
}

impl Script<'_> {
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
        println!("\n━━ {}. {title}\n\nPOST {path}\n{}", self.steps, masked::json(&body));
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
        let status = answer.status();
        let text = answer.text().await?;
        let answer = serde_json::from_str(&text).unwrap_or(Value::String(text));
        let mut check = Check::new(status, answer, before, self.stored().await?);

        for body in [&body, &check.answer] {
            self.secrets.add_body(body);
        }
        for document in [&check.before, &check.after] {
            self.secrets.add_stored(document)?;
        }
        println!("\n{status}\n{}\n", masked::json(&check.answer));
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

    /// Does what an administrator does in the workspace settings.
    async fn define_custom_fields(&self) -> anyhow::Result<()> {
        println!("\n» the administrator sets Accounts_CustomFields to {CUSTOM_FIELDS}");
        let settings = self.database.collection::<Document>("rocketchat_settings");
        let change = doc! { "$set": { "value": CUSTOM_FIELDS, "_updatedAt": DateTime::now() } };
        settings.update_one(doc! { "_id": "Accounts_CustomFields" }, change).await?;
        println!("» waiting {} s, within which a changed setting takes effect", SETTING_DELAY.as_secs());
        tokio::time::sleep(SETTING_DELAY).await;
        Ok(())
    }
}

/// Requests with valid credentials, for the user to paste after the script.
pub fn print_curl_lines(root_url: &str, person: &Person, token: &str) {
    println!(
        "\n━━ Try it yourself (the user has TOTP now: without a code, the last one is answered by a challenge)\n"
    );
    let bodies = [
        json!({ "data": { "bio": "Written with curl", "nickname": "curly" } }),
        json!({ "data": { "statusType": "away", "statusText": "Back soon" } }),
        json!({ "data": { "newPassword": "Yet-Another-Secret-4" } }),
    ];
    for body in bodies {
        println!(
            "curl -i {root_url}{PATH} \\\n  -H 'X-User-Id: {}' -H 'X-Auth-Token: {}' \\\n  \
             -H 'Content-Type: application/json' -d '{body}'\n",
            person.id, token,
        );
    }
}
