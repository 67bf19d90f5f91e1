//! Renames while the real program is killed again and again, and by several instances at once.

use super::places::{Everybody, Names, Places};
use super::{PEOPLE, app_with_places, ids, names};
use crate::support::{Options, Service, TestApp, is_delivered, outbox};
use devstack::workspace::Release::{Eight, Six};
use futures_util::StreamExt;
use mongodb::bson::{DateTime, Document, doc};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Names that the users take from each other and give up again.
const USERNAMES: [&str; 9] =
    ["plain", "admin", "legacy", "agent", "oauth", "anna", "berta", "Carl", "dora.d"];

fn program(app: &TestApp) -> Service {
    Service::on(app.mongo_url(), &[("RC_ACCOUNT_RENAME_WAIT_MS", "0")])
}

/// Asks the program for a change; `None` when it died meanwhile.
async fn ask(app: &TestApp, service: &Service, handle: &str, data: &Value) -> Option<u16> {
    let person = app.person(handle);
    let request = app
        .http
        .post(format!("{}{}", service.base, crate::support::ROUTE))
        .header("X-User-Id", &person.id)
        .header("X-Auth-Token", &person.token)
        .header("Content-Type", "application/json")
        .body(json!({"data": data}).to_string());
    Some(request.send().await.ok()?.status().as_u16())
}

/// What was answered is kept, whenever the program dies.
async fn is_stored(app: &TestApp, handle: &str, data: &Value) {
    let user = app.stored(handle).await;
    for (field, value) in data.as_object().expect("an object") {
        assert_eq!(user.get_str(field).ok(), value.as_str(), "{handle}: {field}");
    }
}

async fn names_of_now(app: &TestApp, then: &Everybody) -> Everybody {
    let mut now = then.clone();
    for (handle, names) in PEOPLE.iter().zip(&mut now) {
        let user = app.stored(handle).await;
        names.username = user.get_str("username").expect("a username").to_owned();
        names.name = user.get_str("name").expect("a name").to_owned();
    }
    now
}

fn new_names(random: &mut StdRng) -> Value {
    let mut data = json!({});
    if random.random_bool(0.9) {
        data["username"] = (*USERNAMES.choose(random).expect("names")).into();
    }
    if random.random_bool(0.5) {
        let letters = (0..6).map(|_| char::from(random.random_range(b'a'..=b'z')));
        data["name"] = letters.collect::<String>().into();
    }
    data
}

/// The dead instance's lease would end by itself, in half a minute.
async fn end_leases(app: &TestApp) {
    let outbox = app.database.collection::<Document>("rc_account_outbox");
    let update = doc! {"$set": {"due": DateTime::from_millis(0)}};
    outbox.update_many(doc! {}, update).await.expect("ended");
}

/// Random renames by everybody, while the program is killed so many times at random moments.
async fn renames_survive(seed: u64, kills: usize) {
    let mut random = StdRng::seed_from_u64(seed);
    let release = if seed.is_multiple_of(2) { Six } else { Eight };
    let mut app = Options::default().start(release).await;
    app.stop().await;
    let then = names(&app);
    let mut places = Places::new(seed, ids(&app), 4000);
    places.renames_calls = release == Eight;
    places.write(&app.database, &then).await;
    places.name_users(&app.database, &then).await;
    let (mut killed, mut in_the_middle, mut renamed) = (0, 0, 0);
    while killed < kills {
        let service = program(&app);
        // Somewhere in the last of a few requests, or soon behind it.
        let requests = random.random_range(1..4);
        let end = Duration::from_millis(random.random_range(5..80));
        for request in 1..=requests {
            let handle = PEOPLE.choose(&mut random).expect("people");
            let data = new_names(&mut random);
            let asked = ask(&app, &service, handle, &data);
            let status = if request < requests {
                asked.await
            } else {
                let end = Instant::now() + end;
                let status = tokio::time::timeout_at(end.into(), asked).await.ok().flatten();
                tokio::time::sleep_until(end.into()).await;
                status
            };
            if status == Some(200) {
                renamed += 1;
                is_stored(&app, handle, &data).await;
            }
            let log = service.log.lock().expect("the log").join("\n");
            assert!(
                matches!(status, None | Some(200 | 400)),
                "only a taken name is refused: {status:?}\n{log}"
            );
        }
        service.kill();
        killed += 1;
        in_the_middle += usize::from(!outbox(&app).await.is_empty());
        end_leases(&app).await;
    }
    app.restart().await;
    is_delivered(&app).await;
    let now = names_of_now(&app, &then).await;
    places.check(&app.database, &now, &then).await;
    println!(
        "seed {seed}: {killed} kills, {in_the_middle} of them amid a rename; {renamed} renames were answered"
    );
    assert!(in_the_middle > 0 && renamed > 0, "nothing was tried");
}

/// Twenty kills; `RC_DEV_KILLS=200` is the long form.
#[tokio::test(flavor = "multi_thread")]
async fn no_trace_of_an_old_name_is_left_however_often_the_service_is_killed() {
    let kills = std::env::var("RC_DEV_KILLS").map_or(20, |text| text.parse().expect("a number"));
    let mut left = kills;
    for seed in rand::random::<u32>().into().. {
        renames_survive(seed, left.min(20)).await;
        left -= left.min(20);
        if left == 0 {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_instances_one_carries_out_each_rename_and_once() {
    let options = Options::default().variable("RC_ACCOUNT_RENAME_WAIT_MS", "0");
    let (app, places, then) = app_with_places(options, Eight).await;
    let other = app.another_instance().await;
    let outbox = app.database.collection::<Document>("rc_account_outbox");
    let mut leases = outbox.watch().await.expect("a stream");
    let mut now = then.clone();
    let mut renames = 0;
    for round in 0..6 {
        for (user, handle) in PEOPLE.iter().enumerate() {
            now[user] = Names { username: format!("{handle}-{round}"), name: format!("{handle}{round}") };
            let data = json!({"username": now[user].username, "name": now[user].name});
            assert_eq!(app.change(handle, &data).await.status, 200);
            renames += 1;
        }
    }
    is_delivered(&app).await;
    places.check(&app.database, &now, &then).await;

    let mut leased: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut over = 0;
    while over < renames {
        let event = tokio::time::timeout(Duration::from_secs(30), leases.next()).await;
        let event = event.expect("an event").expect("open").expect("readable");
        let id = event
            .document_key
            .as_ref()
            .and_then(|key| key.get_str("_id").ok())
            .unwrap_or_default()
            .to_owned();
        over += usize::from(event.operation_type == mongodb::change_stream::event::OperationType::Delete);
        let updated = event.update_description.map(|update| update.updated_fields).unwrap_or_default();
        let written = event.full_document.unwrap_or_default();
        if let Ok(owner) = updated.get_str("owner").or_else(|_| written.get_str("owner")) {
            leased.entry(id).or_default().push(owner.to_owned());
        }
    }
    assert_eq!(leased.len(), renames);
    assert!(leased.values().all(|owners| owners.len() == 1), "{leased:?}");
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_dies_amid_a_rename_is_replaced_within_half_a_minute() {
    let mut app = Options::default().start(Eight).await;
    app.stop().await;
    let then = names(&app);
    let places = Places::new(3, ids(&app), 3000);
    places.write(&app.database, &then).await;
    places.name_users(&app.database, &then).await;
    let mut now = then.clone();
    let dying = program(&app);
    for attempt in 0.. {
        assert!(attempt < 20, "the rename is always faster");
        now[0].username = format!("renamed{attempt}");
        let data = json!({"username": now[0].username});
        assert_eq!(ask(&app, &dying, "plain", &data).await, Some(200));
        let is_leased = async || outbox(&app).await.first().map(|effect| effect.get_str("owner").is_ok());
        while is_leased().await == Some(false) {}
        if is_leased().await == Some(true) {
            break;
        }
    }
    dying.signal("KILL");
    dying.end();
    assert_eq!(outbox(&app).await.len(), 1, "it died amid the rename");
    let living = program(&app);
    let deadline = Instant::now() + Duration::from_secs(30);
    while !outbox(&app).await.is_empty() {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    places.check(&app.database, &now, &then).await;
    drop(living);
}
