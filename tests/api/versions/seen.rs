//! One request or two for each row, and what of the answer and of the stored document tells it.

use crate::support::{Answer, Options, ROUTE, TestApp, at};
use mongodb::bson::{Bson, DateTime, Document, doc};
use reqwest::Method;
use serde_json::{Value, json};

const NOTE: &str = r#"{"note": {"type": "text", "required": false}}"#;
const METHOD: &str = "/api/v1/method.call/any";
const STRONG: &str = "N3w-and-strong-enough";

/// For [`rules`].
pub fn options() -> Options {
    Options::standalone()
        .setting("Accounts_CustomFields", NOTE)
        .setting("Accounts_BlockedDomainsList", "blocked.example")
        .setting("Accounts_UseDefaultBlockedDomainsList", false)
        .setting("Accounts_twoFactorAuthentication_email_available_for_OAuth_users", false)
        .user("oauth", doc! {"$set": {"services.email2fa.enabled": true}})
        // A newcomer whenever this is.
        .user("email2fa", doc! {"$set": {"createdAt": DateTime::from_millis(4_000_000_000_000)}})
        .user("pat", doc! {"$set": {"federated": true, "federation": {"version": 1}}})
        .user(
            "agent",
            doc! {"$set": {"services.resume.loginTokens.1.when": DateTime::from_millis(1_500_000_000_000)}},
        )
}

/// For [`settings`].
pub fn restricted() -> Options {
    Options::standalone()
        .setting("Accounts_AllowUsernameChange", false)
        .setting("Accounts_TwoFactorAuthentication_Enabled", false)
        .setting("Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", 1)
        .without_setting("Block_Multiple_Failed_Logins_Enabled")
        .without_setting("Accounts_Password_Policy_Enabled")
        .without_setting("Accounts_Password_Policy_MinLength")
}

/// The status, and what went wrong, if anything.
fn outcome(answer: &Answer) -> String {
    if answer.status == 200 {
        return "200".to_owned();
    }
    let body = answer.json();
    format!("{} {}", answer.status, body["error"].as_str().expect("an error"))
}

/// The outcome of a request; of a success, these fields as they are stored then. Everything is put back.
async fn saved(app: &TestApp, handle: &str, body: &Value, fields: &[&str]) -> String {
    let before = app.stored(handle).await;
    let answer = app.post(handle, body).send().await;
    if answer.status != 200 {
        return outcome(&answer);
    }
    let after = app.stored(handle).await;
    let shown = fields.iter().map(|field| match at(&after, field) {
        None => format!("{field}: -"),
        Some(Bson::String(text)) => format!("{field}: {text}"),
        Some(value) => format!("{field}: {value}"),
    });
    let shown: Vec<String> = shown.collect();
    app.put(&before).await;
    format!("200 {}", shown.join(", ")).trim_end().to_owned()
}

async fn stranger(app: &TestApp) -> Answer {
    app.request(Method::POST, ROUTE).json(&json!({"data": {}})).send().await
}

async fn method(app: &TestApp, handle: &str, name: &str, params: Value) -> Answer {
    let person = app.person(handle);
    let message = json!({"msg": "method", "id": "1", "method": name, "params": params});
    let request = app.request(Method::POST, METHOD).sign_in(&person.id, &person.token);
    request.json(&json!({"message": message.to_string()})).send().await
}

/// The method's own answer, which is text within the answer.
async fn call_method(app: &TestApp, handle: &str, name: &str, params: Value) -> Value {
    let body = method(app, handle, name, params).await.json();
    serde_json::from_str(body["message"].as_str().expect("a text")).expect("JSON")
}

fn cached(answer: &Answer) -> String {
    match (answer.header("cache-control"), answer.header("pragma")) {
        (None, None) => answer.status.to_string(),
        (Some(cache), Some("no-cache")) => format!("{} {cache}", answer.status),
        other => panic!("{other:?}"),
    }
}

pub async fn rules(app: &TestApp, row: &str) -> String {
    let digest = |handle: &str| app.person(handle).password_digest();
    let plain = |data: Value| json!({"data": data});
    match row {
        "body_types" => saved(app, "plain", &plain(json!({"bio": 5})), &["bio"]).await,
        "scalar_body" => outcome(&app.post("plain", &json!(5)).send().await),
        "custom_fields_in_data" => {
            let inside = plain(json!({"customFields": {"note": "inside"}}));
            saved(app, "plain", &inside, &["customFields"]).await
        }
        "name_characters_checked" => saved(app, "plain", &plain(json!({"name": "a<b"})), &["name"]).await,
        "reply" => {
            let user = app.post("plain", &plain(json!({}))).send().await.user();
            let password = user["services"]["password"].as_object().expect("an object");
            password.keys().map(String::as_str).collect()
        }
        "unauthorized" => stranger(app).await.line(),
        "body_error" => app.post("plain", &json!({})).send().await.line(),
        "not_allowed" => app.change("pat", &json!({"username": "free"})).await.line(),
        "cache_headers" => {
            let refused = app.post("plain", &json!({})).send().await;
            let success = app.post("plain", &plain(json!({}))).send().await;
            [stranger(app).await, refused, success].iter().map(cached).collect::<Vec<_>>().join(", ")
        }
        "cors_headers" => {
            let answer = app.post("plain", &plain(json!({}))).send().await;
            answer.header("access-control-allow-headers").expect("a header").to_owned()
        }
        "method_failure" => {
            let answer = method(app, "plain", "unknown", json!([])).await;
            format!("{} success: {}", answer.status, answer.json()["success"])
        }
        "has_save_user_profile" => {
            let frame = call_method(app, "plain", "saveUserProfile", json!([{"bio": "Engineer"}])).await;
            match frame["error"]["message"].as_str() {
                Some(error) => error.to_owned(),
                None => format!("\"result\":{}", frame["result"]),
            }
        }
        "login" => app.log_in(&json!({"user": "plain", "password": "wrong"})).await.line(),
        "tells_ended_sessions" => {
            app.log_in(&json!({"resume": app.person("agent").other_tokens[0]})).await.line()
        }
        "second_factor" => {
            let first = plain(json!({"email": "first@example.com"}));
            saved(app, "no-email", &first, &["emails.0.address"]).await
        }
        "clears_forced_password_change" => {
            let body = json!({"newPassword": STRONG, "currentPassword": digest("forced")});
            let fields = ["requirePasswordChange", "requirePasswordChangeReason"];
            saved(app, "forced", &plain(body), &fields).await
        }
        "empty_text_clears" => {
            let empty = plain(json!({"bio": "", "nickname": ""}));
            saved(app, "plain", &empty, &["bio", "nickname"]).await
        }
        "presence" => saved(app, "plain", &plain(json!({"statusType": "busy"})), &["statusSource"]).await,
        "unknown_custom_fields" => {
            let unknown = json!({"data": {}, "customFields": {"unknown": 1}});
            saved(app, "plain", &unknown, &["customFields"]).await
        }
        "lower_case_domains" => {
            let body = json!({"email": "new@BLOCKED.example", "currentPassword": digest("plain")});
            saved(app, "plain", &plain(body), &["emails.0.address"]).await
        }
        "nested_forms" => {
            let before = app.stored("plain").await;
            let request = app.signed_in("plain").header("Content-Type", "application/x-www-form-urlencoded");
            let answer = request.body("data[bio]=nested").send().await;
            let bio = app.stored("plain").await.get_str("bio").unwrap_or_default().to_owned();
            app.put(&before).await;
            if answer.status == 200 { format!("200 bio: {bio}") } else { outcome(&answer) }
        }
        "email_codes" => {
            let before = app.stored("email2fa").await;
            app.change("email2fa", &json!({"email": "other@example.com"})).await;
            let again = app.change("email2fa", &json!({"email": "other@example.com"})).await.json();
            let stored = app.stored("email2fa").await;
            app.put(&before).await;
            let keys: Vec<_> = again["details"].as_object().expect("details").keys().cloned().collect();
            let form = match at(&stored, "services.emailCode") {
                Some(Bson::Array(codes)) if codes.len() == 1 => "a list",
                Some(Bson::Document(_)) => "one code",
                other => panic!("{other:?}"),
            };
            format!("{}, {form}", keys.join(" "))
        }
        "renames_call_history" => {
            let before = app.stored("plain").await;
            let calls = app.database.collection::<Document>("rocketchat_call_history");
            let call = doc! {"contactId": &app.person("plain").id, "contactUsername": "plain"};
            calls.insert_one(call).await.expect("inserted");
            app.change("plain", &json!({"username": "renamed"})).await.user();
            let call = calls.find_one_and_delete(doc! {}).await.expect("found").expect("the call");
            app.change("plain", &json!({"username": "plain"})).await.user();
            app.put(&before).await;
            format!("contactUsername: {}", call.get_str("contactUsername").expect("a text"))
        }
        "logout_forgets_devices" => {
            let before = app.stored("legacy").await;
            let person = app.person("legacy");
            let devices = app.database.collection::<Document>("_raix_push_app_tokens");
            let hashed =
                app.login_tokens("legacy").await[1].get_str("hashedToken").expect("a hash").to_owned();
            devices.insert_one(doc! {"userId": &person.id, "authToken": hashed}).await.expect("inserted");
            let request = app.request(Method::POST, "/api/v1/logout");
            let answer = request.sign_in(&person.id, &person.other_tokens[0]).send().await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            app.put(&before).await;
            let left = devices.delete_many(doc! {}).await.expect("deleted").deleted_count;
            if left == 1 { "1 device".to_owned() } else { format!("{left} devices") }
        }
        "totp_needs_verified_email" => {
            let before = app.stored("no-email").await;
            let frame = call_method(app, "no-email", "2fa:enable", json!([])).await;
            app.put(&before).await;
            match frame["result"]["secret"].is_string() {
                true => "a secret".to_owned(),
                false => frame["error"]["error"].as_str().expect("an error").to_owned(),
            }
        }
        "methods_before_newcomers" => {
            let before = app.stored("email2fa").await;
            let answer = app.call(Method::POST, "/api/v1/users.2fa.disableEmail", "email2fa").await;
            app.put(&before).await;
            outcome(&answer)
        }
        "email_codes_for_oauth_setting" => {
            let answer = app.change("oauth", &json!({"email": "other@example.com"})).await;
            let body = answer.json();
            app.users()
                .update_one(doc! {"_id": &app.person("oauth").id}, doc! {"$unset": {"services.emailCode": 1}})
                .await
                .expect("updated");
            body["details"]["method"].as_str().unwrap_or(&answer.body).to_owned()
        }
        "remembers_user_agent" => {
            let before = app.stored("legacy").await;
            let body = json!({"newPassword": STRONG, "currentPassword": digest("legacy")});
            let request = app.post("legacy", &plain(body)).header("User-Agent", "curl/8.5.0");
            request.header("X-Forwarded-For", "203.0.113.7").send().await.user();
            let after = app.stored("legacy").await;
            app.put(&before).await;
            let hash = at(&after, "services.resume.loginTokens.0.twoFactorAuthorizedHash");
            hash.and_then(Bson::as_str).expect("a fingerprint").to_owned()
        }
        "federation_pins_username" => {
            saved(app, "pat", &plain(json!({"username": "free"})), &["username"]).await
        }
        other => panic!("nothing is seen of {other}"),
    }
}

/// The status with limit and remaining calls, for a client at that address.
async fn limited(app: &TestApp, address: &str, body: &Value) -> String {
    let answer = app.post("plain", body).header("X-Forwarded-For", address).send().await;
    let quota = answer.header("x-ratelimit-limit").zip(answer.header("x-ratelimit-remaining"));
    quota.map_or(answer.status.to_string(), |(limit, left)| format!("{} {limit}/{left}", answer.status))
}

/// Each row has an address of its own, and so calls of its own.
pub async fn limits(app: &TestApp, row: &str) -> String {
    let nothing = json!({"data": {}});
    match row {
        "rest_limiter" => limited(app, "192.0.2.1", &nothing).await,
        "rate_limit" => {
            let first = limited(app, "192.0.2.2", &nothing).await;
            format!("{first}, {}", limited(app, "192.0.2.2", &nothing).await)
        }
        "gates" => limited(app, "192.0.2.3", &json!({})).await,
        // An administrator is free of the limits of routes, and not of this one.
        "user_limits" => {
            let before = app.stored("admin").await;
            let mut statuses = Vec::new();
            for address in ["first@example.com", "second@example.com"] {
                let body =
                    json!({"email": address, "currentPassword": app.person("admin").password_digest()});
                statuses.push(app.change("admin", &body).await.status.to_string());
            }
            let mut texts = Vec::new();
            for text in ["one", "two", "three", "four", "five", "six"] {
                texts.push(app.change("admin", &json!({"statusText": text})).await.status.to_string());
            }
            app.put(&before).await;
            format!("{}; {}", statuses.join(", "), texts.join(", "))
        }
        "challenge_counts" => limited(app, "192.0.2.4", &json!({"data": {"email": "new@example.com"}})).await,
        other => panic!("nothing is seen of {other}"),
    }
}

pub async fn settings(app: &TestApp, row: &str) -> String {
    match row {
        "editing" => {
            let first = json!({"data": {"username": "newcomer"}});
            saved(app, "no-username", &first, &["username"]).await
        }
        "password policy" => saved(app, "plain", &json!({"data": {"newPassword": "weak"}}), &[]).await,
        "failed logins" => {
            let mut errors = Vec::new();
            for _ in 0..2 {
                app.advance_clock(chrono::TimeDelta::milliseconds(1));
                let answer = app.log_in(&json!({"user": "agent", "password": "wrong"})).await;
                let error = answer.json()["error"].as_str().expect("an error").to_owned();
                errors.push(format!("{} {error}", answer.status));
            }
            errors.join(", ")
        }
        other => panic!("nothing is seen of {other}"),
    }
}
