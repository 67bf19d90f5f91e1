//! The form of the profile, and what is shown of a change.

use crate::stage::Stage;
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{Document, doc};

async fn changes_each_field(release: Release) {
    let stage = Stage::set(release).await;
    let settings = stage.database.collection::<Document>("rocketchat_settings");
    let fields = r#"{"team": {"type": "text"}, "floor": {"type": "select", "options": ["1", "2"]}}"#;
    let update = doc! {"$set": {"value": fields}};
    settings.update_one(doc! {"_id": "Accounts_CustomFields"}, update).await.expect("written");
    let browser = stage.browser().await;
    browser.sign_in_as("plain").await;
    browser.is_signed_in_as("plain").await;
    browser.reads("#exchanges summary", "/api/v1/login").await;
    browser.save().await;
    browser.reads("#profile-said", "Nothing was changed").await;
    for (field, path, value) in [
        ("name", "name", "A New Name"),
        ("nickname", "nickname", "Nick"),
        ("bio", "bio", "Writes 'quoted' texts"),
        ("statusText", "statusText", "At lunch"),
        ("statusType", "statusDefault", "busy"),
        // First the choice: one that is not made is refused with every change of custom fields.
        ("custom-floor", "customFields.floor", "2"),
        ("custom-team", "customFields.team", "Docs"),
        ("username", "username", "renamed"),
    ] {
        let selector = format!("#{field}");
        if ["statusType", "custom-floor"].contains(&field) {
            browser.choose(&selector, value).await;
        } else {
            browser.write(&selector, value).await;
        }
        browser.save().await;
        browser.changed(path, &format!("\"{value}\"")).await;
        browser.reads("#profile-said", "Saved.").await;
        assert_eq!(browser.value(&selector).await, value);
        let curl = browser.text("#exchanges details[open] pre").await;
        assert!(curl.starts_with("curl 'http") && curl.contains("users.updateOwnBasicInfo"), "{curl}");
        if field == "bio" {
            assert!(curl.contains(r"'\''quoted'\''"), "{curl}");
            browser.shows(&format!("saved-{release:?}")).await;
        }
    }
    browser.is_signed_in_as("renamed").await;
    let stored = stage.stored("plain").await;
    assert_eq!(stored.get_str("username").ok(), Some("renamed"));
    assert_eq!(stored.get_str("bio").ok(), Some("Writes 'quoted' texts"));
    assert_eq!(stored.get_document("customFields").ok(), Some(&doc! {"floor": "2", "team": "Docs"}));
    browser.write("#username", "totp").await;
    browser.save().await;
    browser.reads("#profile-said", "error-could-not-save-identity").await;
    browser.shows(&format!("refused-{release:?}")).await;
    browser.is_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_is_changed_and_the_change_is_shown() {
    changes_each_field(Six).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_is_changed_as_the_newer_versions_do_it() {
    changes_each_field(Eight).await;
}

/// The line that is shown does what the page did.
#[tokio::test(flavor = "multi_thread")]
async fn the_request_works_when_it_is_pasted() {
    let stage = Stage::set(Six).await;
    let browser = stage.browser().await;
    browser.sign_in_as("plain").await;
    browser.is_signed_in_as("plain").await;
    browser.write("#bio", "It's pasted").await;
    browser.save().await;
    browser.changed("bio", "pasted").await;
    let curl = browser.text("#exchanges details[open] pre").await;
    let update = doc! {"$set": {"bio": "another"}};
    stage.users().update_one(doc! {"_id": &stage.person("plain").id}, update).await.expect("written");
    let run = move || std::process::Command::new("sh").args(["-c", &curl]).output();
    let output = tokio::task::spawn_blocking(run).await.expect("no panic").expect("sh");
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(answer.ends_with(r#""success":true}"#), "{answer}");
    assert_eq!(stage.stored("plain").await.get_str("bio").ok(), Some("It's pasted"));
}
