//! The outbox: whatever waits in it, or is wrong with it, costs nobody else anything. What effects do is tested in
//! `mail_failures` and `rename`.

mod bounds;
mod bystander;
mod cost;
mod hand_over;
mod mending;
mod outcomes;

use crate::support::{Options, TestApp, outbox};
use devstack::smtp::Sink;
use mongodb::bson::{Bson, DateTime, Document, doc};
use std::time::{Duration, Instant};

fn acme(sink: &Sink) -> Options {
    Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false).mail_server(sink)
}

/// An effect as the outbox held it before effects noted what they wait for.
fn of_earlier_form(
    id: &str,
    user_id: &str,
    kind: &str,
    lane: &str,
    order: i64,
    effect: Document,
) -> Document {
    doc! {
        "_id": id, "user_id": user_id, "kind": kind, "lanes": [lane], "order": order, "effect": effect,
        "progress": Bson::Null, "created": DateTime::now(), "due": DateTime::from_millis(0),
        "lease_until": DateTime::from_millis(0), "owner": Bson::Null, "attempts": 0, "parked": false, "late": false,
        "reason": Bson::Null,
    }
}

fn verification(address: &str) -> Document {
    doc! {"address": address, "token": "t0ken", "name": "Someone"}
}

/// An effect as the service writes it, which waits for another one or for its time.
fn waiting(id: &str, lane: &str, order: i64, after: Option<&str>, due: DateTime) -> Document {
    doc! {
        "_id": id, "user_id": "someone", "kind": "verify-email", "lanes": [lane], "order": order,
        "after": after.into_iter().collect::<Vec<_>>(), "ready": after.is_none(),
        "effect": verification(&format!("{id}@example.com")), "revision": 0, "progress": Bson::Null,
        "created": DateTime::now(), "due": due, "owner": Bson::Null, "attempts": 0, "parked": false, "late": false,
        "reason": Bson::Null,
    }
}

fn in_an_hour() -> DateTime {
    DateTime::from_millis(DateTime::now().timestamp_millis() + 3_600_000)
}

async fn plant(app: &TestApp, effects: impl IntoIterator<Item = Document>) {
    app.database.collection("rc_account_outbox").insert_many(effects).await.expect("inserted");
}

async fn waits_until(app: &TestApp, limit: Duration, is_so: impl Fn(&[Document]) -> bool) -> Vec<Document> {
    let deadline = Instant::now() + limit;
    loop {
        let left = outbox(app).await;
        if is_so(&left) {
            return left;
        }
        assert!(Instant::now() < deadline, "{left:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn is_parked(effect: &Document) -> bool {
    effect.get_bool("parked").is_ok_and(|parked| parked)
}
