//! The rate limiter: whom it limits, by what address, and what the operator can change.

use crate::rate_limit::{CALLS, call, end_window, limited, quota};
use crate::support::{Answer, Options, TestApp, six_and_eight};
use chrono::TimeDelta;
use devstack::workspace::Release::{Eight, Six};
use serde_json::json;

async fn call_from(app: &TestApp, name: &str, address: &str) -> Answer {
    app.signed_in("plain").header(name, address).json(&json!({"data": {}})).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_bypass_the_limiter_is_neither_limited_nor_told_of_it() {
    six_and_eight(async |release| {
        let app = limited().setting(CALLS, 1).start(release).await;
        for handle in ["admin", "bot", "agent", "admin", "bot", "agent"] {
            let answer = app.post(handle, &json!({"data": {}})).send().await;
            assert_eq!((answer.status, quota(&answer)), (200, None), "{release:?} {handle}");
            assert_eq!(answer.header("x-ratelimit-reset"), None, "{release:?} {handle}");
        }
        assert_eq!(call(&app, json!({})).await.status, 200, "they have used up nobody's calls");
        // The address counts, not the user.
        assert_eq!(app.post("legacy", &json!({"data": {}})).send().await.status, 429, "{release:?}");
        assert_eq!(app.post("admin", &json!({"data": {}})).send().await.status, 200, "{release:?}");
    })
    .await;
}

async fn answers_to(app: &TestApp, calls: &[(&str, &str, u16)]) {
    for (name, address, status) in calls {
        assert_eq!(call_from(app, name, address).await.status, *status, "{name}: {address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_proxies_calls_are_counted_by_real_ip_or_peer() {
    let app = limited().variable("HTTP_FORWARDED_COUNT", "0").start(Eight).await;
    answers_to(
        &app,
        &[
            ("X-Forwarded-For", "192.0.2.1", 200),
            ("X-Forwarded-For", "192.0.2.2", 429),
            ("X-Real-IP", "127.0.0.1", 429),
            ("X-Real-IP", "192.0.2.1", 200),
            ("X-Real-IP", "192.0.2.1", 429),
            ("X-Real-IP", "192.0.2.2", 200),
            // What is no address is not believed; one that is written in another way is the same.
            ("X-Real-IP", "any text", 429),
            ("X-Real-IP", "2001:db8::1", 200),
            ("X-Real-IP", "2001:DB8:0:0:0:0:0:1", 429),
        ],
    )
    .await;
    end_window(&app);
    answers_to(&app, &[("X-Real-IP", "192.0.2.3", 200), ("X-Real-IP", "192.0.2.1", 200)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_default_the_last_entry_of_forwarded_for_counts() {
    let app = limited().start(Eight).await;
    answers_to(
        &app,
        &[
            ("X-Forwarded-For", "192.0.2.1", 200),
            ("X-Forwarded-For", "192.0.2.2", 200),
            ("X-Forwarded-For", "192.0.2.9, 192.0.2.2", 429),
            ("X-Forwarded-For", "unknown", 200),
            ("X-Real-IP", "127.0.0.1", 429),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_of_a_peer_outside_the_trusted_networks_are_not_believed() {
    let trusting = |networks| limited().variable("RC_ACCOUNT_TRUSTED_PROXIES", networks).start(Eight);
    let calls = |second| [("X-Real-IP", "192.0.2.1", 200), ("X-Forwarded-For", "192.0.2.2", second)];
    answers_to(&trusting("10.0.0.0/8,127.0.0.0/8").await, &calls(200)).await;
    answers_to(&trusting("10.0.0.0/8").await, &calls(429)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_trusted_proxies_the_entry_of_the_outermost_counts() {
    let app = limited().variable("HTTP_FORWARDED_COUNT", "2").start(Eight).await;
    answers_to(
        &app,
        &[
            ("X-Forwarded-For", "192.0.2.1, 10.0.0.1", 200),
            ("X-Forwarded-For", "198.51.100.7,192.0.2.1 ,10.0.0.2", 429),
            ("X-Forwarded-For", "192.0.2.1, 192.0.2.2, 10.0.0.1", 200),
            // Too short a list is none.
            ("X-Forwarded-For", "192.0.2.9", 200),
            ("X-Real-IP", "127.0.0.1", 429),
            ("X-Real-IP", "192.0.2.2", 429),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_can_set_a_limit_of_his_own_or_none() {
    async fn statuses(app: &TestApp) -> Vec<u16> {
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(call(app, json!({})).await.status);
        }
        statuses
    }
    let start = async |release, limit| {
        let options = Options::default().variable("RC_ACCOUNT_RATE_LIMIT", limit);
        options.setting(CALLS, 1).setting("API_Enable_Rate_Limiter", limit == "off").start(release).await
    };
    // Whatever the workspace's settings say.
    assert_eq!(statuses(&start(Six, "off").await).await, [200; 4]);
    for release in [Six, Eight] {
        let app = start(release, "2/30000").await;
        assert_eq!(statuses(&app).await, [200, 200, 429, 429], "{release:?}");
        app.advance_clock(TimeDelta::milliseconds(30_001));
        assert_eq!(quota(&call(&app, json!({})).await), Some(("2", "1")), "{release:?}");
    }
}
