//! The claims of release 8: the text and the type are one, and a call comes before the user's own.

use super::{Row, check, in_minutes, seen, with};
use crate::support::{Options, TestApp};
use devstack::workspace::Release::Eight;
use mongodb::bson::{Document, doc};
use serde_json::json;

/// What others see, as the user's own choice.
fn manual(status: &str, connection: &str, default: &str, text: &str) -> Document {
    with(seen(status, connection, default, text), doc! {"statusSource": "manual"})
}

#[tokio::test(flavor = "multi_thread")]
async fn text_and_type_are_one_claim() {
    let app = TestApp::eight().await;
    let before = || manual("busy", "online", "busy", "Before");
    let moment = in_minutes(30);
    let timed = || {
        let previous = doc! {"statusDefault": "away", "statusText": "x", "statusSource": "manual"};
        let claim = doc! {"statusSource": "external", "statusExpiresAt": moment, "statusId": "id"};
        with(with(before(), claim), doc! {"previousState": previous})
    };
    let rows: [Row; 17] = [
        (
            timed(),
            &[("online", 0)],
            json!({"statusType": "away"}),
            manual("away", "online", "away", "Before"),
        ),
        (
            timed(),
            &[("away", 0)],
            json!({"statusType": "online", "statusText": " After\n"}),
            manual("away", "away", "online", "After"),
        ),
        // The text alone keeps the stored type.
        (before(), &[("away", 0)], json!({"statusText": "After"}), manual("busy", "away", "busy", "After")),
        (before(), &[("away", 0)], json!({"statusText": ""}), manual("busy", "away", "busy", "")),
        (doc! {}, &[("away", 0)], json!({"statusText": "After"}), manual("away", "away", "online", "After")),
        (
            doc! {"statusDefault": ""},
            &[("away", 0)],
            json!({"statusText": "After"}),
            manual("away", "away", "online", "After"),
        ),
        // "online" without a text clears everything, the text included.
        (timed(), &[("away", 0)], json!({"statusType": "online"}), seen("away", "away", "online", "")),
        (
            timed(),
            &[("online", 0)],
            json!({"statusType": "online", "statusText": ""}),
            seen("online", "online", "online", ""),
        ),
        (timed(), &[], json!({"statusType": "online"}), seen("online", "offline", "online", "")),
        (doc! {}, &[("away", 0)], json!({"statusText": ""}), seen("away", "away", "online", "")),
        // Any text is a type.
        (
            before(),
            &[("online", 0)],
            json!({"statusType": " Lunch"}),
            manual(" Lunch", "online", " Lunch", "Before"),
        ),
        // Nothing is asked for.
        (timed(), &[], json!({"statusText": null, "statusType": null}), timed()),
        (timed(), &[], json!({"statusType": ""}), timed()),
        // Nobody there.
        (before(), &[], json!({"statusType": "away"}), manual("offline", "offline", "away", "Before")),
        (
            before(),
            &[("offline", 0)],
            json!({"statusType": "online"}),
            seen("offline", "offline", "online", ""),
        ),
        // The age of a connection is the presence service's business.
        (
            before(),
            &[("online", 60)],
            json!({"statusType": "away"}),
            manual("away", "online", "away", "Before"),
        ),
        (
            before(),
            &[("away", 0), ("busy", 0), ("offline", 0)],
            json!({"statusType": "online", "statusText": "After"}),
            manual("busy", "busy", "online", "After"),
        ),
    ];
    check(&app, "legacy", rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_and_apps_are_seen_as_they_choose_without_a_connection() {
    let app = Options::default()
        .user("pat", doc! {"$set": {"type": "app"}})
        .user("admin", doc! {"$set": {"roles": ["admin", "bot"]}})
        .start(Eight)
        .await;
    for handle in ["bot", "pat", "admin"] {
        let before = || manual("busy", "offline", "busy", "Before");
        let rows: [Row; 3] = [
            (before(), &[], json!({"statusType": "away"}), manual("away", "offline", "away", "Before")),
            (before(), &[], json!({"statusType": "online"}), seen("online", "offline", "online", "")),
            (
                before(),
                &[("online", 0)],
                json!({"statusType": "offline"}),
                manual("offline", "online", "offline", "Before"),
            ),
        ];
        check(&app, handle, rows).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_blanks_is_a_choice_of_its_own_though_nothing_of_it_is_left() {
    let app = TestApp::eight().await;
    let before = || manual("busy", "online", "busy", "Before");
    let rows: [Row; 2] = [
        (before(), &[("online", 0)], json!({"statusText": " \t"}), manual("busy", "online", "busy", "")),
        (
            before(),
            &[("online", 0)],
            json!({"statusType": "online", "statusText": "  "}),
            manual("online", "online", "online", ""),
        ),
    ];
    check(&app, "plain", rows).await;
}

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
