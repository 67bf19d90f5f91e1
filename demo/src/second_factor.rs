//! The chapters of signing in, codes by e-mail and TOTP. Mails go to a real SMTP server of the devstack.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use devstack::smtp::Sink;
use devstack::workspace::password_digest;
use serde_json::json;
use totp_rs::{Builder, Secret};

use crate::script::{PATH, Script};

const LAST_PASSWORD: &str = "Yet-Another-Secret-3";
const NEW_ADDRESS: &str = "new.address@example.com";
/// A TOTP code is good for this long.
const STEP: Duration = Duration::from_secs(30);

/// From here on, requests are made in the new session.
pub async fn sign_in(script: &mut Script<'_>, password: &str) -> anyhow::Result<()> {
    let body = json!({ "user": script.person.username, "password": password });
    let title = "Signing in with the new password (stand-alone)";
    let login = script.step_at("/api/v1/login", title, &[], body, |check| check.is_ok()).await?;
    let token = login["data"]["authToken"].as_str().context("the login gives no token")?;
    script.token = token.to_owned();
    Ok(())
}

pub async fn codes_by_email(script: &mut Script<'_>, mailbox: &Sink) -> anyhow::Result<()> {
    let path = "/api/v1/users.2fa.enableEmail";
    script.step_at(path, "Codes by e-mail are turned on", &[], json!({}), |check| check.is_ok()).await?;

    let body = json!({ "data": { "newPassword": LAST_PASSWORD } });
    let title = "A new password now needs a code, which is mailed";
    script.step_at(PATH, title, &[], body.clone(), |check| check.is_challenged_by("email")).await?;
    let mail = mailbox.wait_for(|mail| mail.subject == "Authentication code").await;
    println!("\n✉ {} → {}: {}", mail.from, mail.to, mail.subject);
    let code = mail.text.lines().find(|line| is_code(line)).context("the mail shows no code")?.trim();

    let headers = [("x-2fa-method", "email"), ("x-2fa-code", code)];
    let digest = password_digest(LAST_PASSWORD);
    let title = "The same with the code from the mailbox";
    script
        .step_at(PATH, title, &headers, body, |check| {
            check.succeeds_with(&[]);
            check.password_has_become(&digest);
        })
        .await?;
    Ok(())
}

pub async fn totp(script: &mut Script<'_>, mailbox: &Sink) -> anyhow::Result<()> {
    let path = "/api/v1/users.enableTotp";
    let enrolment = script.step_at(path, "TOTP: a new secret", &[], json!({}), |check| check.is_ok()).await?;
    let secret = enrolment["secret"].as_str().context("there is no secret")?;

    let body = json!({ "code": totp_code(secret, Duration::ZERO)? });
    let path = "/api/v1/users.validateTotp";
    script.step_at(path, "TOTP: the first code proves the secret", &[], body, |check| check.is_ok()).await?;

    // The code of this step is spent; the next one is already good.
    let code = totp_code(secret, STEP)?;
    let headers = [("x-2fa-method", "totp"), ("x-2fa-code", code.as_str())];
    let body = json!({ "data": { "email": NEW_ADDRESS } });
    let title = "A new e-mail address, confirmed by a computed code";
    script.step_at(PATH, title, &headers, body, |check| check.is_ok()).await?;
    let old_address = script.person.email.as_deref().context("the user has an address")?;
    for address in [old_address, NEW_ADDRESS] {
        let mail = mailbox.wait_for(|mail| mail.to == address && mail.subject != "Authentication code").await;
        println!("✉ {} → {}: {}", mail.from, mail.to, mail.subject);
    }
    Ok(())
}

/// `123-456`, alone in its line.
fn is_code(line: &str) -> bool {
    let line = line.trim();
    line.len() == 7 && line.split('-').all(|part| part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()))
}

fn totp_code(secret: &str, ahead: Duration) -> anyhow::Result<String> {
    let secret = Secret::try_from_base32(secret).ok().context("the secret is not base32")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)? + ahead;
    Ok(Builder::new().with_secret(secret).build_noncompliant().generate(now.as_secs()).to_string())
}
