//! The proof that a new address or password needs: what the cases of `conformance/cases/second-factor.toml` cannot say.

use crate::support::{Answer, Options, TestApp, plain_refusal, refusal, six_and_eight};
use devstack::workspace::Release::Eight;
use mongodb::bson::{Bson, doc};
use serde_json::{Value, json};

const CODE: &str = "x-2fa-code";
const METHOD: &str = "x-2fa-method";

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
    let options =
        Options::default().odd_documents().setting("Accounts_TwoFactorAuthentication_Enabled", false);
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
