//! The shapes that the field has reported, and those like them, each by itself.

use crate::support::{Options, TestApp, at, six_and_eight};
use devstack::workspace::Release::Eight;
use mongodb::bson::{Bson, DateTime, Document, bson, doc};
use reqwest::Method;
use serde_json::{Value, json};

/// No proof is asked of anybody.
fn unproved() -> Options {
    Options::standalone().odd_documents().setting("Accounts_TwoFactorAuthentication_Enabled", false)
}

fn store(path: &str, value: &Bson) -> Document {
    match value {
        Bson::MaxKey => doc! {"$unset": {path: 1}},
        value => doc! {"$set": {path: value.clone()}},
    }
}

/// Sends the change as `plain`, whose document has the value at the path; returns what is stored then.
async fn changed(app: &TestApp, path: &str, value: &Bson, body: &Value) -> Document {
    let ordinary = app.stored("plain").await;
    let id = doc! {"_id": &app.person("plain").id};
    app.users().update_one(id, store(path, value)).await.expect("stored");
    let answer = app.post("plain", body).send().await;
    assert_eq!(answer.status, 200, "{path}: {value}, {body}: {}", answer.body);
    let stored = app.stored("plain").await;
    app.put(&ordinary).await;
    stored
}

fn of_other_types() -> [Bson; 6] {
    [Bson::Null, "text".into(), 5.into(), bson!([]), bson!(["text"]), true.into()]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_place_of_settings_gives_way_to_every_change() {
    six_and_eight(async |release| {
        let app = unproved().start(release).await;
        for value in of_other_types() {
            for data in [
                json!({}),
                json!({"bio": "B"}),
                json!({"name": "N"}),
                json!({"email": "n@example.org"}),
                json!({"newPassword": "N3w-and-strong-enough"}),
            ] {
                let stored = changed(&app, "settings", &value, &json!({"data": data})).await;
                assert_eq!(stored.get("settings"), Some(&bson!({"profile": {}})), "{value}");
                let stored = changed(&app, "settings.profile", &value, &json!({"data": data})).await;
                assert_eq!(stored.get("settings"), Some(&bson!({"profile": {}})), "{value}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_another_type_is_replaced() {
    six_and_eight(async |release| {
        let app = unproved().variable("RC_ACCOUNT_RENAME_WAIT_MS", "60000").start(release).await;
        let jane = bson!(["Jane Doe"]);
        for value in of_other_types().into_iter().chain([jane, bson!({"first": "Jane"}), bson!([""])]) {
            for (path, sent) in
                [("name", "name"), ("name", "username"), ("username", "name"), ("username", "username")]
            {
                let body = json!({"data": {sent: "another"}});
                let stored = changed(&app, path, &value, &body).await;
                assert_eq!(stored.get(sent), Some(&bson!("another")), "{path}: {value}, {sent}");
                if path != sent {
                    assert_eq!(stored.get(path), Some(&value), "{path}: {value}, {sent}");
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_list_of_addresses_counts_as_none() {
    six_and_eight(async |release| {
        let body = json!({"data": {"email": "new@example.org"}});
        let wanted = bson!([{"address": "new@example.org", "verified": false}]);
        let shapes = [
            bson!({}),
            bson!({"address": "old@example.org"}),
            bson!([null]),
            bson!([5]),
            bson!([[]]),
            bson!([{}]),
            bson!([{"address": null, "verified": true}]),
            bson!([{"address": 5}]),
            bson!([{"address": ""}]),
            bson!([{"address": ["old@example.org"]}]),
            bson!([null, {"address": "old@example.org", "verified": true}]),
            Bson::MaxKey,
        ];
        let app = unproved().start(release).await;
        for value in of_other_types().into_iter().chain(shapes) {
            let stored = changed(&app, "emails", &value, &body).await;
            assert_eq!(stored.get("emails"), Some(&wanted), "{value}");
            // A new password rests on the first address, too.
            let password = json!({"data": {"newPassword": "N3w-and-strong-enough"}});
            changed(&app, "emails", &value, &password).await;
        }
        for path in ["services.email", "services.email.verificationTokens"] {
            for value in of_other_types().into_iter().chain([bson!({}), bson!([{"token": "t"}])]) {
                let stored = changed(&app, path, &value, &body).await;
                let tokens = at(&stored, "services.email.verificationTokens").and_then(Bson::as_array);
                let last = tokens.and_then(|tokens| tokens.last()?.as_document()).expect("a token");
                assert_eq!(last.get("address"), Some(&bson!("new@example.org")), "{path}: {value}");
                assert!(at(&stored, "services.password.bcrypt").is_some(), "{path}: {value}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_passes_whatever_stands_beside_the_old_one() {
    let app = Options::default().odd_documents().start(Eight).await;
    let digest = app.person("plain").password_digest();
    let body = json!({"data": {"newPassword": "N3w-and-strong-enough", "currentPassword": digest}});
    let old = app.stored("plain").await;
    let old = at(&old, "services.password.bcrypt").cloned().expect("a hash");
    for (path, values) in [
        ("services.passwordHistory", vec![Bson::Null, "text".into(), bson!({}), bson!([])]),
        ("services.email2fa", vec![Bson::Null, "text".into(), bson!([]), bson!([{"enabled": true}])]),
        ("services.email2fa.enabled", vec![Bson::Null, "".into(), f64::NAN.into()]),
        ("services.totp", vec![Bson::Null, 5.into(), bson!([true]), bson!([{"enabled": true}])]),
        ("services.totp.enabled", vec![Bson::Null, "yes".into(), bson!([true]), bson!({})]),
        ("services.password.reset", vec![Bson::Null, bson!([5])]),
        ("requirePasswordChange", vec![Bson::Null, bson!([false]), bson!([]), "".into(), bson!({})]),
        ("services.email", vec![5.into()]),
        ("emails", vec![Bson::Null, bson!({}), bson!(["text"]), bson!([[]])]),
    ] {
        for value in values {
            let stored = changed(&app, path, &value, &body).await;
            let new = at(&stored, "services.password.bcrypt").expect("a hash");
            assert_ne!(*new, old, "{path}: {value}");
            let history = at(&stored, "services.passwordHistory").and_then(Bson::as_array);
            assert_eq!(history.and_then(|history| history.last()), Some(&old), "{path}: {value}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn custom_fields_and_what_they_are_copied_to_give_way() {
    let definition = json!({
        "note": {"type": "text", "modifyRecordField": {"field": "settings.notes.own", "array": true}},
    });
    six_and_eight(async |release| {
        let options = unproved().setting("Accounts_CustomFields", definition.to_string());
        let app = options.start(release).await;
        let body = json!({"data": {}, "customFields": {"note": "n"}});
        for value in of_other_types() {
            for path in ["customFields", "settings", "settings.notes", "settings.notes.own"] {
                let stored = changed(&app, path, &value, &body).await;
                assert_eq!(at(&stored, "customFields.note"), Some(&"n".into()), "{path}: {value}");
                let notes = at(&stored, "settings.notes.own").and_then(Bson::as_array).expect("a list");
                let kept = path == "settings.notes.own" && value == bson!(["text"]);
                assert_eq!(notes.len(), 1 + usize::from(kept), "{path}: {value}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_and_states_of_another_type_are_replaced() {
    six_and_eight(async |release| {
        let app = unproved().start(release).await;
        let date = Bson::Array(vec![DateTime::from_millis(32_500_000_000_000).into()]);
        for value in of_other_types().into_iter().chain([date, bson!({"a": 1}), bson!(["internal"])]) {
            for path in [
                "bio",
                "nickname",
                "status",
                "statusText",
                "statusSource",
                "statusDefault",
                "previousState",
                "previousState.statusSource",
                "previousState.statusExpiresAt",
                "statusConnection",
                "_updatedAt",
            ] {
                let data = json!({"bio": "B", "nickname": "N", "statusText": "T", "statusType": "away"});
                let stored = changed(&app, path, &value, &json!({"data": data})).await;
                assert_eq!(
                    (stored.get("bio"), stored.get("nickname")),
                    (Some(&bson!("B")), Some(&bson!("N"))),
                    "{path}: {value}"
                );
                assert_eq!(stored.get("statusText"), Some(&bson!("T")), "{path}: {value}");
                assert!(stored.get_datetime("_updatedAt").is_ok(), "{path}: {value}");
            }
        }
    })
    .await;
}

/// What is done with a session works with a token that stands where the list of tokens belongs.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_token_without_a_list_around_it_is_one() {
    six_and_eight(async |release| {
        let app = Options::standalone().odd_documents().start(release).await;
        let tokens = "services.resume.loginTokens";
        let token = app.login_tokens("plain").await.remove(0);
        let digest = app.person("plain").password_digest();
        for body in [
            json!({"data": {"bio": "B"}}),
            json!({"data": {"email": "n@example.org", "currentPassword": digest}}),
            json!({"data": {"newPassword": "N3w-and-strong-enough", "currentPassword": digest}}),
        ] {
            let stored = changed(&app, tokens, &token.clone().into(), &body).await;
            let hash = token.get("hashedToken");
            let kept = at(&stored, tokens).and_then(|kept| match kept {
                Bson::Array(kept) => kept.first()?.as_document(),
                kept => kept.as_document(),
            });
            assert_eq!(kept.and_then(|kept| kept.get("hashedToken")), hash, "{body}");
        }
        let one = doc! {"$set": {tokens: token.clone()}};
        let id = doc! {"_id": &app.person("plain").id};
        let ordinary = app.stored("plain").await;
        let resume = json!({"resume": app.person("plain").token});
        for (path, body, left) in [
            ("login", Some(resume), 1),
            ("users.logoutOtherClients", None, 1),
            ("users.removeOtherTokens", None, 1),
            ("logout", None, 0),
        ] {
            app.users().update_one(id.clone(), one.clone()).await.expect("stored");
            let person = app.person("plain");
            let request = app.request(Method::POST, &format!("/api/v1/{path}"));
            let request = request.sign_in(&person.id, &person.token);
            let answer = match &body {
                Some(body) => request.json(body).send().await,
                None => request.send().await,
            };
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let stored = app.stored("plain").await;
            let count = match at(&stored, tokens) {
                Some(Bson::Array(tokens)) => tokens.len(),
                tokens => usize::from(tokens.is_some()),
            };
            assert_eq!(count, left, "{path}");
            app.put(&ordinary).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_list_of_tokens_signs_in_and_gets_one() {
    six_and_eight(async |release| {
        let app = Options::standalone().odd_documents().start(release).await;
        let ordinary = app.stored("plain").await;
        let id = doc! {"_id": &app.person("plain").id};
        let password = json!({"user": "plain", "password": app.person("plain").password});
        for path in ["services.resume", "services.resume.loginTokens"] {
            for value in of_other_types().into_iter().chain([bson!({})]) {
                app.users().update_one(id.clone(), store(path, &value)).await.expect("stored");
                let answer = app.log_in(&password).await;
                assert_eq!(answer.status, 200, "{path}: {value}: {}", answer.body);
                let data = &answer.json()["data"];
                let (user, token) = (data["userId"].as_str(), data["authToken"].as_str());
                let me = app.request(Method::GET, "/api/v1/me");
                let me = me.sign_in(user.expect("an id"), token.expect("a token")).send().await;
                assert_eq!(me.status, 200, "{path}: {value}: {}", me.body);
                app.put(&ordinary).await;
            }
        }
    })
    .await;
}

/// A list in the place of `services` still lets its owner in; what would have to replace it would end the session.
#[tokio::test(flavor = "multi_thread")]
async fn what_holds_the_session_itself_is_never_replaced() {
    let app = unproved().start(Eight).await;
    let ordinary = app.stored("plain").await;
    let services = ordinary.get("services").cloned().expect("services");
    let listed = doc! {"$set": {"services": [services]}};
    app.users().update_one(doc! {"_id": &app.person("plain").id}, listed).await.expect("stored");
    let before = app.stored("plain").await;
    let answer = app.change("plain", &json!({"email": "new@example.org"})).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(app.stored("plain").await, before);
    assert_eq!(app.change("plain", &json!({"bio": "B"})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_turned_on_whatever_stands_in_its_place() {
    six_and_eight(async |release| {
        let app = Options::standalone().odd_documents().start(release).await;
        let ordinary = app.stored("plain").await;
        let (id, token) = (app.person("plain").id.clone(), app.person("plain").token.clone());
        for (route, path, shown) in [
            ("users.enableTotp", "services.totp", "services.totp.tempSecret"),
            ("users.2fa.enableEmail", "services.email2fa", "services.email2fa.enabled"),
            ("users.2fa.sendEmailCode", "services.emailCode", "services.emailCode.code"),
        ] {
            for value in of_other_types().into_iter().chain([bson!([{"enabled": true, "code": "x"}])]) {
                app.users().update_one(doc! {"_id": &id}, store(path, &value)).await.expect("stored");
                let request = app.request(Method::POST, &format!("/api/v1/{route}")).sign_in(&id, &token);
                let answer = request.json(&json!({"emailOrUsername": "plain"})).send().await;
                assert_eq!(answer.status, 200, "{path}: {value}: {}", answer.body);
                let stored = app.stored("plain").await;
                // A code whose mail no server takes is removed again.
                assert!(at(&stored, shown).is_some() || route.ends_with("Code"), "{path}: {value}");
                app.put(&ordinary).await;
            }
        }
        // A stranger's request, for somebody without any services.
        for value in of_other_types() {
            app.users().update_one(doc! {"_id": &id}, store("services", &value)).await.expect("stored");
            let request = app.request(Method::POST, "/api/v1/users.2fa.sendEmailCode");
            let answer = request.json(&json!({"emailOrUsername": "plain"})).send().await;
            assert_eq!(answer.status, 200, "services: {value}: {}", answer.body);
            app.put(&ordinary).await;
        }
    })
    .await;
}

/// A guard that holds for what was read must not hold for what is there instead by then.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_meanwhile_is_decided_again_whatever_its_type() {
    let app = unproved().start(Eight).await;
    let ordinary = app.stored("plain").await;
    for (path, read, written, is_other) in [
        ("name", bson!(["Jane Doe"]), bson!("Jane"), true),
        ("name", bson!("Jane"), bson!(["Jane"]), true),
        ("name", bson!("Jane"), Bson::Symbol("Jane".to_owned()), true),
        ("name", Bson::Null, bson!("Jane"), true),
        ("name", bson!(["Jane Doe"]), bson!(["Someone"]), false),
        ("name", bson!(5), Bson::Null, false),
        ("username", bson!({"a": 1}), bson!("former"), true),
        ("statusSource", bson!(["internal"]), bson!("internal"), true),
        ("statusSource", bson!(5), bson!({"a": 1}), false),
        ("emails", bson!([]), bson!([{"address": "z@example.org"}]), true),
        ("emails", bson!([null, {"address": "z@example.org"}]), bson!([{"address": "z@example.org"}]), false),
        ("emails", bson!({"address": "z@example.org"}), bson!([5]), false),
        ("services.email2fa", bson!([{"enabled": true}]), bson!({"enabled": "yes"}), true),
        ("services.email2fa", bson!([]), bson!({"enabled": 0}), false),
        ("requirePasswordChange", bson!([false]), bson!(f64::NAN), true),
        ("requirePasswordChange", bson!(0), bson!(""), false),
        ("services.totp", bson!([{"enabled": true}]), bson!({"enabled": true}), true),
        ("_updatedAt", bson!(["x"]), DateTime::from_millis(32_500_000_000_000).into(), true),
        ("_updatedAt", Bson::Null, bson!("x"), false),
    ] {
        let id = doc! {"_id": &app.person("plain").id};
        app.users().update_one(id, store(path, &read)).await.expect("stored");
        app.intrude("plain", Some(store(path, &written)));
        let data = match path {
            "name" | "username" | "statusSource" => {
                json!({"name": "N", "username": "n", "statusType": "away"})
            }
            _ => json!({"newPassword": "N3w-and-strong-enough"}),
        };
        app.record_user_commands();
        let answer = app.change("plain", &data).await;
        let sent = app.take_user_commands();
        assert_eq!(answer.status, 200, "{path}: {read} → {written}: {}", answer.body);
        let attempts = sent.iter().filter(|command| command.contains_key("findAndModify")).count();
        assert_eq!(attempts, 1 + usize::from(is_other), "{path}: {read} → {written}");
        app.put(&ordinary).await;
    }
}
