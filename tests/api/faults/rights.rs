//! A MongoDB user who may not write, from the beginning or from some moment on.

use super::{Caller, Service, database, eventually};
use crate::support::{Request, program, run};
use devstack::mongo::{Mongo, privilege, read_write};
use mongodb::bson::{Bson, Document, doc};
use serde_json::json;

const DATABASE: &str = "rights";
const NEW_PASSWORD: &str = "N3w-and-strong-enough";

fn read_only() -> Vec<Document> {
    let actions = ["changeStream", "find", "killCursors", "listCollections", "listIndexes"];
    vec![privilege(DATABASE, "", &actions)]
}

/// Every text below `services` that could be used, or guessed from.
fn secrets(value: &Bson, found: &mut Vec<String>) {
    match value {
        Bson::String(text) if text.len() >= 20 && !text.contains('@') => found.push(text.clone()),
        Bson::Array(items) => items.iter().for_each(|item| secrets(item, found)),
        Bson::Document(fields) => fields.values().for_each(|field| secrets(field, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_write_it_does_not_start_and_losing_it_puts_no_secret_into_the_log() {
    let mongo = Mongo::start_with_access_control(&|step| eprintln!("{step}")).await.expect("a MongoDB");
    mongo.create_user("account", read_only()).await.expect("a user");
    let url = mongo.url_as("account", DATABASE);
    let caller = Caller::of(&mongo.url(DATABASE)).await;

    let refused =
        run(program(&["serve"], &[("MONGO_URL", &url), ("PORT", "0"), ("RC_ACCOUNT_LOG", "error")]));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!((refused.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    for text in ["MONGO_URL", "may not write into users", "Unauthorized (13)", "readWrite"] {
        assert!(said.contains(text) && !said.contains("password-of"), "{said}");
    }
    let checked = run(program(&["check"], &[("MONGO_URL", &url), ("PORT", "0")]));
    let report = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.code() == Some(1) && report.contains("may not write into users"), "{report}");

    mongo.set_privileges("account", read_write(DATABASE)).await.expect("granted");
    let service = Service::on(&url, &[("RC_ACCOUNT_LOG", "trace"), ("RC_ACCOUNT_STANDALONE", "true")]);
    caller.succeeds(&service).await;
    mongo.set_privileges("account", read_only()).await.expect("withdrawn");
    let digest = caller.person.password_digest();
    let change = |data: serde_json::Value| {
        let mut data = data;
        data["currentPassword"] = digest.clone().into();
        data
    };
    for data in [
        json!({"bio": "b"}),
        json!({"username": "another.name"}),
        change(json!({"newPassword": NEW_PASSWORD})),
        change(json!({"email": "new@example.com"})),
    ] {
        let (status, body) = caller.sends(&service, &data).await.expect("an answer");
        assert_eq!((status, body.contains("not authorized")), (503, false), "{data}: {body}");
    }
    let password = caller.person.password.clone().expect("a password");
    let login = Request::from(caller.http.post(format!("{}/api/v1/login", service.base)));
    let login = login.json(&json!({"user": "plain", "password": password})).send().await;
    assert!(login.status >= 500, "{}", login.line());
    eventually("logged", async || !service.logged("Unauthorized (13)").is_empty()).await;

    let mut found = vec![caller.person.token.clone(), digest, password, NEW_PASSWORD.to_owned()];
    let users = database(&mongo.url(DATABASE)).await.collection::<Document>("users");
    let user = users.find_one(doc! {"_id": &caller.person.id}).await.expect("find").expect("a user");
    secrets(user.get("services").expect("services"), &mut found);
    assert!(found.len() > 6, "{found:?}");
    let log = service.log.lock().expect("the log").clone();
    for line in &log {
        let told: Vec<_> = found.iter().filter(|secret| line.contains(secret.as_str())).collect();
        // A new hash is in no document, since it could not be written.
        assert!(told.is_empty() && !line.contains("$2b$") && !line.contains("$2a$"), "{told:?} in {line}");
    }
    service.kill();
    mongo.stop().await.expect("stopped");
}
