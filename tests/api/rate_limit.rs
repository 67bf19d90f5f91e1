//! The rate limiter: what it counts, for how long, and what a client is told.

use crate::support::{Answer, Options, TestApp, six_and_eight};
use chrono::TimeDelta;
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, Document, doc};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const CALLS: &str = "API_Enable_Rate_Limiter_Limit_Calls_Default";
const WINDOW: &str = "API_Enable_Rate_Limiter_Limit_Time_Default";

/// A service that limits as the release does.
pub(crate) fn limited() -> Options {
    Options::default().variable("RC_ACCOUNT_RATE_LIMIT", "auto")
}

pub(crate) async fn call(app: &TestApp, data: Value) -> Answer {
    app.post("plain", &json!({"data": data})).send().await
}

/// `X-RateLimit-Limit` and `X-RateLimit-Remaining`, where the answer has them.
pub(crate) fn quota(answer: &Answer) -> Option<(&str, &str)> {
    answer.header("x-ratelimit-limit").zip(answer.header("x-ratelimit-remaining"))
}

/// Moves the clock just beyond a window of one minute.
pub(crate) fn end_window(app: &TestApp) {
    app.advance_clock(TimeDelta::milliseconds(60_001));
}

/// The seconds to wait that a 429 with the exact body names.
#[track_caller]
fn seconds_to_wait(answer: &Answer) -> u32 {
    assert_eq!(answer.status, 429, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let seconds = answer
        .body
        .strip_prefix(
            r#"{"success":false,"error":"Error, too many requests. Please slow down. You must wait "#,
        )
        .and_then(|rest| {
            rest.strip_suffix(r#" seconds before trying this endpoint again. [error-too-many-requests]"}"#)
        });
    seconds.and_then(|seconds| seconds.parse().ok()).unwrap_or_else(|| panic!("{}", answer.body))
}

#[tokio::test(flavor = "multi_thread")]
async fn release_6_lets_ten_calls_a_minute_pass() {
    let app = limited().start(Six).await;
    app.stop_clock();
    let mut resets = Vec::new();
    for remaining in ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"] {
        let answer = call(&app, json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(quota(&answer), Some(("10", remaining)));
        resets.push(answer.header("x-ratelimit-reset").expect("a reset").parse::<i64>().expect("a number"));
    }
    assert_eq!(resets[0], resets[9], "the window does not move");

    let refused = call(&app, json!({})).await;
    assert_eq!((seconds_to_wait(&refused), quota(&refused)), (60, Some(("10", "0"))));
    assert_eq!(refused.header("x-ratelimit-reset"), Some(resets[0].to_string().as_str()));
    assert_eq!(refused.header("retry-after"), None);
    // Refused calls do not lengthen the window, and begun seconds count as whole ones.
    for (after_ms, seconds) in [(40_000, 20), (1, 20), (18_999, 1), (999, 1), (1, 0)] {
        app.advance_clock(TimeDelta::milliseconds(after_ms));
        assert_eq!(seconds_to_wait(&call(&app, json!({})).await), seconds, "{after_ms} ms later");
    }
    app.advance_clock(TimeDelta::milliseconds(1));
    let answer = call(&app, json!({})).await;
    assert_eq!((answer.status, quota(&answer)), (200, Some(("10", "9"))));
    let reset = (resets[0] + 60_001).to_string();
    assert_eq!(answer.header("x-ratelimit-reset"), Some(reset.as_str()), "a new window");
}

#[tokio::test(flavor = "multi_thread")]
async fn release_6_counts_challenges_as_any_call() {
    let app = limited().start(Six).await;
    app.stop_clock();
    let mut statuses = Vec::new();
    for _ in 0..25 {
        statuses.push(call(&app, json!({"email": "new@example.com"})).await.status);
    }
    assert_eq!(statuses, [vec![400; 10], vec![429; 15]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn release_6_counts_before_it_looks_at_the_body() {
    let app = limited().setting(CALLS, 3).setting(WINDOW, 90_000).start(Six).await;
    app.stop_clock();
    for (data, status, remaining) in
        [(json!({"foo": 1}), 400, "2"), (json!({"name": "a<b"}), 400, "1"), (json!({}), 200, "0")]
    {
        let answer = call(&app, data).await;
        assert_eq!((answer.status, quota(&answer)), (status, Some(("3", remaining))), "{}", answer.body);
    }
    let refused = call(&app, json!({"foo": 1})).await;
    assert_eq!(seconds_to_wait(&refused), 90);
    end_window(&app);
    assert_eq!(call(&app, json!({})).await.status, 429, "the setting makes the window longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn release_8_lets_one_call_a_minute_pass_and_does_not_count_bodies_outside_the_schema() {
    // Its own limit does not follow the defaults.
    let app = limited().setting(CALLS, 5).setting(WINDOW, 1000).start(Eight).await;
    app.stop_clock();
    for (data, status, told) in [
        (json!({"foo": 1}), 400, None),
        (json!(null), 400, None),
        (json!({"bio": "b".repeat(261)}), 400, Some(("1", "0"))),
        (json!({}), 429, Some(("1", "0"))),
        (json!({"foo": 1}), 400, None),
        (json!({"name": "a<b"}), 429, Some(("1", "0"))),
    ] {
        let answer = call(&app, data).await;
        assert_eq!((answer.status, quota(&answer)), (status, told), "{}", answer.body);
    }
    assert_eq!(seconds_to_wait(&call(&app, json!({})).await), 60);
    end_window(&app);
    for status in [200, 429] {
        assert_eq!(call(&app, json!({})).await.status, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn release_8_does_not_count_a_challenge_but_a_wrong_answer_to_it() {
    let app = limited().start(Eight).await;
    let digest = app.person("plain").password_digest();
    let change = |digest: Option<&str>| json!({"email": "new@example.com", "currentPassword": digest});
    for (digest, error_type, told) in [
        (None, "totp-required", ("1", "1")),
        (None, "totp-required", ("1", "1")),
        (Some("0000"), "totp-invalid", ("1", "0")),
    ] {
        let answer = call(&app, change(digest)).await;
        answer.is_refused_with(error_type);
        assert_eq!(quota(&answer), Some(told), "{error_type}");
    }
    assert_eq!(call(&app, change(Some(&digest))).await.status, 429);
    assert_eq!(call(&app, change(None)).await.status, 429);
    end_window(&app);
    call(&app, change(None)).await.is_refused_with("totp-required");
    call(&app, change(Some(&digest))).await.user();
    assert_eq!(call(&app, change(None)).await.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workspaces_settings_can_switch_the_limiter_off() {
    for (release, id, value) in [
        (Six, "API_Enable_Rate_Limiter", Bson::Boolean(false)),
        (Eight, "API_Enable_Rate_Limiter", Bson::Boolean(false)),
        (Six, WINDOW, Bson::Int32(0)),
        (Eight, CALLS, Bson::Int32(0)),
    ] {
        let app = limited().setting(CALLS, 1).setting(id, value).start(release).await;
        for _ in 0..3 {
            let answer = call(&app, json!({})).await;
            assert_eq!((answer.status, quota(&answer)), (200, None), "{release:?} {id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_default_starts_all_counters_anew() {
    for (release, limit) in [(Six, "2"), (Eight, "1")] {
        let app = limited().setting(CALLS, 1).start(release).await;
        assert_eq!(call(&app, json!({})).await.status, 200);
        assert_eq!(call(&app, json!({})).await.status, 429);
        let settings = app.database.collection::<Document>("rocketchat_settings");
        let write = settings.update_one(doc! {"_id": CALLS}, doc! {"$set": {"value": 2}});
        write.await.expect("written");
        let mut answer = call(&app, json!({})).await;
        for _ in 0..50 {
            if answer.status == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            answer = call(&app, json!({})).await;
        }
        assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (200, Some(limit)), "{release:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_without_valid_credentials_are_not_counted_and_never_refused() {
    six_and_eight(async |release| {
        let app = limited().setting(CALLS, 1).start(release).await;
        let stranger =
            async || app.signed_in("plain").header("X-Auth-Token", "more").json(&json!({})).send().await;
        for _ in 0..2 {
            let answer = stranger().await;
            assert_eq!((answer.status, quota(&answer)), (401, None), "{release:?}");
        }
        assert_eq!(quota(&call(&app, json!({})).await), Some(("1", "0")), "{release:?}");
        assert_eq!(stranger().await.status, 401, "{release:?}");
    })
    .await;
}
