//! Who is known, but may not sign in, and who may all the same.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn who_is_known_but_may_not_sign_in_is_told_why() {
    const FUNCTION: &str = r#""details":{"function":"Accounts.validateLoginAttempt"},"#;
    six_and_eight(async |release| {
        for (update, id, details, text) in [
            (
                doc! {"$set": {"active": false}},
                "error-user-is-not-activated",
                FUNCTION,
                "User is not activated",
            ),
            (
                doc! {"$unset": {"active": 1}},
                "error-user-is-not-activated",
                FUNCTION,
                "User is not activated",
            ),
            (
                doc! {"$set": {"type": "app"}},
                "error-app-user-is-not-allowed-to-login",
                FUNCTION,
                "App user is not allowed to login",
            ),
            (doc! {"$unset": {"roles": 1}}, "error-user-has-no-roles", FUNCTION, "User has no roles"),
            (
                doc! {"$set": {"emails.0.verified": false}},
                "error-invalid-email",
                "",
                "Invalid email __email__",
            ),
        ] {
            let app = Options::standalone()
                .setting("Accounts_EmailVerification", true)
                .user("plain", update)
                .start(release)
                .await;
            let answer = app.log_in(&with_password("plain", PASSWORD)).await;
            assert_eq!(answer.line(), refused(release, id, details, text));
            assert_eq!(app.login_tokens("plain").await.len(), 3);
            // Only with the right password.
            let wrong = app.log_in(&with_password("plain", "wrong")).await;
            assert_eq!(wrong.line(), unauthorized(release));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unverified_address_is_no_obstacle_for_admins_or_where_nobody_asks() {
    let unverified = doc! {"$set": {"emails.0.verified": false}};
    let asking = Options::standalone().setting("Accounts_EmailVerification", true);
    let app = asking.user("admin", unverified.clone()).start(Eight).await;
    token(&app.log_in(&with_password("admin", "Secret-1-of-admin")).await);
    let app = Options::standalone().user("plain", unverified).start(Eight).await;
    token(&app.log_in(&with_password("plain", PASSWORD)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_is_asked_nothing_further() {
    let visitor = doc! {"$set": {"type": "visitor", "active": false}, "$unset": {"lastLogin": 1}};
    let app = Options::standalone().user("totp", visitor).start(Eight).await;
    let before = app.stored("totp").await;
    let answer = app.log_in(&with_password("totp", "Secret-1-of-totp")).await;
    token(&answer);
    token(&app.log_in(&json!({"resume": token(&answer)})).await);
    let after = app.stored("totp").await;
    assert!(!after.contains_key("lastLogin"));
    assert_eq!(after.get("_updatedAt"), before.get("_updatedAt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forced_password_change_does_not_keep_anybody_out() {
    let app = standalone(Six).await;
    let answer = app.log_in(&with_password("forced", "Secret-1-of-forced")).await;
    assert_eq!(answer.json()["data"]["me"]["requirePasswordChange"], true, "{}", answer.body);
}
