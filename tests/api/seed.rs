//! `rc-account seed`: an empty database becomes a workspace in which one can sign in; any other stays as it is.

use crate::support::{Request, Service, mongo, program, run};
use devstack::workspace::{INTRODUCED, TOTP_SECRET, people};
use mongodb::bson::{Document, doc};
use mongodb::{Client, Database};
use serde_json::json;

async fn database(name: &str) -> (String, Database) {
    let url = mongo().await.url(&format!("test_seed_{name}_{}", std::process::id()));
    let client = Client::with_uri_str(&url).await.expect("a client");
    let database = client.default_database().expect("a database");
    database.drop().await.expect("dropped");
    (url, database)
}

fn seed(url: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let ended = run(program(&[&["seed"], arguments].concat(), &[("MONGO_URL", url)]));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (ended.status.code(), text(ended.stdout), text(ended.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_is_introduced_can_sign_in() {
    let (url, database) = database("people").await;
    let (code, said, complaint) = seed(&url, &[]);
    assert_eq!((code, complaint.as_str()), (Some(0), ""));
    assert!(said.contains("is filled with a workspace") && said.contains(TOTP_SECRET), "{said}");
    // Again, as with every start of a stack: nothing is written.
    let count = database.collection::<Document>("users").count_documents(doc! {}).await.expect("counted");
    let (code, again, _) = seed(&url, &[]);
    assert!(code == Some(0) && again.contains("holds that workspace already"), "{again}");
    assert_eq!(database.collection::<Document>("users").count_documents(doc! {}).await.ok(), Some(count));

    let service = Service::on(&url, &[("RC_ACCOUNT_STANDALONE", "true")]);
    let http = devstack::http::client();
    for introduced in INTRODUCED {
        let workspace = people();
        let person = workspace.person(introduced.handle);
        let password = person.password.clone().expect("a password");
        assert!(said.contains(&format!("  {} ", introduced.handle)) && said.contains(&password), "{said}");
        let login = Request::from(http.post(format!("{}/api/v1/login", service.base)));
        let answer =
            login.json(&json!({"user": introduced.handle, "password": password})).send().await.json();
        match introduced.handle {
            "totp" | "email2fa" => assert_eq!(answer["error"], "totp-required", "{answer}"),
            _ => assert_eq!(answer["status"], "success", "{}: {answer}", introduced.handle),
        }
    }
    let workspace = people();
    let bot = workspace.person("bot");
    assert!(said.contains(&bot.other_tokens[0]), "{said}");
    let me = Request::from(http.get(format!("{}/api/v1/me", service.base)));
    assert_eq!(me.sign_in(&bot.id, &bot.other_tokens[0]).send().await.status, 200);
    database.drop().await.expect("dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_holds_anything_is_refused_and_left() {
    let (url, database) = database("full").await;
    database.collection("notes").insert_one(doc! {"_id": 1}).await.expect("written");
    let (code, said, complaint) = seed(&url, &[]);
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert!(complaint.contains("is not empty") && complaint.contains("it holds notes"), "{complaint}");
    assert_eq!(database.list_collection_names().await.expect("names"), ["notes"]);
    database.drop().await.expect("dropped");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_half_filled_is_told_and_a_release_can_be_chosen() {
    let (url, database) = database("half").await;
    let (code, _, complaint) = seed(&url, &["--release", "8"]);
    assert_eq!((code, complaint.as_str()), (Some(0), ""));
    let statistics = database.collection::<Document>("rocketchat_statistics");
    let version = statistics.find_one(doc! {}).await.expect("found").expect("statistics");
    assert_eq!(version.get_str("version").ok(), Some("8.8.1"));
    let marker = database.collection::<Document>("rc_account_seed");
    marker.update_one(doc! {}, doc! {"$set": {"done": false}}).await.expect("updated");
    let (code, _, complaint) = seed(&url, &[]);
    assert!(code == Some(1) && complaint.contains("half filled"), "{complaint}");
    database.drop().await.expect("dropped");
}

#[test]
fn the_readme_says_who_can_sign_in() {
    let readme = std::fs::read_to_string("README.md").expect("the README");
    for introduced in INTRODUCED {
        let password = people().person(introduced.handle).password.clone().expect("a password");
        assert!(
            readme.contains(&format!("\n| `{}` | `{password}` |", introduced.handle)),
            "{}",
            introduced.handle
        );
    }
    assert!(readme.contains(&format!("`{TOTP_SECRET}`")));
}
