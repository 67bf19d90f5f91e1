use super::*;
use crate::release::Version;
use crate::workspace::SettingVariables;
use bson::oid::ObjectId;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, DateTime, Regex, Timestamp, bson};
use chrono::DateTime as ChronoDateTime;
use std::collections::HashMap;

const SIX: Release = Release::at(Version::DOCUMENTED);
const EIGHT: Release = Release::at(Version::EIGHT);

fn settings() -> Settings {
    Settings::resolve(&HashMap::new(), &SettingVariables::default(), Version::EIGHT)
}

fn style(release: &Release, masked: bool) -> ReplyStyle {
    ReplyStyle::new(release, masked, Some("8.8.1"), "https://chat.example.org/chat".into())
}

fn written(style: &ReplyStyle, user: &Document, settings: &Settings) -> String {
    let raw = RawDocumentBuf::try_from(user).expect("BSON");
    style.write(&raw, settings).expect("JSON")
}

fn stored(value: impl Into<Bson>) -> String {
    let json = written(&style(&SIX, false), &doc! {"v": value.into()}, &settings());
    json.trim_start_matches(r#"{"v":"#).strip_suffix('}').expect("one member").to_owned()
}

#[test]
fn each_bson_type_reads_as_in_node() {
    let id = ObjectId::parse_str("507f1f77bcf86cd799439011").expect("id");
    let binary = |subtype, bytes: &[u8]| Binary { subtype, bytes: bytes.to_vec() };
    for (value, json) in [
        (Bson::Int32(5), "5"),
        (Bson::Double(5.0), "5"),
        (Bson::Double(-0.0), "0"),
        (Bson::Double(5.5), "5.5"),
        (Bson::Double(1e21), "1e+21"),
        (Bson::Double(1e-7), "1e-7"),
        (Bson::Double(f64::NAN), "null"),
        (Bson::Double(f64::INFINITY), "null"),
        (Bson::Int64(1 << 53), "9007199254740992"),
        (Bson::Int64((1 << 53) + 1), r#"{"low":1,"high":2097152,"unsigned":false}"#),
        (Bson::Int64(i64::MIN), r#"{"low":0,"high":-2147483648,"unsigned":false}"#),
        (Bson::Decimal128("1.5".parse().expect("decimal")), r#"{"$numberDecimal":"1.5"}"#),
        (Bson::ObjectId(id), r#""507f1f77bcf86cd799439011""#),
        (Bson::Binary(binary(BinarySubtype::Generic, b"abc")), r#""YWJj""#),
        (Bson::Binary(binary(BinarySubtype::Uuid, &[0x11; 16])), r#""11111111-1111-1111-1111-111111111111""#),
        (Bson::Timestamp(Timestamp { time: 1, increment: 2 }), r#"{"$timestamp":"4294967298"}"#),
        (
            Bson::RegularExpression(Regex {
                pattern: bson::cstr!("a").into(),
                options: bson::cstr!("i").into(),
            }),
            "{}",
        ),
        (Bson::Null, "null"),
        (Bson::Undefined, "null"),
        (Bson::String("a\"/\u{1}\u{2028}é".to_owned()), "\"a\\\"/\\u0001\u{2028}é\""),
        (bson!([1, {"b": [true]}]), r#"[1,{"b":[true]}]"#),
        (bson!({"b": 1, "10": 2, "2": 3, "02": 4}), r#"{"2":3,"10":2,"b":1,"02":4}"#),
    ] {
        assert_eq!(stored(value.clone()), json, "{value:?}");
    }
}

#[test]
fn dates_are_iso_texts_in_utc_with_milliseconds() {
    for (millis, text) in [
        (1_520_599_031_951, "\"2018-03-09T12:37:11.951Z\""),
        (0, "\"1970-01-01T00:00:00.000Z\""),
        (-62_198_755_200_000, "\"-000001-01-01T00:00:00.000Z\""),
        (253_402_300_800_000, "\"+010000-01-01T00:00:00.000Z\""),
        (i64::MAX, "null"),
    ] {
        assert_eq!(stored(DateTime::from_millis(millis)), text);
    }
    let date = ChronoDateTime::from_timestamp_millis(5).expect("date");
    assert_eq!(crate::ecmascript::iso(date), "1970-01-01T00:00:00.005Z");
}

fn user() -> Document {
    doc! {
        "_id": "u",
        "services": {
            "password": {"bcrypt": "$2b$10$x"}, "email2fa": {"enabled": true}, "totp": {"enabled": false},
            "resume": {}, "github": {"id": 1},
        },
        "emails": [{"address": "old@a.example", "verified": false}, {"address": "new@b.example", "verified": true}],
        "banners": {
            "versionUpdate-6_0_0": {"read": true}, "versionUpdate-9_0_0": {"link": "x"},
            "versionUpdate-latest": {}, "other": {},
        },
        "settings": {"preferences": {"language": "en"}, "profile": {}},
        "username": "example",
        "unknown": {"kept": 1},
    }
}

#[test]
fn release_8_replaces_in_place_and_appends_the_rest() {
    assert_eq!(
        written(&style(&EIGHT, false), &user(), &settings()),
        concat!(
            r#"{"_id":"u","services":{"github":{"id":1},"email2fa":{"enabled":true},"password":{"exists":true}},"#,
            r#""emails":[{"address":"old@a.example","verified":false},{"address":"new@b.example","verified":true}],"#,
            r#""banners":{"versionUpdate-9_0_0":{"link":"x"},"other":{}},"#,
            r#""settings":{"profile":{},"calendar":{}},"username":"example","unknown":{"kept":1},"#,
            r#""email":"new@b.example","avatarUrl":"https://chat.example.org/chat/avatar/example","isOAuthUser":true}"#
        )
    );
    assert_eq!(
        written(&style(&EIGHT, false), &doc! {"_id": "u"}, &settings()),
        concat!(
            r#"{"_id":"u","settings":{"profile":{},"calendar":{}},"#,
            r#""avatarUrl":"https://chat.example.org/chat/avatar/undefined","isOAuthUser":false}"#
        )
    );
}

#[test]
fn release_6_shows_the_document_and_can_mask_its_services() {
    let shown = written(&style(&SIX, false), &user(), &settings());
    assert!(shown.contains(r#""services":{"password":{"bcrypt":"$2b$10$x"}"#), "{shown}");
    let masked = written(&style(&SIX, true), &user(), &settings());
    assert!(
        masked.contains(r#""services":{"password":{"bcrypt":"[masked]"},"email2fa":{"enabled":true}"#),
        "{masked}"
    );
    assert!(masked.contains(r#""settings":{"preferences""#) && !masked.contains("$2b$"), "{masked}");
}

#[test]
fn the_avatar_address_follows_site_url_and_root_path() {
    for (site, url) in [
        ("https://a.example/chat/", "https://a.example/chat/avatar/example"),
        ("https://a.example", "https://a.example/chat/avatar/example"),
        ("", "https://chat.example.org/chat/avatar/example"),
    ] {
        let settings = Settings { site_url: site.to_owned(), ..settings() };
        let shown = written(&style(&EIGHT, false), &user(), &settings);
        assert!(shown.contains(&format!(r#""avatarUrl":"{url}""#)), "{site}: {shown}");
    }
}

#[test]
fn the_calendar_of_the_verified_domain_wins_over_the_general_one() {
    let general =
        Settings { outlook_enabled: true, outlook_url: "https://o.example".to_owned(), ..settings() };
    let shown = written(&style(&EIGHT, false), &user(), &general);
    let calendar =
        r#""calendar":{"outlook":{"Enabled":true,"Exchange_Url":"","Outlook_Url":"https://o.example"}}"#;
    assert!(shown.contains(calendar), "{shown}");
    let mapping = r#"{"b.example":{"Enabled":false}}"#.to_owned();
    let own = Settings { outlook_url_mapping: mapping, ..general.clone() };
    assert!(written(&style(&EIGHT, false), &user(), &own).contains(r#""calendar":{}"#));
    // What the entry lacks is general.
    let mapping = r#"{"b.example":{"Enabled":true,"Exchange_Url":"https://own.example"}}"#.to_owned();
    let own = Settings { outlook_url_mapping: mapping, ..general };
    let shown = written(&style(&EIGHT, false), &user(), &own);
    let calendar =
        r#"{"Enabled":true,"Exchange_Url":"https://own.example","Outlook_Url":"https://o.example"}"#;
    assert!(shown.contains(calendar), "{shown}");
}
