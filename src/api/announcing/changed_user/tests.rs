use super::*;
use crate::profile::Sent;
use crate::release::Version;
use crate::workspace::SettingVariables;
use bson::{Bson, Document, RawDocumentBuf, doc};
use serde_json::json;
use std::collections::HashMap;

fn stored() -> Document {
    doc! {
        "_id": "u", "username": "old", "name": "Old", "roles": ["user"], "status": "away", "statusDefault": "away",
        "statusText": "t", "requirePasswordChange": true, "services": {"password": {"bcrypt": "$2b$old"}},
    }
}

fn text(text: &str) -> Sent {
    Sent::Text(text.to_owned())
}

/// The names and arguments of what is told, in order, and what is gone.
fn told(
    presence: PresenceRules,
    setting: &str,
    change: &Change,
    changes: Document,
) -> (Vec<(String, Value)>, Vec<String>) {
    let settings = HashMap::from([(setting.to_owned(), Bson::Boolean(true))]);
    let mut after = stored();
    after.extend(changes);
    let saved = ChangedUser {
        before: &Caller::from_document(&stored()).expect("a caller"),
        after: &RawDocumentBuf::try_from(&after).expect("BSON"),
        change,
        settings: &Settings::resolve(&settings, &SettingVariables::default(), Version::EIGHT),
        presence,
    };
    let events = saved.events().expect("whole").into_iter();
    let events = events.map(|event| {
        let arguments = event.arguments().expect("whole");
        (event.name().to_owned(), arguments[0].clone())
    });
    (events.collect(), saved.unset().into_iter().map(|(key, _)| key).collect())
}

fn names(told: &(Vec<(String, Value)>, Vec<String>)) -> Vec<&str> {
    told.0.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn names_are_told_before_the_status() {
    let change = Change { status_type: text("busy"), ..Change::default() };
    let changes = doc! {
        "username": "new", "name": "New", "status": "busy", "requirePasswordChange": Bson::Null,
    };
    let told = told(PresenceRules::Claim, "UI_Use_Real_Name", &change, changes);
    let named = json!({"_id": "u", "name": "New", "username": "new"});
    let expected = [
        ("user.nameChanged", named.clone()),
        ("user.nameChanged", named.clone()),
        ("user.realNameChanged", named),
        (
            "presence.status",
            json!({
                "user": {
                    "_id": "u", "username": "new", "status": "busy", "statusText": "t", "name": "New",
                    "roles": ["user"],
                },
                "previousStatus": "away",
            }),
        ),
    ];
    assert_eq!(told.0, expected.map(|(name, argument)| (name.to_owned(), argument)));
    assert_eq!(told.1, ["requirePasswordChange", "requirePasswordChangeReason"]);
}

#[test]
fn a_name_is_told_to_clients_only_where_they_show_it() {
    let change = Change::default();
    let changes = || doc! {"name": "New"};
    let shown = told(PresenceRules::Claim, "UI_Use_Real_Name", &change, changes());
    assert_eq!(names(&shown), ["user.nameChanged", "user.realNameChanged"]);
    let hidden = told(PresenceRules::Claim, "", &change, changes());
    assert_eq!(names(&hidden), ["user.realNameChanged"]);
    assert!(hidden.1.is_empty());
}

#[test]
fn only_another_password_ends_sessions() {
    let ends = |change: &Change, password: &str| {
        let mut after = stored();
        after.insert("services", doc! {"password": {"bcrypt": password}});
        let saved = ChangedUser {
            before: &Caller::from_document(&stored()).expect("a caller"),
            after: &RawDocumentBuf::try_from(&after).expect("BSON"),
            change,
            settings: &Settings::resolve(&HashMap::new(), &SettingVariables::default(), Version::EIGHT),
            presence: PresenceRules::Claim,
        };
        saved.has_another_password()
    };
    let asked = Change { new_password: Some("new".into()), ..Change::default() };
    assert!(ends(&asked, "$2b$new"));
    // It was asked for but ignored, or somebody else has changed it.
    assert!(!ends(&asked, "$2b$old"));
    assert!(!ends(&Change::default(), "$2b$new"));
}

#[test]
fn a_claim_is_told_though_nothing_changes_and_older_releases_tell_changes_only() {
    let change = Change { status_text: text("t"), ..Change::default() };
    let status = |presence, changes| {
        let told = told(presence, "", &change, changes);
        names(&told).len()
    };
    assert_eq!(status(PresenceRules::Claim, doc! {}), 1);
    assert_eq!(status(PresenceRules::TextThenType, doc! {}), 0);
    for changes in [doc! {"status": "busy"}, doc! {"statusDefault": "busy"}, doc! {"statusText": "u"}] {
        assert_eq!(status(PresenceRules::TextThenType, changes), 1);
    }
    let call = doc! {"statusSource": "internal"};
    assert_eq!(status(PresenceRules::Claim, call.clone()), 1);
    let mut calls = call.clone();
    calls.insert("previousState", call);
    assert_eq!(status(PresenceRules::Claim, calls), 0, "nothing was written");
}

#[test]
fn no_status_is_told_where_the_workspace_has_switched_that_off() {
    let change = Change { status_type: text("busy"), ..Change::default() };
    for setting in ["Presence_broadcast_disabled", "Troubleshoot_Disable_Presence_Broadcast"] {
        for presence in [PresenceRules::Claim, PresenceRules::TextThenType] {
            assert_eq!(names(&told(presence, setting, &change, doc! {"status": "busy"})), [""; 0]);
        }
    }
}
