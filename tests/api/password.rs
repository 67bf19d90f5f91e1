//! A new password: what it costs and ends. What is refused and ignored is in `conformance/cases/password.toml`.

use crate::support::{GONE, Options, TestApp, assert_changed, at, refusal, six_and_eight};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use devstack::workspace::password_digest;
use mongodb::bson::{Array, Bson, DateTime, Document, doc};
use serde_json::json;
use sha2::{Digest, Sha256};

const STRONG: &str = "N3w-and-strong-enough";
const HASH: &str = "services.password.bcrypt";
const HISTORY: &str = "services.passwordHistory";
const TOKENS: &str = "services.resume.loginTokens";

/// No proof is asked, and any password but a blank one is good enough.
fn lenient() -> Options {
    let options = Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false);
    options.setting("Accounts_Password_Policy_Enabled", false)
}

fn array(user: &Document, path: &str) -> Array {
    at(user, path).and_then(Bson::as_array).cloned().unwrap_or_default()
}

fn hash(user: &Document) -> &str {
    at(user, HASH).and_then(Bson::as_str).expect("a hash")
}

fn same() -> String {
    let id = "error-password-same-as-current";
    refusal("Entered password same as current password", id, &json!({"method": "saveUserProfile"}))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_all_other_sessions_and_remembers_the_old_hash() {
    six_and_eight(async |release| {
        let reset = doc! {"token": "t", "email": "pat@example.com", "when": DateTime::now()};
        let app = Options::default()
            .user("pat", doc! {"$set": {"services.password.reset": reset, HISTORY: ["oldest", "older"]}})
            .without_remembering()
            .start(release)
            .await;
        for (handle, new) in
            [("pat", STRONG), ("legacy", &"Long-and-w1nding.".repeat(20)), ("many-tokens", STRONG)]
        {
            let before = app.stored(handle).await;
            let digest = app.person(handle).password_digest();
            let runs = app.hashing.runs();
            let answer = app.change(handle, &json!({"newPassword": new, "currentPassword": digest})).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert_eq!(app.hashing.runs() - runs, 2, "the present one is checked, the new one hashed");

            let after = app.stored(handle).await;
            assert!(hash(&after).starts_with("$2b$10$"), "{}", hash(&after));
            assert!(bcrypt::verify(password_digest(new), hash(&after)).expect("a comparison"));
            let mut history = array(&before, HISTORY);
            history.push(hash(&before).into());
            let own = Bson::from(STANDARD.encode(Sha256::digest(&app.person(handle).token)));
            let is_own = |token: &Bson| {
                token.as_document().is_some_and(|token| token.get("hashedToken") == Some(&own))
            };
            let kept: Array = array(&before, TOKENS).into_iter().filter(is_own).collect();
            assert_eq!(kept.len(), 1);
            let changes =
                doc! {HASH: hash(&after), HISTORY: history, TOKENS: kept, "services.password.reset": GONE};
            assert_changed(&before, &after, &changes, handle);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forced_change_is_over_under_release_8_only() {
    let app = TestApp::eight().await;
    let runs = app.hashing.runs();
    app.change("forced", &json!({"newPassword": STRONG})).await.user();
    assert_eq!(app.hashing.runs() - runs, 2, "compared with the present one, and hashed");
    let flags = async |app: &TestApp| {
        let user = app.stored("forced").await;
        ["requirePasswordChange", "requirePasswordChangeReason"].map(|flag| at(&user, flag).cloned())
    };
    assert_eq!(flags(&app).await, [None, None]);

    let app = TestApp::six().await;
    let before = flags(&app).await;
    let digest = app.person("forced").password_digest();
    app.change("forced", &json!({"newPassword": STRONG, "currentPassword": digest})).await.user();
    assert_eq!(flags(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_present_password_is_no_new_one() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let person = app.person("plain");
        let runs = app.hashing.runs();
        let sent = json!({"newPassword": person.password, "currentPassword": person.password_digest()});
        app.check("plain", [(sent, Err(same()))]).await;
        assert_eq!(app.hashing.runs() - runs, 1, "equal digests need no second comparison");

        let app = lenient().start(release).await;
        app.check("plain", [(json!({"newPassword": app.person("plain").password}), Err(same()))]).await;
    })
    .await;
}
