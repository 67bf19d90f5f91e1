//! `rc-account outbox`: what waits, seen and looked after by an operator.

use crate::support::{Options, TestApp, is_delivered, outbox, program, resting, run};
use devstack::smtp::Sink;
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, DateTime, Document, doc};
use serde_json::Value;

fn ask(app: &TestApp, arguments: &[&str]) -> (Option<i32>, String, String) {
    let arguments = [&["outbox"], arguments].concat();
    let ended = run(program(&arguments, &[("MONGO_URL", app.mongo_url())]));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (ended.status.code(), text(ended.stdout), text(ended.stderr))
}

fn from_now(seconds: i64) -> DateTime {
    DateTime::from_millis(DateTime::now().timestamp_millis() + seconds * 1000)
}

/// A mail as the service writes it, which waits for the one before it, if there is one.
fn mail(id: &str, order: i64, after: Option<&str>) -> Document {
    doc! {
        "_id": id, "user_id": "someone", "kind": "verify-email", "lanes": ["verify-email/someone"], "order": order,
        "after": after.into_iter().collect::<Vec<_>>(), "ready": after.is_none(),
        "effect": {"address": format!("{id}@example.com"), "token": "t0ken", "name": "Someone"}, "revision": 0,
        "progress": Bson::Null, "created": from_now(-300 + order), "due": from_now(3600), "owner": Bson::Null,
        "attempts": 3, "parked": false, "late": false, "reason": "it answered with code 451",
    }
}

fn given_up(id: &str, order: i64) -> Document {
    doc! {
        "_id": id, "user_id": "someone", "kind": "verify-email", "lanes": ["verify-email/someone"], "order": order,
        "effect": {"address": format!("{id}@example.com"), "token": "t0ken", "name": "Someone"}, "revision": 0,
        "progress": Bson::Null, "created": from_now(-7200), "owner": Bson::Null, "attempts": 300, "parked": true,
        "late": true, "reason": "the mail server refused the mail\u{1b}[2J with code 550",
    }
}

async fn plant(app: &TestApp, effects: impl IntoIterator<Item = Document>) {
    app.database.collection("rc_account_outbox").insert_many(effects).await.expect("inserted");
}

fn options(sink: &Sink) -> Options {
    Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false).mail_server(sink)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_tells_everything_but_what_the_effects_say() {
    let app = resting(Options::default(), Six).await;
    assert_eq!(ask(&app, &["list"]).1, "nothing is waiting, and nothing was given up\n");
    let mut busy = mail("busy", 3, None);
    busy.extend(doc! {"owner": "instance", "due": from_now(60), "reason": Bson::Null, "attempts": 1});
    plant(&app, [mail("first", 1, None), mail("second", 2, Some("first")), busy, given_up("old", 0)]).await;
    let (code, list, complaint) = ask(&app, &["list"]);
    assert_eq!((code, complaint.as_str()), (Some(0), ""));
    let row = |id: &str| {
        let line = list.lines().find(|line| line.starts_with(id)).unwrap_or_else(|| panic!("{id}: {list}"));
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(row("old"), ["old", "verify-email", "someone", "given-up", "2", "h", "300"]);
    assert_eq!(row("first")[3..], ["waiting", "4", "min", "3"]);
    assert_eq!((row("second")[3].as_str(), row("busy")[3].as_str()), ("behind-other", "in-progress"));
    assert!(list.contains("code 550") && list.contains("code 451") && !list.contains('\u{1b}'), "{list}");
    let position = |id: &str| list.find(&format!("\n{id} ")).expect(id);
    assert!(position("old") < position("first") && position("first") < position("second"), "{list}");

    let json: Value = serde_json::from_str(&ask(&app, &["list", "--json", "--parked"]).1).expect("JSON");
    assert_eq!((json["effects"].as_array().map(Vec::len), &json["more"]), (Some(1), &Value::Bool(false)));
    assert_eq!(
        (&json["effects"][0]["_id"], &json["effects"][0]["state"]),
        (&"old".into(), &"given-up".into())
    );
    for secret in ["t0ken", "@example.com"] {
        assert!(!list.contains(secret) && !json.to_string().contains(secret), "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_reaches_a_running_service_at_once() {
    let sink = Sink::start().await;
    let app = options(&sink).start(Eight).await;
    plant(&app, [given_up("old", 0), given_up("older", -1), mail("first", 1, None)]).await;
    let (code, said, complaint) = ask(&app, &["retry", "first", "missing"]);
    assert_eq!((code, said.as_str()), (Some(1), "first is tried again\n"));
    assert!(complaint.starts_with("missing is not in the outbox"), "{complaint}");
    let (code, said, _) = ask(&app, &["retry", "old"]);
    assert_eq!((code, said.as_str()), (Some(0), "old is tried again\n"));
    let (code, said, _) = ask(&app, &["retry", "--all"]);
    assert_eq!((code, said.as_str()), (Some(0), "1 given up before, to be tried again\n"));
    is_delivered(&app).await;
    let mut to: Vec<String> = sink.mails().iter().map(|mail| mail.to.clone()).collect();
    to.sort();
    assert_eq!(to, ["first@example.com", "old@example.com", "older@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_never_happens_and_what_waits_for_it_goes_on() {
    let sink = Sink::start().await;
    // With a service that hears of it, and without one.
    for is_running in [true, false] {
        let mut app = options(&sink).start(Six).await;
        if !is_running {
            app.stop().await;
        }
        let mut next = mail("next", 2, Some("dropped"));
        next.insert("due", from_now(-1));
        let mut busy = mail("busy", 3, None);
        busy.extend(doc! {"owner": "instance", "lanes": ["other"]});
        plant(&app, [mail("dropped", 1, None), next, busy, given_up("old", 0)]).await;
        let (code, said, complaint) = ask(&app, &["drop", "dropped", "old"]);
        assert_eq!((code, complaint.as_str()), (Some(0), ""));
        assert_eq!(said, "dropped is deleted and will not happen\nold is deleted and will not happen\n");
        let (code, _, complaint) = ask(&app, &["drop", "busy", "dropped"]);
        assert!(code == Some(1) && complaint.starts_with("busy is being carried out"), "{complaint}");
        assert!(complaint.contains("dropped is not in the outbox"), "{complaint}");
        if !is_running {
            let left = outbox(&app).await;
            let next =
                left.iter().find(|effect| effect.get_str("_id").ok() == Some("next")).expect("the next one");
            assert_eq!(next.get_bool("ready").ok(), Some(true), "{next:?}");
            app.restart().await;
        }
        app.database
            .collection::<Document>("rc_account_outbox")
            .delete_one(doc! {"_id": "busy"})
            .await
            .expect("deleted");
        is_delivered(&app).await;
        let mails = sink.mails();
        assert_eq!(mails.last().map(|mail| mail.to.as_str()), Some("next@example.com"));
        assert!(mails.iter().all(|mail| mail.to == "next@example.com"), "{mails:?}");
    }
}
