//! A rename on a large workspace, and what it does to other users meanwhile.
//!
//! 200,000 messages, of which the renamed user wrote 50,000 and is mentioned in 2,000. Prints how long the rename took,
//! beside another user's changes and by itself, and how fast these changes were before and during it; before that, the same
//! of one bare `updateMany` of the same messages. `cargo bench --bench rename`

use devstack::mongo::Mongo;
use devstack::workspace::{Person, Release, seed};
use mongodb::bson::{DateTime, Document, doc};
use mongodb::{Client, Database};
use rc_account::app::{Application, Overrides};
use rc_account::config::Config;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const MESSAGES: usize = 200_000;
const WRITTEN: usize = 50_000;
const MENTIONING: usize = 2_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run());
    // As in the program: the driver's tasks are not ended one by one.
    std::mem::forget(runtime);
}

async fn run() {
    let mongo = Mongo::start(&|step| eprintln!("{step}")).await.expect("a MongoDB");
    let url = mongo.url("rename_bench");
    let database = Client::with_uri_str(&url).await.expect("a client").database("rename_bench");
    let workspace = seed(&database, Release::Eight).await.expect("a workspace");
    let (renamed, other) = (workspace.person("plain"), workspace.person("admin"));
    write_messages(&database, renamed, other).await;

    let environment = [
        ("MONGO_URL", url.as_str()),
        ("PORT", "0"),
        ("BIND_IP", "127.0.0.1"),
        ("RC_ACCOUNT_OPS_BIND", ""),
        ("RC_ACCOUNT_RATE_LIMIT", "off"),
        ("RC_ACCOUNT_RENAME_WAIT_MS", "0"),
    ];
    let environment: BTreeMap<_, _> =
        environment.map(|(key, value)| (key.to_owned(), value.to_owned())).into_iter().collect();
    let config = Config::from_sources(environment, BTreeMap::new()).expect("a configuration");
    let application = Application::build(config, Overrides::default()).await.expect("the service");
    let client = Calls {
        url: format!("http://{}/api/v1/users.updateOwnBasicInfo", application.address()),
        http: devstack::http::client(),
    };
    let server = application.handle();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(application.run_until_stopped()).expect("served");
    });

    let bare_alone = bare_rename(&database, renamed).await;
    let bare = tokio::spawn({
        let (database, renamed) = (database.clone(), renamed.clone());
        async move { bare_rename(&database, &renamed).await }
    });
    let mut beside_bare = Vec::new();
    while !bare.is_finished() {
        beside_bare.push(client.change(other, &json!({"bio": format!("bare {}", beside_bare.len())})).await);
    }
    let bare = bare.await.expect("written");
    let mut before = Vec::new();
    for number in 0..1000 {
        before.push(client.change(other, &json!({"bio": format!("before {number}")})).await);
    }
    let answered = client.change(renamed, &json!({"username": "renamed", "name": "Renamed"})).await;
    let began = Instant::now();
    let mut during = Vec::new();
    let outbox = database.collection::<Document>("rc_account_outbox");
    while outbox.find_one(doc! {}).await.expect("found").is_some() {
        during.push(client.change(other, &json!({"bio": format!("during {}", during.len())})).await);
    }
    let took = began.elapsed();
    let began = Instant::now();
    client.change(renamed, &json!({"username": "alone"})).await;
    while outbox.find_one(doc! {}).await.expect("found").is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let alone = began.elapsed();
    server.stop(false).await;

    let messages = database.collection::<Document>("rocketchat_message");
    let left = doc! {"$or": [
        {"u._id": &renamed.id, "u.username": {"$ne": "alone"}},
        {"mentions.username": {"$in": ["plain", "renamed"]}},
    ]};
    assert_eq!(messages.count_documents(left).await.expect("counted"), 0, "the rename is everywhere");
    println!(
        "a bare updateMany of those written takes {}, beside another user's changes {}",
        ms(bare_alone),
        ms(bare)
    );
    println!("messages: {MESSAGES}, of the renamed user: {WRITTEN}, mentioning: {MENTIONING}");
    println!("the rename was answered after {} and was everywhere after {}", ms(answered), ms(took));
    println!("another rename, beside nothing: everywhere after {}", ms(alone));
    println!("another user's changes before:  {}", summary(before));
    println!("another user's changes during:  {}", summary(during));
    println!("during the bare updateMany:     {}", summary(beside_bare));
}

/// How long the driver alone takes to write another username into the messages that the user wrote, as Rocket.Chat does it,
/// and back: half of both.
async fn bare_rename(database: &Database, renamed: &Person) -> Duration {
    let messages = database.collection::<Document>("rocketchat_message");
    let own = doc! {"u._id": &renamed.id};
    let began = Instant::now();
    for username in ["bare", "plain"] {
        let names = doc! {"$set": {"u.username": username, "_updatedAt": DateTime::now()}};
        let changed = messages.update_many(own.clone(), names).await.expect("written").modified_count;
        assert!(changed >= WRITTEN as u64, "{changed} messages, the seed's own among them");
    }
    began.elapsed() / 2
}

struct Calls {
    url: String,
    http: reqwest::Client,
}

impl Calls {
    async fn change(&self, person: &Person, data: &Value) -> Duration {
        let began = Instant::now();
        let request = self
            .http
            .post(&self.url)
            .header("X-User-Id", &person.id)
            .header("X-Auth-Token", &person.token)
            .json(&json!({"data": data}));
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
        began.elapsed()
    }
}

async fn write_messages(database: &Database, renamed: &Person, other: &Person) {
    let text = "A message of about the length that messages have, with a few words and an end. ".repeat(2);
    let (every, mention) = (MESSAGES / WRITTEN, MESSAGES / MENTIONING);
    let message = |number: usize| {
        let author = if number.is_multiple_of(every) { renamed } else { other };
        let mentions = if number % mention == 1 {
            vec![doc! {"_id": &renamed.id, "username": "plain", "name": &renamed.name}]
        } else {
            vec![]
        };
        let msg = if mentions.is_empty() { text.clone() } else { format!("@plain {text}") };
        let moment = DateTime::from_millis(1_700_000_000_000 + i64::try_from(number).expect("few"));
        doc! {
            "_id": format!("{number:017}"), "rid": format!("room{}", number % 500), "msg": &msg, "ts": moment,
            "u": {"_id": &author.id, "username": author.username.as_deref(), "name": &author.name},
            "mentions": mentions, "md": [{"type": "PARAGRAPH", "value": [{"type": "PLAIN_TEXT", "value": msg}]}],
            "_updatedAt": moment,
        }
    };
    let messages = database.collection::<Document>("rocketchat_message");
    for start in (0..MESSAGES).step_by(5000) {
        messages.insert_many((start..start + 5000).map(message)).await.expect("inserted");
    }
}

fn ms(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

fn summary(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |percent: usize| ms(times[(times.len() - 1) * percent / 100]);
    format!("{} requests, p50 {}, p95 {}, p99 {}, slowest {}", times.len(), at(50), at(95), at(99), at(100))
}
