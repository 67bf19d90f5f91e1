//! The claims of release 8: the text and the type are one, and a call comes before the user's own.

use super::{Row, check, in_minutes, seen, with};
use crate::support::TestApp;
use mongodb::bson::{Document, doc};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_call_keeps_its_claim_and_the_users_own_waits() {
    let app = TestApp::eight().await;
    let call = || with(seen("busy", "away", "busy", "On a call"), doc! {"statusSource": "internal"});
    let waiting = |previous: Document| with(call(), doc! {"previousState": previous});
    // Nothing that others see changes, but for the connection.
    let refreshed = |status, connection, previous: Document| {
        with(waiting(previous), doc! {"status": status, "statusConnection": connection})
    };
    let lunch = || doc! {"statusDefault": "away", "statusSource": "manual", "statusText": "Lunch"};
    let away = || doc! {"statusDefault": "away", "statusSource": "manual"};
    let other_call = || doc! {"statusDefault": "busy", "statusText": "x", "statusSource": "internal"};
    let ended = || with(other_call(), doc! {"statusExpiresAt": in_minutes(-1)});
    let lasting = with(other_call(), doc! {"statusExpiresAt": in_minutes(30)});
    let sent = || json!({"statusType": "away", "statusText": " Lunch"});
    let rows: [Row; 9] = [
        (call(), &[("online", 0)], sent(), refreshed("busy", "online", lunch())),
        (call(), &[], sent(), refreshed("offline", "offline", lunch())),
        (call(), &[("online", 0)], json!({"statusType": "away"}), refreshed("busy", "online", away())),
        (waiting(ended()), &[("online", 0)], sent(), refreshed("busy", "online", lunch())),
        (waiting(away()), &[("online", 0)], sent(), refreshed("busy", "online", lunch())),
        (
            waiting(with(away(), doc! {"statusSource": "external"})),
            &[("online", 0)],
            sent(),
            refreshed("busy", "online", lunch()),
        ),
        // The place is taken by another call.
        (waiting(other_call()), &[("online", 0)], sent(), waiting(other_call())),
        (waiting(lasting.clone()), &[("online", 0)], sent(), waiting(lasting)),
        // A wish for nothing but "online" ends every claim.
        (
            waiting(away()),
            &[("online", 0)],
            json!({"statusType": "online"}),
            seen("online", "online", "online", ""),
        ),
    ];
    check(&app, "legacy", rows).await;
}
