//! Turning codes by e-mail on and off, and asking for a new one: the stand-alone routes.

use crate::support::codes::{set_email_code, totp};
use crate::support::{Answer, Options, TestApp, plain_refusal, six_and_eight};
use chrono::TimeDelta;
use devstack::smtp::{Behaviour, Sink};
use devstack::workspace::BACKUP_CODES;
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{DateTime, Document, doc};
use reqwest::Method;
use serde_json::{Value, json};

const ENABLE: &str = "users.2fa.enableEmail";
const DISABLE: &str = "users.2fa.disableEmail";
const SEND: &str = "users.2fa.sendEmailCode";
const SUCCESS: &str = r#"200 {"success":true}"#;

fn standalone() -> Options {
    Options::default().variable("RC_ACCOUNT_STANDALONE", "true")
}

async fn post(app: &TestApp, handle: &str, route: &str, factor: &[(&str, &str)]) -> Answer {
    let person = app.person(handle);
    with_token(app, &person.id, &person.token, route, factor).await
}

async fn with_token(app: &TestApp, id: &str, token: &str, route: &str, factor: &[(&str, &str)]) -> Answer {
    let mut request = app.request(Method::POST, &format!("/api/v1/{route}")).sign_in(id, token);
    for (name, value) in factor {
        request = request.header(name, value);
    }
    request.send().await
}

async fn send_code(app: &TestApp, body: &Value) -> Answer {
    app.request(Method::POST, &format!("/api/v1/{SEND}")).json(body).send().await
}

async fn services(app: &TestApp, handle: &str) -> Document {
    app.stored(handle).await.get_document("services").expect("services").clone()
}

async fn is_on(app: &TestApp, handle: &str) -> bool {
    let services = services(app, handle).await;
    services.get_document("email2fa").and_then(|email2fa| email2fa.get_bool("enabled")).expect("a flag")
}

async fn stored_code(app: &TestApp, handle: &str) -> Option<Document> {
    services(app, handle).await.get_document("emailCode").ok().cloned()
}

fn refused(id: &str, text: &str, details: &str) -> String {
    format!(r#"400 {{"success":false,"error":"{text} [{id}]","errorType":"{id}","details":{details}}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_by_email_are_turned_on_without_a_second_factor_and_end_other_sessions() {
    six_and_eight(async |release| {
        let app = standalone().start(release).await;
        let before = DateTime::now();
        assert_eq!(post(&app, "plain", ENABLE, &[]).await.line(), SUCCESS);
        let services = services(&app, "plain").await;
        let email2fa = services.get_document("email2fa").expect("email2fa");
        assert_eq!(email2fa.keys().collect::<Vec<_>>(), ["enabled", "changedAt"]);
        assert!(email2fa.get_bool("enabled").expect("a flag"));
        assert!(email2fa.get_datetime("changedAt").expect("a date") >= &before);
        let tokens = services.get_document("resume").and_then(|resume| resume.get_array("loginTokens"));
        assert_eq!(tokens.expect("tokens").len(), 1);

        assert_eq!(post(&app, "pat", ENABLE, &[]).await.line(), SUCCESS);
        let tokens = app.stored("pat").await;
        let tokens = tokens.get_document("services").and_then(|services| services.get_document("resume"));
        let count = tokens.expect("resume").get_array("loginTokens").expect("tokens").len();
        assert_eq!(count, 3, "personal access tokens stay");
        assert_eq!(post(&app, "no-email", ENABLE, &[]).await.line(), SUCCESS);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_an_unverified_address_must_verify_it_first() {
    let app = standalone().start(Six).await;
    let before = app.dump().await;
    assert_eq!(
        post(&app, "legacy", ENABLE, &[]).await.line(),
        r#"400 {"success":false,"error":"You need to verify your emails before setting up 2FA [error-invalid-user]","errorType":"error-invalid-user"}"#
    );
    assert_eq!(app.dump().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn turning_them_off_needs_a_code_which_is_spent() {
    six_and_eight(async |release| {
        let app = standalone().start(release).await;
        let generated = r#"{"method":"email","codeGenerated":true,"emailOrUsername":"email2fa@example.com","availableMethods":["email"]}"#;
        let challenge = post(&app, "email2fa", DISABLE, &[]).await;
        assert_eq!(challenge.line(), refused("totp-required", "TOTP Required", generated));
        set_email_code(&app, "email2fa", "048213", 60, 0).await;
        post(&app, "email2fa", DISABLE, &[("x-2fa-code", "048214")]).await.is_refused_with("totp-invalid");
        assert!(is_on(&app, "email2fa").await);
        let off = post(&app, "email2fa", DISABLE, &[("x-2fa-code", "048213"), ("x-2fa-method", "email")]).await;
        assert_eq!(off.line(), SUCCESS);
        assert!(!is_on(&app, "email2fa").await);
        assert_eq!(stored_code(&app, "email2fa").await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_header_counts_by_itself_there() {
    let app = standalone().start(Eight).await;
    // A method without a code selects, a code without a method is taken for the first method.
    let about = r#"{"method":"totp","codeGenerated":false,"availableMethods":["email"]}"#;
    let named = post(&app, "email2fa", DISABLE, &[("x-2fa-method", "totp")]).await;
    assert_eq!(named.line(), refused("totp-required", "TOTP Required", about));
    set_email_code(&app, "email2fa", "048213", 60, 0).await;
    assert_eq!(post(&app, "email2fa", DISABLE, &[("x-2fa-code", "048213")]).await.line(), SUCCESS);
}

#[tokio::test(flavor = "multi_thread")]
async fn totp_and_backup_codes_turn_them_off_as_well() {
    let on = doc! {"$set": {"services.email2fa.enabled": true}};
    for code in [totp(TimeDelta::zero()), BACKUP_CODES[0].to_owned()] {
        let app = standalone().user("totp", on.clone()).start(Eight).await;
        assert_eq!(post(&app, "totp", DISABLE, &[("x-2fa-code", &code)]).await.line(), SUCCESS);
        assert!(!is_on(&app, "totp").await);
        let again = post(&app, "totp", DISABLE, &[("x-2fa-code", &code)]).await;
        again.is_refused_with("totp-invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_method_the_password_is_asked_for_where_the_workspace_wants_it() {
    let about = r#"{"method":"password","codeGenerated":false,"availableMethods":[]}"#;
    let app = standalone().start(Eight).await;
    let required = refused("totp-required", "TOTP Required", about);
    assert_eq!(post(&app, "plain", DISABLE, &[]).await.line(), required);
    let digest = app.person("plain").password_digest();
    assert_eq!(post(&app, "plain", DISABLE, &[("x-2fa-code", &digest)]).await.line(), SUCCESS);
    assert_eq!(post(&app, "oauth", DISABLE, &[]).await.line(), SUCCESS, "has no password");

    let id = "Accounts_TwoFactorAuthentication_Enforce_Password_Fallback";
    let app = standalone().setting(id, false).start(Eight).await;
    assert_eq!(post(&app, "plain", DISABLE, &[]).await.line(), SUCCESS);
    let app = standalone().setting("Accounts_TwoFactorAuthentication_Enabled", false).start(Six).await;
    assert_eq!(post(&app, "email2fa", DISABLE, &[]).await.line(), SUCCESS);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_client_remembers_does_not_count_but_what_the_token_is_for_does() {
    let remembered = doc! {"$set": {
        "services.resume.loginTokens.0.twoFactorAuthorizedHash": "995cb32680bf8fe083449b7fbc38696d",
        "services.resume.loginTokens.0.twoFactorAuthorizedUntil": DateTime::from_millis(i64::MAX / 4),
    }};
    let app = standalone().user("email2fa", remembered).start(Eight).await;
    let from = [("x-real-ip", "192.0.2.44")];
    post(&app, "email2fa", DISABLE, &from).await.is_refused_with("totp-required");

    let person = app.person("pat");
    let (bypassing, asking) = (&person.other_tokens[0], &person.other_tokens[1]);
    let asked = with_token(&app, &person.id, asking, DISABLE, &[]).await;
    asked.is_refused_with("totp-required");
    assert_eq!(with_token(&app, &person.id, bypassing, DISABLE, &[]).await.line(), SUCCESS);

    // Who has just registered, and has no method yet, is not asked.
    let app = standalone().user("plain", doc! {"$set": {"createdAt": DateTime::now()}});
    let app = app.user("email2fa", doc! {"$set": {"createdAt": DateTime::now()}}).start(Eight).await;
    assert_eq!(post(&app, "plain", DISABLE, &[]).await.line(), SUCCESS);
    post(&app, "email2fa", DISABLE, &[]).await.is_refused_with("totp-required");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_uses_of_one_code_exactly_one_counts() {
    let app = standalone().variable("RC_ACCOUNT_GUESS_BUDGET", "5/60000").start(Six).await;
    set_email_code(&app, "email2fa", "048213", 60, 0).await;
    // The same code for two things at once.
    let uses = (0..50).map(async |n| {
        if n % 2 == 0 {
            return post(&app, "email2fa", DISABLE, &[("x-2fa-code", "048213"), ("x-2fa-method", "email")])
                .await;
        }
        let body = json!({"data": {"email": format!("n{n}@example.com")}});
        let request = app.post("email2fa", &body).header("x-2fa-method", "email");
        request.header("x-2fa-code", "048213").send().await
    });
    let answers = futures_util::future::join_all(uses).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_code_is_made_for_whoever_asks_and_nobody_learns_for_whom() {
    six_and_eight(async |release| {
        let app = standalone().odd_requests().start(release).await;
        for login in ["email2fa", "EMAIL2FA@Example.com"] {
            // One that is used up: a usable one stays.
            set_email_code(&app, "email2fa", "048213", 60, 5).await;
            let before = stored_code(&app, "email2fa").await;
            assert_eq!(send_code(&app, &json!({"emailOrUsername": login})).await.line(), SUCCESS);
            let code = stored_code(&app, "email2fa").await;
            assert_ne!(code, before, "{login}");
            assert_eq!(code.expect("a code").get_i32("attempts").ok(), Some(0));
        }
        // Also where the method is off, and for users without an address.
        for login in ["plain", "no-email"] {
            assert_eq!(send_code(&app, &json!({"emailOrUsername": login})).await.line(), SUCCESS);
            assert!(stored_code(&app, login).await.is_some(), "{login}");
        }
        let before = app.dump().await;
        for login in ["nobody", "nobody@example.com", "EMAIL2FA"] {
            assert_eq!(send_code(&app, &json!({"emailOrUsername": login})).await.line(), SUCCESS, "{login}");
        }
        assert_eq!(app.dump().await, before);
        let refused = send_code(&app, &json!({})).await;
        match release {
            Six => {
                refused.is_refused_with("error-parameter-required");
                let required = r#"400 {"success":false,"error":"emailOrUsername is required [error-parameter-required]","errorType":"error-parameter-required"}"#;
                assert_eq!(refused.line(), required);
                assert_eq!(refused.header("cache-control"), Some("no-store"));
                for nothing in [json!(""), json!(null), json!(0)] {
                    let answer = send_code(&app, &json!({"emailOrUsername": nothing})).await;
                    assert_eq!(answer.line(), required);
                }
                let number = send_code(&app, &json!({"emailOrUsername": 5})).await.line();
                assert_eq!(number, plain_refusal("emailOrUsername.includes is not a function"));
                let more = send_code(&app, &json!({"emailOrUsername": "nobody", "more": 1})).await;
                assert_eq!(more.line(), SUCCESS);
            }
            Eight => {
                refused.is_refused_with("invalid-params");
                assert_eq!(send_code(&app, &json!({"emailOrUsername": ""})).await.line(), SUCCESS);
            }
        }
    })
    .await;
}

/// Older versions do not look who asks.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_named_gets_the_code_at_6_13() {
    let app = standalone().start(Six).await;
    let person = app.person("agent");
    let request = app.request(Method::POST, &format!("/api/v1/{SEND}")).sign_in(&person.id, &person.token);
    assert_eq!(request.json(&json!({"emailOrUsername": "plain"})).send().await.line(), SUCCESS);
    assert_eq!(stored_code(&app, "agent").await, None);
    assert!(stored_code(&app, "plain").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_is_mailed_behind_the_answer_whatever_the_mail_server_does() {
    let sink = Sink::start().await;
    sink.behave(Behaviour::Hang);
    let app = standalone().mail_server(&sink).start(Six).await;
    let asked = async |login: &str| send_code(&app, &json!({"emailOrUsername": login})).await.line();
    // Would take the mail's whole time, one after the other, if an answer waited for it.
    for _ in 0..3 {
        assert_eq!(asked("email2fa").await, SUCCESS);
    }
    sink.behave(Behaviour::Accept);
    assert_eq!(asked("plain").await, SUCCESS);
    sink.wait_for(|mail| mail.to == "plain@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_addresses_those_before_the_first_malformed_one_get_the_code() {
    let sink = Sink::start().await;
    let verified = |address: &str| doc! {"address": address, "verified": true};
    let emails = [verified("good@example.com"), verified("bad"), verified("late@example.com")];
    let app = standalone().user("email2fa", doc! {"$set": {"emails": emails.to_vec()}});
    let app = app.mail_server(&sink).start(Eight).await;
    post(&app, "email2fa", DISABLE, &[]).await.is_refused_with("invalid email");
    sink.wait_for(|mail| mail.to == "good@example.com").await;
    // Asked for by the owner: a stranger does not replace a usable one.
    let person = app.person("email2fa");
    let own = app.request(Method::POST, &format!("/api/v1/{SEND}")).sign_in(&person.id, &person.token);
    assert_eq!(own.json(&json!({"emailOrUsername": "email2fa"})).send().await.line(), SUCCESS);
    let to_good = || sink.mails().iter().filter(|mail| mail.to == "good@example.com").count();
    sink.wait_for(|_| to_good() == 2).await;
    assert_eq!(sink.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_hash_is_no_password_and_does_not_stand_in_the_way() {
    let empty = doc! {"$set": {"services.password.bcrypt": ""}};
    let app = standalone().user("plain", empty).start(Eight).await;
    assert_eq!(post(&app, "plain", DISABLE, &[]).await.line(), SUCCESS);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_in_gets_a_code_for_themselves() {
    let app = standalone().start(Eight).await;
    let person = app.person("agent");
    let request = app.request(Method::POST, &format!("/api/v1/{SEND}")).sign_in(&person.id, &person.token);
    assert_eq!(request.json(&json!({"emailOrUsername": "plain"})).send().await.line(), SUCCESS);
    assert_eq!(stored_code(&app, "plain").await, None);
    assert!(stored_code(&app, "agent").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_flood_mailboxes() {
    let app = standalone().variable("RC_ACCOUNT_RATE_LIMIT", "auto").start(Eight).await;
    for _ in 0..10 {
        assert_eq!(send_code(&app, &json!({"emailOrUsername": "email2fa"})).await.status, 200);
    }
    let before = stored_code(&app, "email2fa").await;
    assert_eq!(send_code(&app, &json!({"emailOrUsername": "email2fa"})).await.status, 429);
    assert_eq!(stored_code(&app, "email2fa").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_rocket_chat_the_routes_are_not_there() {
    let app = TestApp::six().await;
    for route in [ENABLE, DISABLE, SEND] {
        assert_eq!(post(&app, "plain", route, &[]).await.line(), "404 404 Not Found", "{route}");
    }
    let app = standalone().start(Six).await;
    for route in [ENABLE, DISABLE] {
        assert_eq!(app.request(Method::POST, &format!("/api/v1/{route}")).send().await.status, 401);
    }
}
