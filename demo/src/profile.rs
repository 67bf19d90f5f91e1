//! The chapter of names, texts and the password.

use std::time::Duration;

use devstack::workspace::password_digest;
use mongodb::bson::{DateTime, Document, doc};
use serde_json::json;

use crate::script::Script;

/// Within this time a changed setting takes effect.
const SETTING_DELAY: Duration = Duration::from_secs(1);
const CUSTOM_FIELDS: &str = r#"{"twitter":{"type":"text","required":false,"minLength":2,"maxLength":30}}"#;
const NEW_PASSWORD: &str = "Another-Secret-2";

pub async fn run(script: &mut Script<'_>) -> anyhow::Result<()> {
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

    define_custom_fields(script).await?;
    let body = json!({ "data": {}, "customFields": { "twitter": "@example" } });
    script
        .step("Custom fields", body, |check| check.succeeds_with(&[("customFields.twitter", "@example")]))
        .await?;

    let body = json!({ "data": { "name": "A Valid Name", "bio": "x".repeat(261) } });
    script
        .step("A bio that is too long: refused as a whole, the valid name too", body, |check| {
            check.is_refused_with("error-bio-size-exceeded");
        })
        .await
}

/// Returns the password that the user has afterwards.
pub async fn new_password(script: &mut Script<'_>) -> anyhow::Result<&'static str> {
    let wrong = password_digest("not the password");
    let body = json!({ "data": { "newPassword": NEW_PASSWORD, "currentPassword": wrong } });
    script
        .step("A new password with a wrong current one", body, |check| check.is_refused_with("totp-invalid"))
        .await?;

    let person = script.person;
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
    Ok(NEW_PASSWORD)
}

/// Does what an administrator does in the workspace settings.
async fn define_custom_fields(script: &Script<'_>) -> anyhow::Result<()> {
    println!("\n» the administrator sets Accounts_CustomFields to {CUSTOM_FIELDS}");
    let settings = script.database.collection::<Document>("rocketchat_settings");
    let change = doc! { "$set": { "value": CUSTOM_FIELDS, "_updatedAt": DateTime::now() } };
    settings.update_one(doc! { "_id": "Accounts_CustomFields" }, change).await?;
    println!("» waiting {} s, within which a changed setting takes effect", SETTING_DELAY.as_secs());
    tokio::time::sleep(SETTING_DELAY).await;
    Ok(())
}
