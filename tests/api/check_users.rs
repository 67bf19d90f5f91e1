//! `rc-account check`: grown documents, duplicates in letter case, and fields of a wrong type.

use crate::support::{Options, arguments, check, check_with, resting};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, bson, doc};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn many_sessions_are_a_warning_and_a_document_near_the_limit_an_error() {
    let app = resting(Options::default(), Eight).await;
    let checked = check(&app);
    let defect =
        checked.has("login-tokens", "warning", "more than 50 sessions: 1 user, such as many-tokens (3001)");
    assert_eq!(defect["details"]["largest"][0]["username"], "many-tokens");
    // Personal access tokens are not counted, other than sessions.
    let environment = [("MONGO_URL", app.mongo_url()), ("MAX_RESUME_LOGIN_TOKENS", "1")];
    let few = check_with(&environment);
    let named = few.defect("login-tokens")["message"].as_str().expect("a message").to_owned();
    assert!(named.contains("agent (3)") && !named.contains("pat ("), "{named}");

    // What is no list counts as none.
    let tokens = doc! {"$set": {"services.resume.loginTokens": "none"}};
    app.users().update_one(doc! {"username": "many-tokens"}, tokens).await.expect("written");
    check(&app).is_ok("login-tokens", "no user has more than 50 sessions");
    // Inserted: to change one of that size is more than the small cache of the tests' MongoDB always holds.
    let heavy = doc! {"_id": "heavy", "username": "heavy", "services": {"more": "x".repeat(13_000_000)}};
    app.users().insert_one(heavy).await.expect("written");
    check(&app).has("login-tokens", "error", "heavy's document has 13");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_shown_ends_all_sessions_and_no_personal_access_token() {
    let app = resting(Options::default(), Eight).await;
    let access = doc! {"hashedToken": "kept", "type": "personalAccessToken", "name": "bot"};
    let tokens = vec![doc! {"hashedToken": "ended"}, access.clone()];
    let services = doc! {"resume": {"loginTokens": tokens}, "more": "x".repeat(13_000_000)};
    let heavy = doc! {"_id": "heavy", "username": "heavy", "services": services};
    app.users().insert_one(heavy).await.expect("written");
    let checked = check(&app);
    let remedy = checked.defect("login-tokens")["remedy"].as_str().expect("a remedy");
    let update = arguments(remedy, "updateOne").remove(0);
    app.users().update_one(update[0].clone(), update[1].clone()).await.expect("updated");
    let left = app.users().find_one(doc! {"_id": "heavy"}).projection(doc! {"services.resume": 1}).await;
    let resume = doc! {"resume": {"loginTokens": [access]}};
    assert_eq!(left.expect("found"), Some(doc! {"_id": "heavy", "services": resume}));
}

#[tokio::test(flavor = "multi_thread")]
async fn usernames_and_addresses_in_different_letter_case_are_warnings() {
    let twin = |field: &str, value: Bson| Options::default().user("oauth", doc! {"$set": {field: value}});
    let app = resting(twin("username", "PLAIN".into()), Six).await;
    let (plain, oauth) = (app.person("plain").id.clone(), app.person("oauth").id.clone());
    let checked = check(&app);
    // The new username has not reached the rooms, either.
    checked.defect("renames");
    let defect = checked.defect("twins");
    assert_eq!((&defect["level"], &defect["details"]["of"]), (&json!("warning"), &json!("username")));
    assert_eq!(defect["details"]["values"], json!(["PLAIN", "plain"]));
    assert_eq!(defect["details"]["userIds"], json!([oauth, plain]));

    let emails = Bson::from(vec![
        doc! {"address": "own@example.com"},
        doc! {"address": "OWN@example.com"},
        doc! {"address": "Plain@Example.com"},
    ]);
    let app = resting(twin("emails", emails), Eight).await;
    let checked = check(&app);
    let defect = checked.has("twins", "warning", "Plain@Example.com, plain@example.com of users");
    assert_eq!(defect["details"]["of"], "e-mail address");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_a_wrong_type_are_warnings_with_their_users() {
    let app = resting(Options::default(), Six).await;
    let checked = check(&app);
    let custom_fields = "customFields is no document: 1 user, such as null-custom-fields";
    let defect = checked.has("documents", "warning", custom_fields);
    assert_eq!(defect["details"]["some"], json!(["null-custom-fields"]));
    let remedy = defect["remedy"].as_str().expect("a remedy");
    let update = arguments(remedy, "updateMany").remove(0);
    app.users().update_many(update[0].clone(), update[1].clone()).await.expect("updated");
    check(&app).is_ok("documents", "are of the types that Rocket.Chat gives them");

    let plain = doc! {"_id": &app.person("plain").id};
    let ordinary = app.stored("plain").await;
    for (path, value, said) in [
        ("settings", Bson::Null, "settings is no document"),
        ("settings", bson!([{"profile": {}}]), "settings is no document"),
        ("settings.preferences", bson!("x"), "settings.preferences is no document"),
        ("services", bson!([]), "services is no document"),
        ("services.password", bson!("x"), "services.password is no document"),
        ("services.password.bcrypt", bson!(["x"]), "services.password.bcrypt is no text"),
        ("services.resume.loginTokens", Bson::Null, "services.resume.loginTokens is no list of documents"),
        ("services.totp.hashedBackup", bson!([5]), "services.totp.hashedBackup is no list of texts"),
        ("emails", bson!({}), "emails is no list of addresses"),
        ("emails", bson!(["text"]), "emails is no list of addresses"),
        ("emails", bson!([{"address": null}]), "emails is no list of addresses"),
        ("name", bson!(["Jane Doe"]), "name is no text"),
        ("bio", bson!(5), "bio is no text"),
        ("_updatedAt", bson!("2020"), "_updatedAt is no date"),
        ("username", bson!(5), "username is no text: 1 user, such as z577RyCswnzMJiFi4"),
    ] {
        app.users().update_one(plain.clone(), doc! {"$set": {path: &value}}).await.expect("written");
        let checked = check(&app);
        let defect = checked.defect("documents");
        let message = defect["message"].as_str().expect("a message");
        assert!(message.starts_with(said), "{path}: {value}: {message}");
        let named = json!([if path == "username" { app.person("plain").id.as_str() } else { "plain" }]);
        assert_eq!((&defect["level"], &defect["details"]["some"]), (&json!("warning"), &named), "{path}");
        app.put(&ordinary).await;
    }
    // What is right, or missing, or null where Rocket.Chat has null, is no finding.
    let right = doc! {"$set": {"bio": Bson::Null, "emails": [], "services.passwordHistory": []}};
    app.users().update_one(plain, right).await.expect("written");
    check(&app).is_ok("documents", "are of the types");
}

#[tokio::test(flavor = "multi_thread")]
async fn hashes_that_are_not_compared_are_warnings() {
    let app = resting(Options::default(), Eight).await;
    check(&app).is_ok("passwords", "no user has a hash that cannot be compared");
    // One of cost 14 is still compared.
    let rest = "n1.FV8S2mxz7GzXA392V5OaDa5X0WR1DQ4eGGFKI/wpdhS9sVIC6S";
    let costly = [("plain", format!("$2b$15${rest}")), ("agent", format!("$2a$14${rest}"))];
    for (username, hash) in costly {
        let set = doc! {"$set": {"services.password.bcrypt": hash}};
        app.users().update_one(doc! {"username": username}, set).await.expect("written");
    }
    check(&app).has("passwords", "warning", "cost above 14, which is not compared: 1 user, such as plain");
    let replaced =
        doc! {"$set": {"services.password": {"argon2": "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"}}};
    app.users().update_one(doc! {"username": "plain"}, replaced).await.expect("written");
    check(&app).has("passwords", "warning", "does not read: 1 user, such as plain");
}
