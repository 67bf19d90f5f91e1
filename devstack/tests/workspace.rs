//! What must hold of a seeded workspace: Rocket.Chat's indexes, its BSON types, and credentials that fit.

use std::collections::BTreeSet;

use devstack::mongo::Mongo;
use devstack::workspace::{Release, Workspace, seed};
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::{ErrorKind, WriteFailure};
use mongodb::{Client, Database};
use tokio::sync::OnceCell;

static MONGO: OnceCell<Mongo> = OnceCell::const_new();

async fn seeded(name: &str, release: Release) -> (Database, Workspace) {
    let mongo = MONGO.get_or_init(async || Mongo::start(&|_| ()).await.unwrap()).await;
    let name = format!("devstack_{name}_{}", std::process::id());
    let client = Client::with_uri_str(mongo.url(&name)).await.unwrap();
    let database = client.default_database().unwrap();
    let workspace = seed(&database, release).await.unwrap();
    (database, workspace)
}

async fn user(database: &Database, workspace: &Workspace, handle: &str) -> Document {
    let id = &workspace.person(handle).id;
    database.collection("users").find_one(doc! { "_id": id }).await.unwrap().unwrap()
}

#[tokio::test]
async fn release_six() {
    let (database, workspace) = seeded("six", Release::Six).await;

    refuses_duplicates(&database, &workspace).await;
    keeps_bson_types(&database, &workspace).await;
    hashes_fit(&database, &workspace).await;

    let names = index_names(&database).await;
    assert!(!names.contains("username_insensitive") && !names.contains("statusExpiresAt_1"), "{names:?}");
    assert_eq!(setting(&database, "Accounts_Password_Policy_MinLength").await, Some(Bson::Int32(7)));
    // Since 6.5.1, 6.5.1 and 6.13.0.
    for (id, value) in [
        ("Block_Multiple_Failed_Logins_Enabled", Bson::Boolean(true)),
        ("Accounts_TwoFactorAuthentication_Max_Invalid_Email_Code_Attempts", Bson::Int32(5)),
        ("Accounts_twoFactorAuthentication_email_available_for_OAuth_users", Bson::Boolean(true)),
    ] {
        assert_eq!(setting(&database, id).await, Some(value), "{id}");
    }
    assert_eq!(version(&database).await, "6.13.0");
    database.drop().await.unwrap();
}

#[tokio::test]
async fn release_eight() {
    let (database, workspace) = seeded("eight", Release::Eight).await;

    refuses_duplicates(&database, &workspace).await;
    let names = index_names(&database).await;
    for name in ["username_insensitive", "emails.address_insensitive", "statusExpiresAt_1"] {
        assert!(names.contains(name), "{name} is not among {names:?}");
    }
    assert_eq!(setting(&database, "Accounts_Password_Policy_Enabled").await, Some(Bson::Boolean(true)));
    assert_eq!(version(&database).await, "8.8.1");
    let agent = user(&database, &workspace, "agent").await;
    assert!(agent.get_datetime("statusExpiresAt").is_ok());
    database.drop().await.unwrap();
}

/// What Meteor declares unique is unique.
async fn refuses_duplicates(database: &Database, workspace: &Workspace) {
    let users = database.collection::<Document>("users");
    let admin = doc! { "_id": &workspace.person("admin").id };
    let plain = user(database, workspace, "plain").await;
    let tokens = plain.get_document("services").unwrap().get_document("resume").unwrap().clone();
    for taken in [
        doc! { "username": "plain" },
        doc! { "emails": plain.get("emails") },
        doc! { "services.resume": tokens },
    ] {
        let error = users.update_one(admin.clone(), doc! { "$set": taken }).await.unwrap_err();
        let ErrorKind::Write(WriteFailure::WriteError(error)) = *error.kind else { panic!("{error}") };
        assert_eq!(error.code, 11000);
    }
}

async fn keeps_bson_types(database: &Database, workspace: &Workspace) {
    let agent = user(database, workspace, "agent").await;
    assert!(matches!(agent.get("_id"), Some(Bson::String(_))));
    assert!(matches!(agent.get("createdAt"), Some(Bson::DateTime(_))));
    assert_eq!(agent.get("livechatCount"), Some(&Bson::Int32(8)));
    let legacy = user(database, workspace, "legacy").await;
    assert_eq!(legacy.get("utcOffset"), Some(&Bson::Double(5.5)));
    assert!(matches!(legacy.get("phone"), Some(Bson::Array(_))));
    assert_eq!(user(database, workspace, "null-custom-fields").await.get("customFields"), Some(&Bson::Null));
    assert!(!user(database, workspace, "no-username").await.contains_key("username"));
}

/// The plain text that a person is given signs in with what is stored.
async fn hashes_fit(database: &Database, workspace: &Workspace) {
    for handle in ["plain", "legacy"] {
        let stored = user(database, workspace, handle).await;
        let services = stored.get_document("services").unwrap();
        let hash = services.get_document("password").unwrap().get_str("bcrypt").unwrap();
        assert!(bcrypt::verify(workspace.person(handle).password_digest(), hash).unwrap(), "{handle}");
    }
    let many = user(database, workspace, "many-tokens").await;
    let resume = many.get_document("services").unwrap().get_document("resume").unwrap();
    assert_eq!(resume.get_array("loginTokens").unwrap().len(), 3001);
}

async fn index_names(database: &Database) -> BTreeSet<String> {
    database.collection::<Document>("users").list_index_names().await.unwrap().into_iter().collect()
}

async fn setting(database: &Database, id: &str) -> Option<Bson> {
    let found =
        database.collection::<Document>("rocketchat_settings").find_one(doc! { "_id": id }).await.unwrap();
    found.map(|document| document.get("value").cloned().unwrap())
}

async fn version(database: &Database) -> String {
    let statistics = database.collection::<Document>("rocketchat_statistics");
    let newest = statistics.find_one(doc! {}).sort(doc! { "createdAt": -1 }).await.unwrap().unwrap();
    newest.get_str("version").unwrap().to_owned()
}
