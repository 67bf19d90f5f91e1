//! Numbers and booleans in settings.

use crate::support::Options;
use chrono::TimeDelta;
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, bson};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn numbers_in_settings_count_with_their_fractions_and_as_texts() {
    const BY_USER: &str = "Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User";
    const MINUTES: &str = "Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes";
    for (minutes, free_after) in
        [(bson!(0.05), Some(3)), (bson!("0.05"), Some(3)), (bson!(" 1.5 "), Some(90)), (bson!(1e300), None)]
    {
        let app =
            Options::standalone().setting(BY_USER, "1").setting(MINUTES, minutes.clone()).start(Eight).await;
        app.stop_clock();
        let log_in = async |password: &str| {
            app.advance_clock(TimeDelta::milliseconds(1));
            app.log_in(&json!({"user": "plain", "password": password})).await.status
        };
        let blocked =
            || async { app.log_in(&json!({"user": "plain", "password": "Secret-1-of-plain"})).await };
        assert_eq!(log_in("wrong").await, 401);
        assert!(blocked().await.body.contains("blocked-for-user"), "{minutes}");
        let Some(seconds) = free_after else { continue };
        app.advance_clock(TimeDelta::milliseconds(seconds * 1000 - 100));
        assert!(blocked().await.body.contains("blocked-for-user"), "{minutes}");
        app.advance_clock(TimeDelta::milliseconds(200));
        assert_eq!(log_in("Secret-1-of-plain").await, 200, "{minutes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limits_of_the_api_count_with_fractions_and_are_told_so() {
    for (calls, passing, told) in
        [(bson!(2.5), 2, "2.5"), (bson!("2"), 2, "2"), (bson!(0.5), 0, "0.5"), (bson!(-1), 0, "-1")]
    {
        let app = Options::default()
            .setting("API_Enable_Rate_Limiter_Limit_Calls_Default", calls.clone())
            .variable("RC_ACCOUNT_RATE_LIMIT", "auto")
            .start(Six)
            .await;
        for call in 0..4 {
            let answer = app.change("plain", &json!({"bio": "b"})).await;
            assert_eq!(answer.status == 200, call < passing, "{calls}: {}", answer.body);
            assert_eq!(answer.header("x-ratelimit-limit"), Some(told), "{calls}");
        }
    }
    for off in [bson!(""), bson!(0), bson!("many"), Bson::Null] {
        let app = Options::default()
            .setting("API_Enable_Rate_Limiter_Limit_Calls_Default", off.clone())
            .variable("RC_ACCOUNT_RATE_LIMIT", "auto")
            .start(Six)
            .await;
        for _ in 0..15 {
            assert_eq!(app.change("plain", &json!({"bio": "b"})).await.status, 200, "{off}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_policy_compares_as_javascript_does() {
    let id = |name: &str| format!("Accounts_Password_Policy_{name}");
    for (name, value, password, is_allowed) in [
        ("MinLength", bson!(8.5), "Secret-8", false),
        ("MinLength", bson!(7.5), "Secret-8", true),
        ("MinLength", bson!("9"), "Secret-8", false),
        ("MinLength", bson!("nine"), "Secret-8", true),
        ("MaxLength", bson!(7.5), "Secret-8", false),
        ("MinLength", bson!(9), "Secret😀8", true),
        ("ForbidRepeatingCharactersCount", bson!("1"), "Secrett-8", false),
        ("ForbidRepeatingCharactersCount", bson!(1.5), "Secrett-8", true),
        ("ForbidRepeatingCharactersCount", Bson::Null, "Secretttt-8", true),
    ] {
        let app = Options::default()
            .setting("Accounts_TwoFactorAuthentication_Enabled", false)
            .setting(&id("Enabled"), true)
            .setting(&id("MinLength"), 1)
            .setting(&id("ForbidRepeatingCharactersCount"), 3)
            .setting(&id(name), value.clone())
            .start(Eight)
            .await;
        let answer = app.change("plain", &json!({"newPassword": password})).await;
        assert_eq!(answer.status == 200, is_allowed, "{name} {value}: {}", answer.body);
    }
    for amount in [bson!(2.5), bson!("2"), bson!(1e300), bson!(-1), Bson::Null, bson!("")] {
        let app = Options::default()
            .setting("Accounts_TwoFactorAuthentication_Enabled", false)
            .setting("Accounts_Password_History_Enabled", true)
            .setting("Accounts_Password_History_Amount", amount.clone())
            .start(Eight)
            .await;
        let answer = app.change("plain", &json!({"newPassword": "An0ther-and-strong"})).await;
        assert_eq!(answer.status, 200, "{amount}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn booleans_that_are_stored_as_texts_are_true_unless_they_are_empty() {
    for (value, may_change) in [
        (bson!("false"), true),
        (bson!("0"), true),
        (bson!(""), false),
        (bson!(0), false),
        (bson!(f64::NAN), false),
        (bson!([]), true),
        (bson!({}), true),
    ] {
        let app =
            Options::default().setting("Accounts_AllowUserProfileChange", value.clone()).start(Eight).await;
        assert_eq!(app.change("plain", &json!({"bio": "b"})).await.status == 200, may_change, "{value}");
    }
}
