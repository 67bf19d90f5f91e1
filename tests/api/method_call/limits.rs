//! How many calls of a method a user may make, and how many guesses.

use super::*;

fn too_many_requests(seconds: u32) -> String {
    let reason = format!(
        "Error, too many requests. Please slow down. You must wait {seconds} seconds before trying again."
    );
    let details = format!(r#"{{"timeToReset":{seconds}000}}"#);
    failed(Six, &meteor_error("too-many-requests", &reason, &details))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_budget_of_guesses_answers_as_meteors_limiter_does() {
    let app = Options::default().variable("RC_ACCOUNT_GUESS_BUDGET", "2/60000").start(Six).await;
    app.stop_clock();
    let guess =
        json!([{"email": "n@example.com"}, null, {"twoFactorCode": "0", "twoFactorMethod": "password"}]);
    for _ in 0..2 {
        assert!(save(&app, "plain", &guess).await.body.contains("totp-invalid"));
    }
    assert_eq!(save(&app, "plain", &guess).await.line(), too_many_requests(60));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_may_call_a_method_twenty_times_in_ten_seconds() {
    for version in WITH_THE_METHOD {
        let app = Options::default()
            .variable("RC_ACCOUNT_RATE_LIMIT", "auto")
            .variable("RC_ACCOUNT_RELEASE", version)
            .start(Six)
            .await;
        app.stop_clock();
        let nothing = json!([{}]);
        for _ in 0..20 {
            assert_eq!(save(&app, "plain", &nothing).await.line(), SAVED);
        }
        assert_eq!(save(&app, "plain", &nothing).await.line(), too_many_requests(10));
        assert_eq!(save(&app, "totp", &nothing).await.line(), SAVED, "others have calls of their own");
        app.advance_clock(TimeDelta::milliseconds(10_001));
        assert_eq!(save(&app, "plain", &nothing).await.line(), SAVED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_of_methods_follows_the_workspace_and_the_operator() {
    let calls = async |options: Options| {
        let app = options.start(Six).await;
        app.stop_clock();
        let answers = [save(&app, "plain", &json!([{}])).await, save(&app, "plain", &json!([{}])).await];
        answers.iter().filter(|answer| answer.line() == SAVED).count()
    };
    let by_workspace = || {
        let allowed = "DDP_Rate_Limit_User_By_Method_Requests_Allowed";
        Options::default().setting(allowed, 1).variable("RC_ACCOUNT_RATE_LIMIT", "auto")
    };
    assert_eq!(calls(by_workspace()).await, 1);
    assert_eq!(calls(by_workspace().setting("DDP_Rate_Limit_User_By_Method_Enabled", false)).await, 2);
    assert_eq!(calls(by_workspace().variable("RC_ACCOUNT_RATE_LIMIT", "off")).await, 2);
    assert_eq!(calls(Options::default().variable("RC_ACCOUNT_RATE_LIMIT", "1/60000")).await, 1);
}
