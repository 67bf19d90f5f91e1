//! Status text and status type: what the cases of `conformance/cases/status.toml` cannot say.

mod release_8;

use crate::support::{GONE, Options, TestApp, six_and_eight};
use chrono::TimeDelta;
use mongodb::bson::{DateTime, Document, doc};
use serde_json::{Value, json};

const PRESENCE: [&str; 8] = [
    "status",
    "statusConnection",
    "statusDefault",
    "statusText",
    "statusSource",
    "statusExpiresAt",
    "statusId",
    "previousState",
];
const MINUTE: i64 = 60_000;

fn in_minutes(minutes: i64) -> DateTime {
    DateTime::from_millis(DateTime::now().timestamp_millis() + minutes * MINUTE)
}

/// What others see.
fn seen(status: &str, connection: &str, default: &str, text: &str) -> Document {
    doc! {"status": status, "statusConnection": connection, "statusDefault": default, "statusText": text}
}

fn with(mut document: Document, more: Document) -> Document {
    document.extend(more);
    document
}

/// Gives the person exactly this presence, and connections with their status and age in minutes.
async fn given(app: &TestApp, handle: &str, presence: &Document, connections: &[(&str, i64)]) {
    let mut user = app.stored(handle).await;
    for field in PRESENCE {
        user.remove(field);
    }
    user.extend(presence.clone());
    app.put(&user).await;

    let sessions = app.database.collection::<Document>("usersSessions");
    let id = &app.person(handle).id;
    sessions.delete_one(doc! {"_id": id}).await.expect("deleted");
    if !connections.is_empty() {
        let connections = connections.iter().map(|(status, age)| {
            doc! {"id": "c", "instanceId": "i", "status": status, "_createdAt": in_minutes(-90), "_updatedAt": in_minutes(-age)}
        });
        let session = doc! {"_id": id, "connections": connections.collect::<Vec<_>>()};
        sessions.insert_one(session).await.expect("inserted");
    }
}

/// Presence before, connections, what is sent, presence after.
type Row<'a> = (Document, &'a [(&'a str, i64)], Value, Document);

async fn check(app: &TestApp, handle: &str, rows: impl IntoIterator<Item = Row<'_>>) {
    for (before, connections, sent, after) in rows {
        given(app, handle, &before, connections).await;
        let gone = PRESENCE.into_iter().filter(|field| !after.contains_key(field));
        let changes = gone.map(|field| (field.to_owned(), GONE)).collect();
        app.check(handle, [(sent, Ok(with(changes, after)))]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_counts_however_much_time_goes_by() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let away = json!({"statusType": "away"});
        for _ in 0..2 {
            assert_eq!(app.change("plain", &away).await.user()["status"], "away", "{release:?}");
            app.advance_clock(TimeDelta::minutes(6));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_text_is_trimmed_and_then_cut_to_120_utf16_units() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let of = |units: usize| "t".repeat(units);
        for (sent, stored) in [
            (of(120), of(120)),
            (of(121), of(120)),
            ("  ".to_owned() + &of(120), of(120)),
            (of(118) + "\u{1F600}", of(118) + "\u{1F600}"),
            // Half of the pair is left, and no database holds that.
            (of(119) + "\u{1F600}", of(119) + "\u{FFFD}"),
            (of(119) + " t", of(119) + " "),
        ] {
            let answer = app.change("plain", &json!({"statusText": sent})).await;
            assert_eq!(answer.user()["statusText"], stored, "{release:?}");
            assert_eq!(app.stored("plain").await.get_str("statusText").ok(), Some(stored.as_str()));
        }
    })
    .await;
}
