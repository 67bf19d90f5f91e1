//! Rocket.Chat's own variables: `HTTP_FORWARDED_COUNT` against what requests carry, `OVERWRITE_SETTING_<ID>` against what the
//! database holds.

use crate::support::{Options, ROUTE, Service, check, check_with, resting};
use devstack::workspace::Release::Eight;
use serde_json::json;
use std::time::{Duration, Instant};

/// What `check` says once the service has had requests with these headers.
async fn said_after(count: &str, lists: &[&str], level: &str, message: &str) {
    let app = resting(Options::default(), Eight).await;
    let service = Service::on(app.mongo_url(), &[("HTTP_FORWARDED_COUNT", count)]);
    let person = app.person("plain");
    for list in lists {
        let request = devstack::http::client()
            .post(format!("{}{ROUTE}", service.base))
            .header("X-User-Id", &person.id)
            .header("X-Auth-Token", &person.token)
            .header("X-Forwarded-For", *list)
            .json(&json!({"data": {}}));
        request.send().await.expect("an answer");
    }
    // With the next heartbeat.
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let checked = check(&app);
        let found = checked.of("proxies");
        if found.iter().any(|(found, text)| *found == level && text.contains(message)) {
            break;
        }
        assert!(Instant::now() < deadline, "{message}: {found:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    service.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_when_requests_carry_more_or_fewer_entries_than_the_count_says() {
    said_after("", &[], "ok", "HTTP_FORWARDED_COUNT=1: no X-Forwarded-For has come yet").await;
    said_after(" \n", &["192.0.2.1"], "ok", "have so many entries").await;
    let more = "more entries than HTTP_FORWARDED_COUNT=1 says, the latest 2";
    said_after("", &["192.0.2.1, 10.0.0.1", "192.0.2.2, 10.0.0.1"], "warning", more).await;
    let fewer = "fewer entries than HTTP_FORWARDED_COUNT=2 says, the latest 1";
    said_after("2", &["192.0.2.1"], "warning", fewer).await;
    said_after("0", &["192.0.2.1"], "warning", "more entries than HTTP_FORWARDED_COUNT=0 says, the latest 1")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_where_an_overwriting_variable_is_overruled_by_the_database() {
    let app = resting(Options::default().setting("SMTP_Password", "s3cret"), Eight).await;
    let with = |id: &str, text: &str| {
        check_with(&[("MONGO_URL", app.mongo_url()), (&format!("OVERWRITE_SETTING_{id}"), text)])
    };
    for (id, same, other) in [
        ("SMTP_Password", "s3cret\n", "hunter2"),
        ("Accounts_AllowUsernameChange", "TRUE", "false"),
        ("Accounts_TwoFactorAuthentication_MaxDelta", "1", "2"),
    ] {
        with(id, same).is_ok("settings", "");
        let checked = with(id, other);
        checked.has("settings", "warning", &format!("OVERWRITE_SETTING_{id} is set, but the database holds"));
        assert!(!checked.said.contains("hunter2") && !checked.said.contains("s3cret"), "{}", checked.said);
    }
}
