//! The proof that a new address or password needs. So far the present password is one; codes are refused.

use crate::support::{Answer, Options, ROUTE, TestApp, at, plain_refusal, refusal, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use devstack::workspace::password_digest;
use mongodb::bson::{Bson, doc};
use reqwest::Method;
use serde_json::{Value, json};

const CODE: &str = "x-2fa-code";
const METHOD: &str = "x-2fa-method";
const STRONG: &str = "N3w-and-strong-enough";

fn details(method: &str, available: &[&str]) -> Value {
    json!({"method": method, "codeGenerated": false, "availableMethods": available})
}

fn required(method: &str, available: &[&str]) -> String {
    refusal("TOTP Required", "totp-required", &details(method, available))
}

fn invalid(method: &str, available: &[&str]) -> String {
    refusal("TOTP Invalid", "totp-invalid", &details(method, available))
}

/// Answers of the e-mail method say more about the code that they are about; that is not looked at here.
fn is_about_email(answer: &Answer, id: &str, available: &[&str]) {
    answer.is_refused_with(id);
    let details = &answer.json()["details"];
    assert_eq!(details["method"], "email", "{}", answer.body);
    assert_eq!(details["availableMethods"], json!(available), "{}", answer.body);
}

/// The own address once more: needs a proof, and changes nothing.
fn same_address(app: &TestApp, handle: &str) -> Value {
    json!({"email": app.person(handle).email})
}

async fn with_headers(app: &TestApp, handle: &str, data: &Value, headers: &[(&str, &str)]) -> Answer {
    let request = app.post(handle, &json!({"data": data}));
    headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_proof_nothing_protected_is_changed() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let before = app.dump().await;
        for data in [
            json!({"email": "new@example.com", "bio": "Engineer"}),
            json!({"newPassword": STRONG, "name": "New Name"}),
            json!({"email": "plain@example.com"}),
            json!({"email": "nonsense", "currentPassword": ""}),
            json!({"newPassword": " ", "currentPassword": null}),
        ] {
            let answer = app.change("plain", &data).await;
            assert_eq!(answer.line(), required("password", &[]), "{release:?} {data}");
        }
        assert_eq!(app.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_present_passwords_digest_is_the_proof_in_the_body_or_in_both_headers() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let digest = app.person("plain").password_digest();
        let (upper, wrong) = (digest.to_uppercase(), password_digest("another"));
        let plain = app.person("plain").password.clone().expect("a password");
        let passes = None;
        let required = Some(required("password", &[]));
        let refused = Some(invalid("password", &[]));
        let before = app.stored("plain").await;
        for (current, headers, expected) in [
            (Some(&digest), &[][..], &passes),
            (Some(&upper), &[], &passes),
            (Some(&plain), &[], &refused),
            (Some(&wrong), &[], &refused),
            // With a digest in the body the headers are not looked at.
            (Some(&digest), &[(CODE, "123456"), (METHOD, "totp")], &passes),
            (Some(&wrong), &[(CODE, digest.as_str()), (METHOD, "password")], &refused),
            (None, &[(CODE, &digest), (METHOD, "password")], &passes),
            (None, &[(CODE, &upper), (METHOD, "password")], &passes),
            // What is no known method means the user's own.
            (None, &[(CODE, &digest), (METHOD, "PASSWORD")], &passes),
            (None, &[(CODE, &digest), (METHOD, "Totp")], &passes),
            (None, &[(CODE, &plain), (METHOD, "password")], &refused),
            (None, &[(CODE, "0"), (METHOD, "x")], &refused),
            // One header alone counts for nothing.
            (None, &[(CODE, &digest)], &required),
            (None, &[(METHOD, "password")], &required),
            (None, &[(CODE, &digest), (METHOD, "")], &required),
            (None, &[(CODE, ""), (METHOD, "password")], &required),
            // Named, a method counts even where it is off.
            (None, &[(CODE, &digest), (METHOD, "totp")], &Some(invalid("totp", &[]))),
        ] {
            let mut data = same_address(&app, "plain");
            data["currentPassword"] = json!(current);
            let answer = with_headers(&app, "plain", &data, headers).await;
            match expected {
                None => assert_eq!(answer.status, 200, "{release:?} {data} {headers:?}: {}", answer.body),
                Some(line) => assert_eq!(answer.line(), *line, "{release:?} {data} {headers:?}"),
            }
        }
        assert_eq!(at(&app.stored("plain").await, "emails"), at(&before, "emails"));
        let email = same_address(&app, "plain");
        let answer = with_headers(&app, "plain", &email, &[(CODE, &digest), (METHOD, "email")]).await;
        is_about_email(&answer, "totp-invalid", &[]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_present_password_does_not_stand_in_for_a_users_own_method() {
    six_and_eight(async |release| {
        let both = doc! {"$set": {"services.email2fa.enabled": true}};
        let app = Options::default().user("totp", both.clone()).user("pat", both).start(release).await;
        let before = app.stored("totp").await;
        let digest = app.person("totp").password_digest();
        let mut data = same_address(&app, "totp");
        let available = ["totp", "email"];
        assert_eq!(app.change("totp", &data).await.line(), required("totp", &available));
        let password = [(CODE, digest.as_str()), (METHOD, "password")];
        assert_eq!(with_headers(&app, "totp", &data, &password).await.line(), invalid("totp", &available));
        data["currentPassword"] = json!(digest);
        assert_eq!(app.change("totp", &data).await.line(), invalid("totp", &available));
        assert_eq!(app.stored("totp").await, before);
        // The e-mail method makes a code, which is stored.
        let email = [(CODE, digest.as_str()), (METHOD, "email")];
        let data = same_address(&app, "totp");
        is_about_email(&with_headers(&app, "totp", &data, &email).await, "totp-invalid", &available);

        for handle in ["email2fa", "pat"] {
            let mut data = same_address(&app, handle);
            is_about_email(&app.change(handle, &data).await, "totp-required", &["email"]);
            data["currentPassword"] = json!(app.person(handle).password_digest());
            is_about_email(&app.change(handle, &data).await, "totp-invalid", &["email"]);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_is_available_only_where_the_workspace_and_the_address_allow_it() {
    six_and_eight(async |release| {
        let oauth_users = "Accounts_twoFactorAuthentication_email_available_for_OAuth_users";
        let app = Options::default()
            .setting("Accounts_TwoFactorAuthentication_By_TOTP_Enabled", false)
            .setting(oauth_users, false)
            .user("email2fa", doc! {"$set": {"emails.0.verified": false}})
            .user("legacy", doc! {"$set": {"services.email2fa": {"enabled": true}}})
            .user("pat", doc! {"$set": {"services.email2fa.enabled": true, "services.ldap": {"id": "1"}}})
            .user("admin", doc! {"$set": {"services.totp": {"enabled": false}}})
            .start(release)
            .await;
        for handle in ["totp", "email2fa", "legacy", "pat", "admin"] {
            let mut data = same_address(&app, handle);
            assert_eq!(app.change(handle, &data).await.line(), required("password", &[]), "{handle}");
            data["currentPassword"] = json!(app.person(handle).password_digest());
            assert_eq!(app.change(handle, &data).await.status, 200, "{handle}");
        }
        let by_email = "Accounts_TwoFactorAuthentication_By_Email_Enabled";
        let app = Options::default().setting(by_email, false).start(release).await;
        let answer = app.change("email2fa", &same_address(&app, "email2fa")).await;
        assert_eq!(answer.line(), required("password", &[]));
        let answer = app.change("totp", &same_address(&app, "totp")).await;
        assert_eq!(answer.line(), required("totp", &["totp"]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_password_cannot_prove_it() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        for data in [json!({"email": "new@example.com"}), json!({"newPassword": STRONG})] {
            assert_eq!(app.change("oauth", &data).await.line(), required("password", &[]));
            let mut data = data;
            for code in [password_digest(""), "x".to_owned()] {
                data["currentPassword"] = json!(code);
                assert_eq!(app.change("oauth", &data).await.line(), invalid("password", &[]));
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_exempts_from_the_proof() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let person = app.person("pat");
        for token in &person.other_tokens {
            let request = app.request(Method::POST, ROUTE).sign_in(&person.id, token);
            let answer = request.json(&json!({"data": {"newPassword": STRONG}})).send().await;
            assert_eq!(answer.line(), required("password", &[]));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn release_8_asks_only_for_what_is_there_to_protect() {
    let only_google = doc! {"$unset": {"services.email2fa": 1}};
    for release in [Six, Eight] {
        let app = Options::default().user("oauth", only_google.clone()).start(release).await;
        for (handle, data, is_asked) in [
            ("no-email", json!({"email": "first@example.com"}), false),
            ("no-email", json!({"newPassword": STRONG}), true),
            ("forced", json!({"newPassword": STRONG}), false),
            ("forced", json!({"newPassword": STRONG, "email": "new@example.com"}), true),
            ("oauth", json!({"newPassword": STRONG}), false),
            ("oauth", json!({"email": "new@example.com"}), true),
            ("plain", json!({"email": "", "newPassword": null}), false),
            ("plain", json!({"email": null, "newPassword": ""}), false),
            ("plain", json!({"bio": "b", "currentPassword": "wrong"}), false),
        ] {
            let answer = app.change(handle, &data).await;
            if is_asked || release == Six && handle != "plain" {
                assert_eq!(answer.line(), required("password", &[]), "{handle} {data}");
            } else {
                assert_eq!(answer.status, 200, "{release:?} {handle} {data}: {}", answer.body);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_without_second_factor_asks_for_no_proof_at_all() {
    six_and_eight(async |release| {
        let app = Options::default()
            .setting("Accounts_TwoFactorAuthentication_Enabled", false)
            .user("totp", doc! {"$set": {"services.email2fa.enabled": true}})
            .start(release)
            .await;
        for handle in ["plain", "totp", "email2fa"] {
            let email = format!("new.{handle}@example.com");
            let data = json!({"email": email, "newPassword": STRONG, "currentPassword": "wrong"});
            let user = app.change(handle, &data).await.user();
            assert_eq!(user["emails"][0]["address"], email.as_str());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proof_is_asked_before_any_rule_and_after_the_names_characters() {
    six_and_eight(async |release| {
        let app = Options::default().setting("Accounts_AllowUserProfileChange", false).start(release).await;
        let mut data = json!({"email": "nonsense", "newPassword": "weak", "name": "<"});
        let characters = plain_refusal("Name contains invalid characters");
        app.check("plain", [(data.clone(), Err(characters))]).await;
        data["name"] = json!("  ");
        app.check("plain", [(data.clone(), Err(required("password", &[])))]).await;
        data["currentPassword"] = json!("wrong");
        app.check("plain", [(data.clone(), Err(invalid("password", &[])))]).await;
        data["currentPassword"] = json!(app.person("plain").password_digest());
        let off = refusal("Not allowed", "error-not-allowed", &json!({"method": "saveUserProfile"}));
        app.check("plain", [(data, Err(off))]).await;
    })
    .await;
}

/// As imports and scripts leave them, and as JavaScript judges them.
#[tokio::test(flavor = "multi_thread")]
async fn flags_that_are_no_booleans_stand_in_nobodys_way() {
    let options = Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false);
    let app = options.start(Eight).await;
    let before = app.stored("plain").await;
    let flags: [Bson; 8] =
        [1.into(), 0.5.into(), "yes".into(), 0.into(), 0.0.into(), f64::NAN.into(), "".into(), Bson::Null];
    for flag in flags {
        app.put(&before).await;
        let update = doc! {"$set": {"services.email2fa.enabled": &flag, "requirePasswordChange": &flag}};
        app.users().update_one(doc! {"_id": &app.person("plain").id}, update).await.expect("a flag");
        let answer = app.change("plain", &json!({"newPassword": "N3w-and-strong-enough"})).await;
        assert_eq!(answer.status, 200, "{flag}: {}", answer.body);
    }
}
