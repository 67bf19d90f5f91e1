//! Codes by e-mail: when one is made, reported, compared and removed.

use super::*;

async fn store_email_code(app: &TestApp, handle: &str, value: Bson) {
    let update = doc! {"$set": {"services.emailCode": value}};
    app.users().update_one(doc! {"_id": &app.person(handle).id}, update).await.expect("updated");
}

async fn expiry(app: &TestApp, handle: &str) -> String {
    let services = services(app, handle).await;
    let code = services.get_document("emailCode").expect("a code");
    let expire = code.get_datetime("expire").expect("an end").to_chrono();
    expire.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn about_email(rest: &str) -> String {
    format!(r#"{{"method":"email",{rest},"availableMethods":["email"]}}"#)
}

const GENERATED: &str = r#""codeGenerated":true,"emailOrUsername":"email2fa@example.com""#;

fn still_there(expires: &str) -> String {
    format!(r#""emailOrUsername":"email2fa@example.com","codeGenerated":false,"codeExpires":"{expires}""#)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_email_is_made_once_and_then_reported() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let first = app.post("email2fa", &new_email()).send().await;
        assert_eq!(first.line(), required(&about_email(GENERATED)));
        let stored = services(&app, "email2fa").await.get_document("emailCode").expect("a code").clone();
        assert!(stored.get_str("code").expect("a hash").starts_with("$2b$10$"));
        assert_eq!(stored.get_i32("attempts").ok(), Some(0));
        let life = stored.get_datetime("expire").expect("an end").timestamp_millis()
            - DateTime::now().timestamp_millis();
        assert!((3_590_000..=3_600_000).contains(&life), "{life}");

        let second = app.post("email2fa", &new_email()).send().await;
        assert_eq!(second.line(), required(&about_email(&still_there(&expiry(&app, "email2fa").await))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_email_confirms_however_it_is_typed_and_is_removed() {
    for typed in ["048213", "048-213", " 048 213 ", "code: 048213"] {
        let app = TestApp::eight().await;
        set_email_code(&app, "email2fa", "048213", 60, 0).await;
        post(&app, "email2fa", &new_email(), "email", typed).await.user();
        assert!(!services(&app, "email2fa").await.contains_key("emailCode"), "{typed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_by_email_are_counted_until_a_new_one_is_made() {
    let app = Options::default()
        .setting("Accounts_TwoFactorAuthentication_Max_Invalid_Email_Code_Attempts", 3)
        .start(Eight)
        .await;
    set_email_code(&app, "email2fa", "048213", 60, 0).await;
    let about = about_email(&still_there(&expiry(&app, "email2fa").await));
    let wrong = async || post(&app, "email2fa", &new_email(), "email", "111111").await.line();
    assert_eq!(wrong().await, invalid(&about));
    assert_eq!(wrong().await, invalid(&about));
    let last = refused("totp-max-attempts", "TOTP Maximun Failed Attempts Reached", &about);
    assert_eq!(wrong().await, last);
    // The exhausted code is replaced, and no longer taken.
    let exhausted = post(&app, "email2fa", &new_email(), "email", "048213").await;
    assert_eq!(exhausted.line(), invalid(&about_email(GENERATED)));
    let stored = services(&app, "email2fa").await.get_document("emailCode").expect("a new code").clone();
    assert_eq!(stored.get_i32("attempts").ok(), Some(1), "a wrong guess is always counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_that_arrive_together_look_at_a_code_no_more_often_than_it_allows() {
    let app = Options::standalone().variable("RC_ACCOUNT_MAIL_LIMIT", "1/3600000").start(Eight).await;
    // The one mail that there is: so no new code comes between.
    post(&app, "email2fa", &new_email(), "email", "111111").await.is_refused_with("totp-invalid");
    set_email_code(&app, "email2fa", "048213", 60, 0).await;
    let before = app.hashing.runs();
    let guesses = (0..60).map(async |_| post(&app, "email2fa", &new_email(), "email", "111111").await);
    let answers = futures_util::future::join_all(guesses).await;
    assert!(answers.iter().all(|answer| answer.status == 400));
    assert_eq!(app.hashing.runs() - before, 5, "each look is a bcrypt run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_code_that_a_later_rule_refuses_does_not_count_as_a_wrong_one() {
    let app = TestApp::eight().await;
    set_email_code(&app, "email2fa", "048213", 60, 0).await;
    let bad = json!({"data": {"email": "new@example.com", "bio": "b".repeat(261)}});
    for _ in 0..6 {
        post(&app, "email2fa", &bad, "email", "048213").await.is_refused_with("error-bio-size-exceeded");
    }
    let stored = services(&app, "email2fa").await.get_document("emailCode").expect("the code").clone();
    assert_eq!(stored.get_i32("attempts").ok(), Some(0));
    post(&app, "email2fa", &new_email(), "email", "048213").await.user();
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_codes_lists_of_old_versions_and_broken_documents_are_no_code() {
    let hash = bcrypt::hash("048213", 4).expect("a hash");
    let long_ago = DateTime::from_millis(0);
    let later = DateTime::from_millis(DateTime::now().timestamp_millis() + 60_000);
    for stored in [
        bson!({"code": hash.clone(), "expire": long_ago, "attempts": 0}),
        bson!([{"code": hash, "expire": later}]),
        bson!({"attempts": 1}),
        Bson::Null,
    ] {
        let app = TestApp::eight().await;
        store_email_code(&app, "email2fa", stored.clone()).await;
        let answer = post(&app, "email2fa", &new_email(), "email", "048213").await;
        assert_eq!(answer.line(), invalid(&about_email(GENERATED)), "{stored:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_has_just_ended_is_reported_once_more_and_refused() {
    let app = TestApp::eight().await;
    set_email_code(&app, "email2fa", "048213", -60, 0).await;
    let about = about_email(&still_there(&expiry(&app, "email2fa").await));
    assert_eq!(post(&app, "email2fa", &new_email(), "email", "048213").await.line(), invalid(&about));
    let next = app.post("email2fa", &new_email()).send().await;
    assert_eq!(next.line(), required(&about_email(GENERATED)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_named_method_is_taken_even_where_it_is_off() {
    let app = TestApp::eight().await;
    let email = post(&app, "plain", &new_email(), "email", "048213").await;
    let about = r#"{"method":"email","codeGenerated":true,"emailOrUsername":"plain@example.com","availableMethods":[]}"#;
    assert_eq!(email.line(), invalid(about));
    let totp = post(&app, "plain", &new_email(), "totp", "048213").await;
    assert_eq!(totp.line(), invalid(r#"{"method":"totp","codeGenerated":false,"availableMethods":[]}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_is_refused_once_the_code_is_stored_and_an_unverified_one_is_not_named() {
    let malformed = r#"400 {"success":false,"error":"[invalid email]","errorType":"invalid email"}"#;
    let nowhere = invalid(r#"{"method":"email","codeGenerated":true,"availableMethods":[]}"#);
    for (address, verified, expected) in [
        ("no address", true, malformed),
        ("two@at@example.com", true, malformed),
        ("no address", false, nowhere.as_str()),
    ] {
        let emails = doc! {"$set": {"emails": [{"address": address, "verified": verified}]}};
        let app = Options::default().user("plain", emails).start(Eight).await;
        let answer = post(&app, "plain", &new_email(), "email", "048213").await;
        assert_eq!(answer.line(), expected, "{address} {verified}");
        assert!(services(&app, "plain").await.contains_key("emailCode"), "{address} {verified}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_deleted_while_the_code_is_judged_is_told_so() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        for (handle, method) in [("totp", "totp"), ("email2fa", "email")] {
            app.intrude(handle, None);
            let answer = post(&app, handle, &new_email(), method, "048213").await;
            let (text, id) = ("TOTP User not found [totp-user-not-found]", "totp-user-not-found");
            let expected = format!(r#"400 {{"success":false,"error":"{text}","errorType":"{id}"}}"#);
            assert_eq!(answer.line(), expected, "{release:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_life_beyond_all_calendars_ends_at_once() {
    let for_ever = 10_000_000_000_000_i64;
    let app = Options::default()
        .setting("Accounts_TwoFactorAuthentication_By_Email_Code_Expiration", for_ever)
        .setting("Accounts_TwoFactorAuthentication_RememberFor", for_ever)
        .start(Six)
        .await;
    let challenge = app.post("email2fa", &new_email()).send().await;
    assert_eq!(challenge.line(), required(&about_email(GENERATED)));
    post(&app, "totp", &new_email(), "totp", &totp(TimeDelta::zero())).await.user();
    assert!(!app.login_tokens("totp").await[0].contains_key("twoFactorAuthorizedUntil"));
}

#[tokio::test(flavor = "multi_thread")]
async fn oauth_users_have_codes_by_email_only_where_that_is_allowed() {
    let oauth = doc! {"$set": {"services.email2fa": {"enabled": true}}};
    for (allowed, method) in [(true, "email"), (false, "password")] {
        let app = Options::default()
            .setting("Accounts_twoFactorAuthentication_email_available_for_OAuth_users", allowed)
            .user("oauth", oauth.clone())
            .start(Eight)
            .await;
        let answer = app.post("oauth", &new_email()).send().await;
        assert_eq!(answer.json()["details"]["method"], method, "{}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_number_of_attempts_a_code_by_email_has_no_limit() {
    let attempts = "Accounts_TwoFactorAuthentication_Max_Invalid_Email_Code_Attempts";
    for value in [Bson::Int32(0), Bson::Null, Bson::String("many".to_owned())] {
        let app = Options::default().setting(attempts, value.clone()).start(Eight).await;
        set_email_code(&app, "email2fa", "048213", 60, 7).await;
        let wrong = post(&app, "email2fa", &new_email(), "email", "048214").await;
        wrong.is_refused_with("totp-invalid");
        assert_eq!(wrong.json()["details"]["codeGenerated"], false, "{value}: the code stays");
        post(&app, "email2fa", &new_email(), "email", "048213").await.user();
    }
}
