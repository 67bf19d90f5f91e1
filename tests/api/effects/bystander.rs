//! One user's effects, however many, large or wrong, delay nobody else's.

use super::{acme, of_earlier_form, plant, verification};
use crate::support::TestApp;
use devstack::smtp::Sink;
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Document, doc};
use serde_json::json;
use std::time::{Duration, Instant};

/// The mails of a new address, and the new username in a message, are there soon.
async fn is_served(app: &TestApp, sink: &Sink, handle: &str, name: &str) {
    let started = Instant::now();
    let (email, former) = (format!("{name}@example.com"), app.stored(handle).await);
    let id = &app.person(handle).id;
    let message =
        doc! {"_id": name, "rid": "GENERAL", "msg": "hello", "u": {"_id": id, "username": "former"}};
    let messages = app.database.collection::<Document>("rocketchat_message");
    messages.insert_one(message).await.expect("written");
    assert_eq!(app.change(handle, &json!({"email": email})).await.status, 200);
    assert_eq!(app.change(handle, &json!({"username": name})).await.status, 200);
    sink.wait_for(|mail| mail.to == email).await;
    let former = former.get_array("emails").expect("addresses")[0].as_document().expect("one").clone();
    sink.wait_for(|mail| former.get_str("address").is_ok_and(|address| mail.to == address)).await;
    while messages.count_documents(doc! {"_id": name, "u.username": name}).await.expect("counted") == 0 {
        assert!(started.elapsed() < Duration::from_secs(5), "the rename waits");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_name_and_malformed_addresses_of_one_user_harm_nobody_else() {
    let sink = Sink::start().await;
    let mut app = acme(&sink).start(Six).await;
    let name = "n".repeat(5 << 20);
    // The service may refuse either by now; what it takes must not harm.
    app.change("plain", &json!({"name": name})).await;
    for number in 0..4 {
        app.change("plain", &json!({"email": format!("p{number} q@x.example")})).await;
    }
    is_served(&app, &sink, "agent", "bystander").await;

    // An earlier version has written such effects.
    app.stop().await;
    let id = app.person("plain").id.clone();
    let lane = format!("verify-email/{id}");
    let huge = (10..15).map(|order| {
        let effect = doc! {"address": format!("p{order} q@x.example"), "token": "t", "name": &name};
        let mut effect = of_earlier_form(&format!("huge{order}"), &id, "verify-email", &lane, order, effect);
        effect.insert("parked", order < 14);
        effect
    });
    for effect in huge {
        plant(&app, [effect]).await;
    }
    let rename = doc! {"old_username": "plain", "username": "plain", "name": &name, "name_sent": true};
    plant(&app, [of_earlier_form("huge", &id, "rename", &format!("rename/{id}"), 1, rename)]).await;
    app.restart().await;
    is_served(&app, &sink, "legacy", "bystander2").await;
    app.restart().await;
    is_served(&app, &sink, "agent", "bystander3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_waiting_mails_of_one_user_delay_nobody_elses() {
    let sink = Sink::start().await;
    let app = acme(&sink).start(Eight).await;
    let lane = "verify-email/busy";
    let mails = (1..=2000).map(|order| {
        let address = verification(&format!("busy{order}@example.com"));
        of_earlier_form(&format!("busy{order}"), "busy", "verify-email", lane, order, address)
    });
    plant(&app, mails).await;
    is_served(&app, &sink, "agent", "bystander").await;
    sink.wait_for(|mail| mail.to == "busy1@example.com").await;
}
