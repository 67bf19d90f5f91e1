//! As whom to connect.

use super::{PATIENCE, both_say, is_taken};
use devstack::mongo::Mongo;
use mongodb::Client;
use mongodb::bson::doc;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

#[tokio::test(flavor = "multi_thread")]
async fn users_with_any_characters_sign_in_and_others_are_told_what_is_wrong() {
    let mongo = Mongo::start_with_access_control(&|step| eprintln!("{step}")).await.expect("a MongoDB");
    let (user, password) = ("user@home:/?#[]%", "p@ss:/?#[]%&+=, ü€$\"'\\");
    let client = Client::with_uri_str(mongo.url("admin")).await.expect("a client");
    for (database, name) in [("admin", user), ("rocketchat", "local+user")] {
        let role = doc! {"role": "readWrite", "db": "rocketchat"};
        let command = doc! {"createUser": name, "pwd": password, "roles": [role]};
        client.database(database).run_command(command).await.expect("a user");
    }
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let (place, rest) = (mongo.place(), format!("rocketchat?replicaSet=rs0&{PATIENCE}"));
    let url = |login: &str, more: &str| format!("mongodb://{login}{place}/{rest}{more}");
    let as_user = format!("{}:{}@", encoded(user), encoded(password));
    is_taken(&[("MONGO_URL", &url(&as_user, "&authSource=admin"))]);
    is_taken(&[("MONGO_URL", &url(&as_user, "&AUTHSOURCE=admin&authMechanism=scram-sha-256"))]);
    is_taken(&[("MONGO_URL", &url(&as_user, "&authSource=admin&authMechanism=SCRAM-SHA-1"))]);
    // Without authSource a user is one of the workspace's database; characters that need no escape need none.
    is_taken(&[("MONGO_URL", &url(&format!("local+user:{}@", encoded(password)), ""))]);
    let options = serde_json::json!({
        "auth": {"username": user, "password": password}, "authSource": "admin", "replicaSet": "rs0",
    });
    let options = options.to_string();
    is_taken(&[("MONGO_URL", &url("nobody:hunter2@", "")), ("MONGO_OPTIONS", &options)]);

    let wrong =
        "MongoDB refused the connection: user name or password is wrong, or the user is none of the database";
    both_say(&[("MONGO_URL", &url(&format!("{}:hunter2@", encoded(user)), "&authSource=admin"))], wrong);
    both_say(&[("MONGO_URL", &url(&as_user, ""))], wrong);
    both_say(&[("MONGO_URL", &url("", ""))], "this MongoDB wants a user and a password, and none is named");
    mongo.stop().await.expect("stopped");
}
