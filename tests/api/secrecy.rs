//! No secret in any line of the log, whatever the level, and none in a recording.

use crate::support::codes::totp as totp_code;
use crate::support::{Options, Service, TestApp, folder};
use chrono::TimeDelta;
use devstack::smtp::Sink;
use devstack::workspace::BACKUP_CODES;
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{Bson, Document};
use reqwest::Method;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const NEW_PASSWORD: &str = "N3w-and-strong-enough";
const SMTP_PASSWORD: &str = "Smtp-S3cret";

/// Strings that must not be logged.
struct Secrets(Vec<String>);

impl Secrets {
    fn add(&mut self, secret: impl Into<String>) {
        let secret = secret.into();
        assert!(secret.len() >= 6, "too short to be told from other text");
        self.0.push(secret);
    }

    /// Every text that is stored below `services`: hashes, tokens, second-factor secrets.
    fn add_stored(&mut self, value: &Bson) {
        match value {
            Bson::String(text) if text.len() >= 20 && !text.contains('@') => self.add(text),
            Bson::Array(items) => items.iter().for_each(|item| self.add_stored(item)),
            Bson::Document(fields) => fields.values().for_each(|field| self.add_stored(field)),
            _ => {}
        }
    }
}

/// Everything that a user can do with secrets, right and wrong.
async fn use_secrets(app: &TestApp, mailbox: &Sink, secrets: &mut Secrets) {
    let wrong = devstack::workspace::password_digest("not the password");
    for person in app.workspace.people.values() {
        secrets.add(&person.token);
        secrets.0.extend(person.password.clone());
        secrets.0.extend(person.password.as_ref().map(|_| person.password_digest()));
    }
    secrets.add(NEW_PASSWORD);
    secrets.add(wrong.as_str());
    secrets.add(SMTP_PASSWORD);

    let password = app.person("plain").password.clone().expect("a password");
    for password in [password.as_str(), "Wr0ng-password"] {
        secrets.add(password);
        let body = json!({"user": "plain", "password": password});
        let answer = app.request(Method::POST, "/api/v1/login").json(&body).send().await;
        if let Some(token) = answer.json()["data"]["authToken"].as_str() {
            secrets.add(token);
        }
    }

    let sent = |data: Value| json!({"data": data});
    for digest in [wrong.clone(), app.person("plain").password_digest()] {
        let data =
            json!({"email": "new@example.com", "newPassword": NEW_PASSWORD, "currentPassword": digest});
        app.post("plain", &sent(data)).send().await;
    }
    // A body outside the schema, and one that is no JSON, with a password in it.
    app.post("plain", &json!({"data": {"password": NEW_PASSWORD}})).send().await;
    let broken = format!("{{\"newPassword\": \"{NEW_PASSWORD}\"");
    app.signed_in("plain").header("Content-Type", "application/json").body(broken).send().await;

    let change = sent(json!({"newPassword": NEW_PASSWORD}));
    app.post("email2fa", &change).send().await.is_refused_with("totp-required");
    let mail = mailbox.wait_for(|mail| mail.subject == "Authentication code").await;
    let code = mail.text.lines().map(str::trim).find(|line| line.len() == 7).expect("a code").to_owned();
    secrets.add(code.as_str());
    secrets.add(code.replace('-', ""));
    let totp = totp_code(TimeDelta::zero());
    secrets.add(totp.as_str());
    for (handle, method, code) in
        [("email2fa", "email", &code), ("totp", "totp", &totp), ("totp", "totp", &BACKUP_CODES[0].to_owned())]
    {
        let request = app.post(handle, &change).header("x-2fa-method", method);
        request.header("x-2fa-code", code).send().await;
    }
    secrets.0.extend(BACKUP_CODES.map(str::to_owned));

    let enable = app.person("admin");
    let request = app.request(Method::POST, "/api/v1/users.enableTotp").sign_in(&enable.id, &enable.token);
    let enrolment = request.json(&json!({})).send().await.json();
    secrets.add(enrolment["secret"].as_str().expect("a secret"));
}

async fn log_of_everything(release: Release, format: &str, recording: &Path) -> (Vec<String>, Secrets) {
    let mailbox = Sink::start().await;
    let mut app = Options::default().setting("SMTP_Password", SMTP_PASSWORD).start(release).await;
    app.stop().await;
    let mail_url = format!("smtp://127.0.0.1:{}?ignoreTLS=true", mailbox.port());
    let url = app.mongo_url().to_owned();
    let service = Service::start(&[
        ("MONGO_URL", &url),
        ("MAIL_URL", &mail_url),
        ("BIND_IP", "127.0.0.1"),
        ("PORT", "0"),
        ("RC_ACCOUNT_STANDALONE", "true"),
        ("RC_ACCOUNT_RATE_LIMIT", "off"),
        ("RC_ACCOUNT_LOG", "trace"),
        ("RC_ACCOUNT_LOG_FORMAT", format),
        ("RC_ACCOUNT_RECORD", recording.to_str().expect("a path")),
    ]);
    app.base.clone_from(&service.base);

    let mut secrets = Secrets(Vec::new());
    use_secrets(&app, &mailbox, &mut secrets).await;
    mailbox.wait_for(|mail| mail.to == "new@example.com").await;
    let stored: Vec<Document> = app.dump().await.remove("users").expect("users");
    for user in &stored {
        user.get("services").into_iter().for_each(|services| secrets.add_stored(services));
    }
    let log = service.log.lock().expect("the log").clone();
    (log, secrets)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_of_the_log_holds_a_secret_at_any_level() {
    for (release, format, behind_time) in [(Six, "text", ' '), (Eight, "json", ',')] {
        let recording = folder("recordings").join(format);
        let (log, secrets) = log_of_everything(release, format, &recording).await;
        assert!(log.len() > 10, "the log is there: {log:?}");
        assert!(log.iter().any(|line| line.contains("email,password")), "audit events are there, too");
        for line in &log {
            // The time at the beginning of a line may look like a code.
            let text = line.split_once(behind_time).map_or("", |(_, text)| text);
            let found: Vec<_> = secrets.0.iter().filter(|secret| text.contains(secret.as_str())).collect();
            assert!(found.is_empty(), "{release:?}: {found:?} in {line}");
        }
        holds_nothing_of(&recording, secrets);
    }
}

/// Not even addresses, names or texts: whoever may read the file need not be trusted with them.
fn holds_nothing_of(recording: &Path, mut secrets: Secrets) {
    let mode = std::fs::metadata(recording).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    let recorded = std::fs::read_to_string(recording).expect("text");
    secrets.0.extend(["new@example.com", "example.com", "$2b$", "$2a$"].map(str::to_owned));
    for line in recorded.lines() {
        let found: Vec<_> = secrets.0.iter().filter(|secret| line.contains(secret.as_str())).collect();
        assert!(found.is_empty(), "{found:?} in {line}");
    }
    for stand_in in ["${current-password}", "${new-password}", "${code}", "${address:"] {
        assert!(recorded.contains(stand_in), "{stand_in} is not in {recorded}");
    }
}
