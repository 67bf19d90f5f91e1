use super::*;
use crate::api::reply::ReplyStyle;
use crate::release::{Release, Version};
use crate::workspace::{SettingVariables, Settings};
use bson::raw::RawDocumentBuf;
use bson::{Bson, DateTime, Document, bson, doc};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::HashMap;

const SIX: Release = Release::at(Version::DOCUMENTED);
const EIGHT: Release = Release::at(Version::EIGHT);

/// In every secret; in nothing else.
const MARK: &str = "S3CRET";

fn settings() -> Settings {
    Settings::resolve(&HashMap::new(), &SettingVariables::default(), Version::EIGHT)
}

fn raw(document: &Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(document).expect("BSON")
}

/// All that ever leaves of a user: the reply, `/me` and the login, what is announced, and what the page shows.
fn everything_shown(user: &Document, release: &Release, masked: bool) -> String {
    let style = ReplyStyle::new(release, masked, None, "https://chat.example.org".into());
    let (user, settings, defaults) = (raw(user), settings(), Document::new());
    let reply = style.write(&user, &settings).expect("JSON");
    let own = style.write_own(&user, &settings, &defaults, true).expect("JSON");
    let announced = style.own_ejson(&user, &settings, &defaults).expect("EJSON");
    let on_the_page = style.into_stored().write(&user, &settings).expect("JSON");
    format!("{reply}\n{own}\n{on_the_page}\n{}", serde_json::Value::Object(announced))
}

fn shown(services: &Document, hashes: Hashes) -> String {
    stored(&raw(services), hashes).expect("JSON")
}

#[test]
fn what_the_documentation_shows_stays_in_its_shape_and_order() {
    let when = DateTime::from_millis(0);
    let services = doc! {
        "google": {"accessToken": MARK},
        "password": {"reset": {"token": MARK}, "bcrypt": "$2b$10$h", "argon2": MARK},
        "email2fa": {"enabled": true, "changedAt": when},
        "resume": {
            "loginTokens": [
                {"when": when, "hashedToken": "t1", "twoFactorAuthorizedHash": "f", "twoFactorAuthorizedUntil": when},
                {"hashedToken": "t2", "type": "personalAccessToken", "createdAt": when, "lastTokenPart": "abcdef",
                 "name": "bot", "bypassTwoFactor": true},
                {"when": when, "token": MARK},
                MARK,
            ],
            "haveLoginTokensToDelete": true,
            "loginTokensToDelete": [{"token": MARK}],
        },
        "email": {"verificationTokens": [{"token": MARK, "address": "a@example.com", "when": when}]},
        "emailCode": {"code": MARK, "attempts": 0},
        "totp": {"enabled": false, "tempSecret": MARK, "hashedBackup": [MARK]},
        "passwordHistory": ["$2b$10$o", {"x": MARK}],
    };
    let date = r#""1970-01-01T00:00:00.000Z""#;
    let expected = |bcrypt: &str, t1: &str, f: &str, t2: &str, old: &str| {
        format!(
            concat!(
                r#"{{"password":{{"bcrypt":"{bcrypt}"}},"email2fa":{{"enabled":true,"changedAt":{date}}},"#,
                r#""resume":{{"loginTokens":[{{"when":{date},"hashedToken":"{t1}","twoFactorAuthorizedHash":"{f}","#,
                r#""twoFactorAuthorizedUntil":{date}}},{{"hashedToken":"{t2}","type":"personalAccessToken","#,
                r#""createdAt":{date},"lastTokenPart":"abcdef","name":"bot","bypassTwoFactor":true}},"#,
                r#"{{"when":{date}}}]}},"email":{{"verificationTokens":[{{"token":"[masked]","#,
                r#""address":"a@example.com","when":{date}}}]}},"totp":{{"enabled":false}},"#,
                r#""passwordHistory":["{old}"]}}"#
            ),
            bcrypt = bcrypt,
            t1 = t1,
            f = f,
            t2 = t2,
            old = old,
            date = date,
        )
    };
    assert_eq!(shown(&services, Hashes::Shown), expected("$2b$10$h", "t1", "f", "t2", "$2b$10$o"));
    let m = "[masked]";
    assert_eq!(shown(&services, Hashes::Masked), expected(m, m, m, m, m));
}

#[test]
fn what_is_not_of_the_type_of_its_place_does_not_leave() {
    for services in [
        bson!({"password": {"bcrypt": {"hash": MARK}}, "totp": MARK, "resume": {"loginTokens": {"0": MARK}}}),
        bson!({"totp": {"enabled": MARK}, "email2fa": {"changedAt": MARK, "enabled": [MARK]}}),
        bson!([MARK]),
        bson!(MARK),
    ] {
        let user = doc! {"_id": "u", "services": services};
        for (release, masked) in [(&SIX, false), (&SIX, true), (&EIGHT, false)] {
            let shown = everything_shown(&user, release, masked);
            assert!(!shown.contains(MARK), "{shown}");
        }
    }
}

#[test]
fn of_another_service_the_reshaped_form_tells_who_one_is_there() {
    let github =
        doc! {"id": 5, "username": "octo", "accessToken": MARK, "emails": [{"token": MARK}], "scope": MARK};
    let user = doc! {"services": {"github": github, "gitlab": MARK}};
    let shown = everything_shown(&user, &EIGHT, false);
    assert!(shown.contains(r#""github":{"id":5,"username":"octo"}"#) && !shown.contains(MARK), "{shown}");
    assert!(shown.contains(r#""isOAuthUser":true"#));
}

#[test]
fn what_an_administrator_denies_is_not_told() {
    let user = doc! {"statusVisibilityDeniedByAdmin": [MARK], "joinCode": MARK, "e2e": {"private_key": MARK}};
    for release in [&SIX, &EIGHT] {
        let shown = everything_shown(&user, release, false);
        assert!(!shown.contains(MARK), "{shown}");
    }
}

/// Names that Rocket.Chat gives to what works as a key, and names of whatever else there may be.
fn secret_name() -> impl Strategy<Value = String> {
    let known = [
        "token",
        "secret",
        "tempSecret",
        "hashedBackup",
        "accessToken",
        "refreshToken",
        "idToken",
        "code",
        "reset",
        "enroll",
        "srp",
        "argon2",
        "loginTokensToDelete",
        "idpSession",
        "0",
        "x",
    ];
    prop_oneof![select(known.to_vec()).prop_map(str::to_owned), "[a-z]{1,8}Secret"]
}

/// Something that must not leave, however deep it lies.
fn secret() -> impl Strategy<Value = Bson> {
    let leaf = prop_oneof!["[a-zA-Z0-9]{0,6}".prop_map(|text| Bson::from(format!("{text}{MARK}{text}")))];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..3).prop_map(Bson::from),
            vec((secret_name(), inner), 1..3).prop_map(|fields| Bson::from(Document::from_iter(fields))),
        ]
    })
}

/// A document with some of the allowed fields, each well or with a secret of another type, among secrets.
fn with_secrets(allowed: Vec<(&'static str, Bson)>) -> impl Strategy<Value = Document> {
    let fields = (vec((secret_name(), secret()), 0..4), vec(any::<bool>(), allowed.len()), any::<bool>());
    fields.prop_map(move |(secrets, chosen, secrets_first)| {
        let allowed = allowed.iter().zip(chosen).filter(|(_, chosen)| *chosen);
        let allowed = allowed.map(|((name, value), _)| ((*name).to_owned(), value.clone()));
        let mut document = Document::new();
        if secrets_first {
            document.extend(secrets.clone());
        }
        document.extend(allowed);
        document.extend(secrets);
        document
    })
}

fn services() -> impl Strategy<Value = Document> {
    let when = Bson::from(DateTime::from_millis(0));
    let token = with_secrets(vec![("when", when.clone()), ("hashedToken", "h".into()), ("name", "n".into())]);
    let verification = with_secrets(vec![("address", "a@example.com".into()), ("when", when)]);
    let lists =
        (vec(token, 0..3), vec(verification, 0..3), with_secrets(vec![("bcrypt", "$2b$10$h".into())]));
    let others = vec(
        (
            prop_oneof![
                select(vec!["github", "google", "cloud", "iframe", "saml"]).prop_map(str::to_owned),
                secret_name()
            ],
            secret(),
        ),
        0..4,
    );
    let totp = with_secrets(vec![("enabled", true.into())]);
    let github = with_secrets(vec![("id", 5.into()), ("username", "octo".into())]);
    (lists, others, totp, github).prop_map(|((tokens, verifications, password), others, totp, github)| {
        let mut services = doc! {
            "password": password, "totp": totp, "github": github, "gitlab": {"x": MARK},
            "resume": {"loginTokens": tokens}, "email": {"verificationTokens": verifications},
        };
        services.extend(others);
        services
    })
}

proptest! {
    #[test]
    fn nothing_that_works_as_a_key_leaves_in_any_mode(services in services()) {
        let user = doc! {"_id": "u", "username": "u", "services": services};
        for (release, masked) in [(&SIX, false), (&SIX, true), (&EIGHT, false)] {
            let shown = everything_shown(&user, release, masked);
            prop_assert!(!shown.contains(MARK), "{shown}");
            prop_assert!(shown.lines().all(|json| serde_json::from_str::<serde_json::Value>(json).is_ok()), "{shown}");
        }
    }
}
