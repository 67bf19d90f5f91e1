//! Setting and reading one's own status, stand-alone.

use crate::support::{Answer, GONE, Options, TestApp, assert_changed, plain_refusal, refusal};
use chrono::{TimeDelta, Utc};
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{Bson, DateTime, Document, bson, doc};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SET: &str = "/api/v1/users.setStatus";
const SUCCESS: &str = r#"200 {"success":true}"#;
const NO_MATCH: &str = "Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation";

async fn standalone(release: Release) -> TestApp {
    Options::standalone().start(release).await
}

async fn set(app: &TestApp, handle: &str, body: &Value) -> Answer {
    let person = app.person(handle);
    app.request(Method::POST, SET).sign_in(&person.id, &person.token).json(body).send().await
}

async fn read(app: &TestApp, path: &str, handle: &str) -> String {
    app.call(Method::GET, &format!("/api/v1/{path}"), handle).await.line()
}

fn method(reason: &str, id: &str) -> String {
    refusal(reason, id, &json!({"method": "users.setStatus"}))
}

/// The changes that a success makes to the person's document.
async fn check(app: &TestApp, handle: &str, body: &Value, changes: Document) {
    let before = app.stored(handle).await;
    assert_eq!(set(app, handle, body).await.line(), SUCCESS, "{body}");
    let mut changes = changes;
    // No change of the profile, so nothing becomes of this.
    let settings = before.get("settings").cloned().unwrap_or(GONE);
    changes.insert("settings", settings);
    assert_changed(&before, &app.stored(handle).await, &changes, &body.to_string());
    app.put(&before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn release_6_stores_text_and_kind_whatever_the_connections_say() {
    let app = Options::standalone().odd_requests().start(Six).await;
    for (body, changes) in [
        (json!({"message": "  At lunch "}), doc! {"statusText": "At lunch"}),
        (json!({"message": "x".repeat(130)}), doc! {"statusText": "x".repeat(120)}),
        (json!({"status": "busy"}), doc! {"status": "busy", "statusDefault": "busy"}),
        (
            json!({"message": "a", "status": "away", "more": 1, "userId": app.person("admin").id}),
            doc! {"statusText": "a", "status": "away", "statusDefault": "away"},
        ),
    ] {
        // Somebody without a connection.
        check(&app, "admin", &body, changes).await;
    }
    let before = app.stored("admin").await;
    for nothing in [json!({"message": ""}), json!({"status": ""}), json!({"status": "", "message": " "})] {
        assert_eq!(set(&app, "admin", &nothing).await.line(), SUCCESS, "{nothing}");
        assert_eq!(app.stored("admin").await, before, "{nothing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn release_6_checks_the_body_by_no_schema() {
    let app = standalone(Six).await;
    let before = app.stored("plain").await;
    for body in [
        json!({}),
        json!([]),
        json!({"message": 5}),
        json!({"message": null, "status": "busy"}),
        json!({"message": "a", "status": null}),
        json!({"expiresAt": "2099-01-01"}),
    ] {
        assert_eq!(set(&app, "plain", &body).await.line(), plain_refusal(NO_MATCH), "{body}");
    }
    let unknown =
        method("Valid status types include online, away, offline, and busy.", "error-invalid-status");
    assert_eq!(set(&app, "plain", &json!({"status": "asleep", "message": "kept out"})).await.line(), unknown);
    assert_eq!(app.stored("plain").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn release_8_claims_the_status() {
    let app = standalone(Eight).await;
    app.stop_clock();
    let end = Utc::now() + TimeDelta::hours(1);
    let end = DateTime::from_millis(end.timestamp_millis());
    let text = end.try_to_rfc3339_string().expect("a date");
    let offline = doc! {"status": "offline", "statusConnection": "offline"};
    let with = |changes: Document| {
        let mut all = offline.clone();
        all.extend(changes);
        all
    };
    for (body, changes) in [
        (json!({"status": "busy"}), with(doc! {"statusDefault": "busy", "statusSource": "manual"})),
        (
            json!({"message": " Away ", "expiresAt": text}),
            with(doc! {
                "statusDefault": "online", "statusText": "Away", "statusSource": "manual", "statusExpiresAt": end,
            }),
        ),
        (json!({"status": "away", "message": null, "expiresAt": null, "user": "admin"}), doc! {}),
        (
            json!({"status": "online", "expiresAt": text}),
            doc! {"status": "online", "statusConnection": "offline", "statusDefault": "online", "statusText": ""},
        ),
    ] {
        if changes.is_empty() {
            assert_eq!(set(&app, "admin", &body).await.line(), plain_refusal(NO_MATCH), "{body}");
            continue;
        }
        check(&app, "admin", &body, changes).await;
    }
    // Whatever is set without an end takes away one that runs.
    let busy = with(doc! {
        "statusDefault": "busy", "statusSource": "manual", "statusExpiresAt": GONE, "statusId": GONE,
    });
    check(&app, "agent", &json!({"status": "busy"}), busy).await;
    // A call outranks it: the choice waits, with its end.
    let in_a_call = doc! {"$set": {"statusSource": "internal", "statusDefault": "busy"}};
    app.users().update_one(doc! {"_id": &app.person("legacy").id}, in_a_call).await.expect("updated");
    let waiting = doc! {
        "status": "offline", "statusConnection": "offline",
        "previousState": {
            "statusDefault": "away", "statusSource": "manual", "statusText": "x", "statusExpiresAt": end,
        },
    };
    let body = json!({"status": "away", "message": "x", "expiresAt": text});
    check(&app, "legacy", &body, waiting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn release_8_checks_the_body_by_a_schema() {
    let app = standalone(Eight).await;
    let before = app.stored("plain").await;
    let schema = |message: &str| {
        format!("400 {}", json!({"success": false, "errorType": "invalid-params", "error": message}))
    };
    for (body, expected) in [
        (json!({"status": "asleep"}), schema("must be equal to one of the allowed values")),
        (json!({"status": null}), schema("must be equal to one of the allowed values")),
        (json!({"status": {}}), schema("must be string")),
        (json!({"foo": 1}), schema("must NOT have additional properties")),
        (json!({"message": {}}), schema("must be string")),
        (json!([]), schema("must be object")),
        (json!({}), plain_refusal(NO_MATCH)),
        (json!({"userId": null}), plain_refusal(NO_MATCH)),
        (json!({"message": null}), plain_refusal(NO_MATCH)),
        (
            json!({"status": "busy", "expiresAt": "soon"}),
            method("Invalid expiresAt date string", "error-invalid-date"),
        ),
        (
            json!({"status": "busy", "expiresAt": "2020-01-01"}),
            method("expiresAt must be a future date", "error-invalid-date"),
        ),
    ] {
        assert_eq!(set(&app, "plain", &body).await.line(), expected, "{body}");
    }
    assert_eq!(app.stored("plain").await, before);
    assert_eq!(set(&app, "plain", &json!({"message": 5})).await.line(), SUCCESS);
    assert_eq!(app.stored("plain").await.get_str("statusText").ok(), Some("5"));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_forbid_texts_and_being_invisible() {
    for (release, kind_alone) in [(Six, false), (Eight, true)] {
        let app = Options::standalone()
            .setting("Accounts_AllowUserStatusMessageChange", false)
            .setting("Accounts_AllowInvisibleStatusOption", false)
            .user("admin", doc! {"$set": {"statusDefault": "offline"}})
            .start(release)
            .await;
        let refused = method("Change status is not allowed", "error-not-allowed");
        assert_eq!(set(&app, "plain", &json!({"message": "a"})).await.line(), refused);
        for allowed in [json!({"status": "busy"}), json!({"message": ""})] {
            let expected = if kind_alone { SUCCESS } else { &refused };
            assert_eq!(set(&app, "plain", &allowed).await.line(), expected, "{allowed}");
        }
        app.set("Accounts_AllowUserStatusMessageChange", true).await;
        let invisible = method("Invisible status is disabled", "error-status-not-allowed");
        let deadline = Instant::now() + Duration::from_secs(5);
        while set(&app, "plain", &json!({"message": "a", "status": "offline"})).await.line() != invisible {
            assert!(Instant::now() < deadline, "the setting is not seen");
        }
        // Newer versions also look at what is stored.
        let expected = if release == Eight { &invisible } else { SUCCESS };
        assert_eq!(set(&app, "admin", &json!({"message": "a"})).await.line(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_and_calls_are_limited_as_the_version_does() {
    let six = Options::standalone().variable("RC_ACCOUNT_RATE_LIMIT", "auto").start(Six).await;
    six.stop_clock();
    for text in ["1", "2", "3", "4", "5"] {
        assert_eq!(set(&six, "admin", &json!({"message": text})).await.line(), SUCCESS);
    }
    let sixth = set(&six, "admin", &json!({"message": "6"})).await;
    assert_eq!(sixth.status, 429, "an administrator is not exempt: {}", sixth.body);
    assert!(sixth.body.contains("before trying again. [error-too-many-requests]"), "{}", sixth.body);
    assert_eq!(six.stored("admin").await.get_str("statusText").ok(), Some("5"));

    let eight = Options::standalone().variable("RC_ACCOUNT_RATE_LIMIT", "auto").start(Eight).await;
    eight.stop_clock();
    set(&eight, "plain", &json!({"foo": 1})).await.is_refused_with("invalid-params");
    for left in ["4", "3", "2", "1", "0"] {
        let answer = set(&eight, "plain", &json!({"status": "busy"})).await;
        assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (200, Some(left)));
    }
    assert_eq!(set(&eight, "plain", &json!({"status": "busy"})).await.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_of_others_is_for_those_who_may_edit_them() {
    for release in [Six, Eight] {
        let app = standalone(release).await;
        for other in
            [json!({"userId": app.person("agent").id}), json!({"username": "AGENT"}), json!({"user": "x"})]
        {
            let mut body = other.clone();
            body["message"] = "theirs".into();
            let stranger = set(&app, "plain", &body).await;
            assert_eq!(stranger.line(), r#"403 {"success":false,"error":"unauthorized"}"#);
            let admin = set(&app, "admin", &body).await;
            if other.get("user").is_some() {
                admin.is_refused_with("error-invalid-user");
            } else {
                assert_eq!(admin.line(), SUCCESS, "{body}");
            }
        }
        assert_eq!(app.stored("agent").await.get_str("statusText").ok(), Some("theirs"));
        assert_eq!(app.stored("admin").await.get_str("statusText").ok(), Some(""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_is_read_as_the_version_tells_it() {
    for release in [Six, Eight] {
        let app = standalone(release).await;
        let busy = doc! {"$set": {"status": "busy", "statusConnection": "online"}};
        app.users().update_one(doc! {"_id": &app.person("agent").id}, busy).await.expect("updated");
        let id = &app.person("agent").id;
        let stored = app.stored("agent").await;
        let text = |field: &str| {
            let date = stored.get_datetime(field).expect("a date").to_chrono();
            date.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
        };
        let more = match release {
            Six => String::new(),
            Eight => format!(r#","statusSource":"manual","statusExpiresAt":"{}""#, text("statusExpiresAt")),
        };
        let own = format!(
            r#"200 {{"_id":"{id}","connectionStatus":"online","status":"busy"{more},"success":true}}"#
        );
        for path in
            ["users.getStatus", "users.getStatus?username=agent", &format!("users.getStatus?userId={id}")]
        {
            assert_eq!(read(&app, path, "agent").await, own, "{path}");
        }
        let presence = format!(
            r#"200 {{"presence":"busy","connectionStatus":"online","lastLogin":"{}","success":true}}"#,
            text("lastLogin")
        );
        assert_eq!(read(&app, "users.getPresence", "agent").await, presence);
        // Of others less.
        let theirs = format!(r#"200 {{"_id":"{id}","status":"busy","success":true}}"#);
        assert_eq!(read(&app, "users.getStatus?user=Agent", "plain").await, theirs);
        let theirs = r#"200 {"presence":"busy","success":true}"#;
        assert_eq!(read(&app, &format!("users.getPresence?userId={id}"), "plain").await, theirs);
        let nobody = read(&app, "users.getStatus?username=nobody", "plain").await;
        let reason = r#"The required \"userId\" or \"username\" param provided does not match any users [error-invalid-user]"#;
        assert_eq!(
            nobody,
            format!(r#"400 {{"success":false,"error":"{reason}","errorType":"error-invalid-user"}}"#)
        );
        let unknown_key = read(&app, "users.getStatus?x=1", "agent").await;
        match release {
            Six => assert_eq!(unknown_key, own),
            Eight => assert_eq!(
                unknown_key,
                r#"400 {"success":false,"errorType":"error-invalid-params","error":"must NOT have additional properties"}"#
            ),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_ends_when_its_time_is_over() {
    let app = standalone(Eight).await;
    let now = Utc::now();
    app.stop_clock_at(now);
    let end = (now + TimeDelta::minutes(5)).to_rfc3339();
    let body = json!({"status": "busy", "message": "Focus", "expiresAt": end});
    assert_eq!(set(&app, "plain", &body).await.line(), SUCCESS);
    let running = app.stored("plain").await;
    assert_eq!(running.get_str("status").ok(), Some("busy"), "plain has connections");
    app.advance_clock(TimeDelta::minutes(5));
    let id = &app.person("plain").id;
    app.advance_clock(TimeDelta::milliseconds(1));
    let read_now = read(&app, "users.getStatus", "plain").await;
    let expected =
        format!(r#"200 {{"_id":"{id}","connectionStatus":"online","status":"online","success":true}}"#);
    assert_eq!(read_now, expected);
    let after = app.stored("plain").await;
    let changes = doc! {
        "status": "online", "statusDefault": "online", "statusText": "", "statusSource": GONE,
        "statusExpiresAt": GONE, "settings": running.get("settings").cloned().unwrap_or(GONE),
    };
    assert_changed(&running, &after, &changes, "the end");

    // What a claim has displaced counts again; nobody asks, and nobody is connected.
    let over = DateTime::from_millis(Utc::now().timestamp_millis() - 60_000);
    let claim = doc! {"$set": {
        "statusSource": "internal", "statusDefault": "busy", "statusText": "In a call", "statusExpiresAt": over,
        "previousState": {"statusDefault": "away", "statusText": "Was away", "statusSource": "manual"},
    }};
    let id = &app.person("legacy").id;
    app.users().update_one(doc! {"_id": id}, claim).await.expect("updated");
    let deadline = Instant::now() + Duration::from_secs(40);
    let ended = loop {
        let stored = app.stored("legacy").await;
        if stored.get("previousState").is_none() {
            break stored;
        }
        assert!(Instant::now() < deadline, "{stored}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    for (field, value) in [
        ("statusDefault", Some(bson!("away"))),
        ("statusText", Some(bson!("Was away"))),
        ("statusSource", Some(bson!("manual"))),
        ("status", Some(bson!("offline"))),
        ("statusExpiresAt", None::<Bson>),
    ] {
        assert_eq!(ended.get(field), value.as_ref(), "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_without_a_username_fail_in_newer_versions() {
    let six = standalone(Six).await;
    assert_eq!(set(&six, "no-username", &json!({"status": "busy"})).await.line(), SUCCESS);
    let eight = standalone(Eight).await;
    for answer in [
        set(&eight, "no-username", &json!({"status": "busy"})).await,
        eight.call(Method::GET, "/api/v1/users.getStatus", "no-username").await,
    ] {
        assert_eq!(answer.line(), "500 Internal Server Error");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_rocket_chat_no_status_is_served() {
    let app = TestApp::eight().await;
    assert_eq!(set(&app, "plain", &json!({"status": "busy"})).await.line(), "404 404 Not Found");
    assert_eq!(read(&app, "users.getStatus", "plain").await, "404 404 Not Found");
    assert_eq!(read(&app, "users.getPresence", "plain").await, "404 404 Not Found");
}

/// By the rules of the profile, whatever else of it may be changed.
#[tokio::test(flavor = "multi_thread")]
async fn the_method_sets_status_and_text() {
    for release in [Six, Eight] {
        let app = Options::standalone()
            .setting("Accounts_AllowUserProfileChange", false)
            .setting("Accounts_AllowInvisibleStatusOption", false)
            .start(release)
            .await;
        let call = async |params: Value| {
            let message = json!({"msg": "method", "id": "1", "method": "setUserStatus", "params": params});
            let person = app.person("plain");
            let request = app.request(Method::POST, "/api/v1/method.call/setUserStatus");
            let request =
                request.sign_in(&person.id, &person.token).json(&json!({"message": message.to_string()}));
            let body = request.send().await.json();
            serde_json::from_str::<Value>(body["message"].as_str().expect("a text")).expect("JSON")
        };
        let before = app.stored("plain").await;
        // A third parameter is tolerated.
        let frame = call(json!(["busy", "At work", ""])).await;
        assert_eq!(frame, json!({"msg": "result", "id": "1"}));
        let mut changes = doc! {
            "status": "busy", "statusDefault": "busy", "statusText": "At work", "statusConnection": "online",
            "settings": before.get("settings").cloned().unwrap_or(GONE),
        };
        if release == Eight {
            changes.insert("statusSource", "manual");
        }
        assert_changed(&before, &app.stored("plain").await, &changes, "the method");
        let refused = call(json!(["offline"])).await;
        assert_eq!(refused["error"]["error"], "error-status-not-allowed");
        assert_eq!(refused["error"]["details"], json!({"method": "setUserStatus"}));
        assert_eq!(call(json!([null, null])).await, json!({"msg": "result", "id": "1"}));
    }
}
