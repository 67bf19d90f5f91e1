//! A new password: stored and its sessions ended, ignored, or refused.

use crate::support::{GONE, Options, ROUTE, TestApp, assert_changed, at, refusal, six_and_eight};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use devstack::workspace::Release::{Eight, Six};
use devstack::workspace::password_digest;
use mongodb::bson::{Array, Bson, DateTime, Document, doc};
use reqwest::Method;
use serde_json::{Value, json};
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

fn used_before() -> String {
    let id = "error-password-in-history";
    refusal("Entered password has been previously used", id, &json!({"method": "saveUserProfile"}))
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
async fn called_with_a_personal_access_token_only_that_one_stays() {
    let app = lenient().start(Eight).await;
    let person = app.person("pat");
    let before = app.stored("pat").await;
    let request = app.request(Method::POST, ROUTE);
    let request = request.sign_in(&person.id, &person.other_tokens[1]);
    let answer = request.json(&json!({"data": {"newPassword": STRONG}})).send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(array(&app.stored("pat").await, TOKENS), array(&before, TOKENS)[2..]);
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
async fn a_new_password_is_ignored_where_there_is_none_to_replace() {
    six_and_eight(async |release| {
        let options = lenient().setting("Accounts_AllowPasswordChangeForOAuthUsers", false);
        let app = options
            .user("pat", doc! {"$unset": {HASH: 1}, "$set": {"services.password.srp": {}}})
            .user("admin", doc! {"$set": {HASH: ""}})
            .start(release)
            .await;
        let ignored = || [STRONG, "weak", " "].map(|new| (json!({"newPassword": new}), Ok(doc! {})));
        for handle in ["oauth", "pat", "admin"] {
            app.check(handle, ignored()).await;
        }
        app.check("plain", [json!(""), json!(null)].map(|new| (json!({"newPassword": new}), Ok(doc! {}))))
            .await;
        // The switch for users of other services does not reach who has a password here.
        let before = app.stored("plain").await;
        app.change("plain", &json!({"newPassword": STRONG})).await.user();
        assert_ne!(hash(&app.stored("plain").await), hash(&before));
    })
    .await;
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

#[tokio::test(flavor = "multi_thread")]
async fn former_passwords_are_refused_and_hashes_kept_as_far_back_as_the_workspace_says() {
    six_and_eight(async |release| {
        for (enabled, amount, kept, accepted) in [
            (true, Bson::Int32(5), 4, [false, false, false]),
            (true, Bson::Double(2.0), 2, [true, false, false]),
            (true, Bson::Int32(0), 0, [false, false, false]),
            // Hashes are kept even where nobody looks at them.
            (false, Bson::Int64(1), 1, [true, true, true]),
        ] {
            let options = lenient().setting("Accounts_Password_History_Enabled", enabled);
            let app =
                options.setting("Accounts_Password_History_Amount", amount.clone()).start(release).await;
            let before = app.stored("agent").await;
            let mut history = array(&before, HISTORY);
            history.push(hash(&before).into());
            let history = Bson::Array(history.split_off(4 - kept));
            let never_used = (STRONG.to_owned(), true);
            let former = app.person("agent").former_passwords.iter().cloned().zip(accepted);
            for (new, accepted) in former.chain([never_used]) {
                let answer = app.change("agent", &json!({"newPassword": new})).await;
                if accepted {
                    assert_eq!(answer.status, 200, "{new}, {amount}: {}", answer.body);
                    assert_eq!(at(&app.stored("agent").await, HISTORY), Some(&history), "{amount}");
                    app.put(&before).await;
                } else {
                    assert_eq!(answer.line(), used_before(), "{new}, {amount}");
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blank_entry_in_the_history_refuses_every_password_and_no_history_refuses_none() {
    six_and_eight(async |release| {
        let app = lenient()
            .setting("Accounts_Password_History_Enabled", true)
            .user("plain", doc! {"$set": {HISTORY: ["no hash", " "]}})
            .start(release)
            .await;
        app.check("plain", [(json!({"newPassword": STRONG}), Err(used_before()))]).await;
        app.change("admin", &json!({"newPassword": STRONG})).await.user();
    })
    .await;
}

/// The refusal by the policy, with its violations.
fn against_policy(violations: &[(&str, &str)]) -> String {
    let id = "error-password-policy-not-met";
    let violations: Vec<Value> = violations
        .iter()
        .map(|(rule, message)| json!({"error": format!("{id}-{rule}"), "message": message}))
        .collect();
    let error = "The password provided does not meet the server's password policy.";
    let mut body = json!({"success": false, "error": error, "errorType": id});
    if !violations.is_empty() {
        body["details"] = violations.into();
    }
    format!("400 {body}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_names_every_rule_that_a_password_breaks() {
    let length = |which| format!("The password does not meet the {which} length password policy.");
    let lack = |what| {
        let end = "character which is against the password policy.";
        format!("The password does not contain at least one {what} {end}")
    };
    let (short, long) = (length("minimum"), length("maximum"));
    let (lower, upper, number, special) =
        (lack("lowercase"), lack("uppercase"), lack("numerical"), lack("special"));
    let (short, long) = (("minLength", &*short), ("maxLength", &*long));
    let (lower, upper) = (("oneLowercase", &*lower), ("oneUppercase", &*upper));
    let (number, special) = (("oneNumber", &*number), ("oneSpecial", &*special));
    let repeats = (
        "repeatingCharacters",
        "The password contains repeating characters which is against the password policy.",
    );
    for release in [Six, Eight] {
        let policy = lenient()
            .setting("Accounts_Password_Policy_Enabled", true)
            .setting("Accounts_Password_Policy_MinLength", 8)
            .setting("Accounts_Password_Policy_MaxLength", 12.0);
        let app = policy.start(release).await;
        let row = |password: &str, violations: &[(&str, &str)]| {
            (json!({"newPassword": password}), Err(against_policy(violations)))
        };
        app.check(
            "plain",
            [
                row("\u{EB}\u{EB}\u{EB}\u{EB}", &[short, repeats, lower, upper, number]),
                row("Aa1 Aa1 Aa1 Aa1", &[long, special]),
                // Lengths and repeats are those of UTF-16 units.
                row("Aa1-\u{1F600}\u{1F600}\u{1F600}\u{1F600}-", &[long]),
                row("Aa1-bbbb", &[repeats]),
                row("aa1-bcde", &[upper]),
                row("   ", &[]),
                row("\u{FEFF}\t", &[]),
            ],
        )
        .await;
        for good in ["Aa1-bbbc", "Aa1-\u{1F600}\u{1F600}", "Aa1\u{EB}2345"] {
            let before = app.stored("plain").await;
            app.change("plain", &json!({"newPassword": good})).await.user();
            app.put(&before).await;
        }
        // A blank one is refused without a policy, too.
        let app = lenient().start(release).await;
        app.check("plain", [row(" ", &[])]).await;
        app.change("plain", &json!({"newPassword": "x"})).await.user();
    }
}
