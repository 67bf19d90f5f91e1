//! What an earlier version, a crash or a shell has left in the outbox.

use super::{acme, is_parked, of_earlier_form, plant, verification, waiting, waits_until};
use crate::support::{Service, TestApp, is_delivered, outbox};
use devstack::smtp::Sink;
use devstack::workspace::Release::{Eight, Six};
use futures_util::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, doc};
use serde_json::json;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn effects_of_the_earlier_form_are_carried_on_in_their_order() {
    let sink = Sink::start().await;
    let mut app = acme(&sink).start(Six).await;
    app.stop().await;
    let id = app.person("plain").id.clone();
    let lane = format!("verify-email/{id}");
    let mail = |order: i64| {
        let address = verification(&format!("mail{order}@example.com"));
        of_earlier_form(&format!("mail{order}"), &id, "verify-email", &lane, order, address)
    };
    // One that an instance that died had leased, and whose lease still holds for a moment.
    let mut first = mail(1);
    let lease_until = DateTime::from_millis(DateTime::now().timestamp_millis() + 1500);
    first.extend(doc! {"owner": "dead", "attempts": 1, "lease_until": lease_until});
    plant(&app, [mail(3), mail(2), first]).await;
    let rename = |order: i64, old: &str, new: &str| {
        let effect = doc! {"old_username": old, "username": new, "name": Bson::Null, "name_sent": false};
        let lane = format!("rename/{id}");
        of_earlier_form(&format!("rename{order}"), &id, "rename", &lane, order, effect)
    };
    plant(&app, [rename(2, "b", "renamed"), rename(1, "plain", "b")]).await;
    let update = doc! {"$set": {"username": "renamed"}};
    app.users().update_one(doc! {"_id": &id}, update).await.expect("renamed");
    let message = doc! {"_id": "m", "rid": "GENERAL", "msg": "hello", "u": {"_id": &id, "username": "plain"}};
    let messages = app.database.collection::<Document>("rocketchat_message");
    messages.insert_one(message).await.expect("written");
    app.restart().await;
    // A new one waits for those of its lane.
    assert_eq!(app.change("plain", &json!({"email": "newest@example.com"})).await.status, 200);
    is_delivered(&app).await;
    assert!(DateTime::now() >= lease_until);
    let mails = sink.mails();
    let sent = mails.iter().map(|mail| mail.to.as_str()).filter(|to| *to != "plain@example.com");
    // The newest one took the place of the last that had not been begun.
    assert_eq!(sent.collect::<Vec<_>>(), ["mail1@example.com", "mail2@example.com", "newest@example.com"]);
    assert_eq!(
        messages.count_documents(doc! {"_id": "m", "u.username": "renamed"}).await.expect("counted"),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_cannot_be_read_is_parked_alone_and_named() {
    let sink = Sink::start().await;
    let mut app = acme(&sink).start(Eight).await;
    app.stop().await;
    let lane = "verify-email/reader";
    let whole =
        |id: &str| of_earlier_form(id, "reader", "verify-email", lane, 5, verification("a@example.com"));
    let with = |id: &str, field: &str, value: Bson| {
        let mut effect = whole(id);
        effect.insert(field, value);
        effect
    };
    let without = |id: &str, field: &str| {
        let mut effect = whole(id);
        effect.remove(field);
        effect
    };
    let broken = [
        with("user", "user_id", 7.into()),
        without("no-user", "user_id"),
        with("kind", "kind", 7.into()),
        without("no-kind", "kind"),
        with("lanes", "lanes", "text".into()),
        with("lane", "lanes", vec![7].into()),
        with("order", "order", "first".into()),
        with("effect", "effect", "text".into()),
        without("no-effect", "effect"),
        with("empty", "effect", doc! {}.into()),
        with("parked", "parked", "perhaps".into()),
    ];
    // The last one has no mistake that keeps it from being read: it is carried out.
    let readable = broken.len() - 1;
    plant(&app, broken).await;
    plant(&app, [with("-", "_id", ObjectId::new().into())]).await;
    // In the present form, too.
    let mut present = waiting("present", "verify-email/present", 1, None, DateTime::now());
    present.insert("attempts", "many");
    let mut of_kind = waiting("of-kind", "verify-email/of-kind", 1, None, DateTime::now());
    of_kind.insert("kind", 7);
    let mut soon = waiting("soon", "verify-email/soon", 1, None, DateTime::now());
    soon.insert("due", "soon");
    let mut of_later_version = waiting("of-later-version", "other/lane", 1, None, DateTime::now());
    of_later_version.extend(doc! {"kind": "other", "effect": {"unknown": true}});
    plant(&app, [present, of_kind, soon, of_later_version]).await;

    let environment = [
        ("MONGO_URL", app.mongo_url()),
        ("PORT", "0"),
        ("BIND_IP", "127.0.0.1"),
        ("RC_ACCOUNT_RATE_LIMIT", "off"),
    ];
    let service = Service::start(&environment);
    app.base.clone_from(&service.base);
    assert_eq!(app.change("no-email", &json!({"email": "bystander@example.com"})).await.status, 200);
    for whole in ["bystander", "present", "soon"] {
        sink.wait_for(|mail| mail.to == format!("{whole}@example.com")).await;
    }
    // A mail is there a moment before its effect has ended.
    let left = waits_until(&app, LIMIT, |left| {
        left.len() == readable + 3 && left.iter().filter(|effect| is_parked(effect)).count() == readable + 2
    });
    let left = left.await;
    for effect in left.iter().filter(|effect| is_parked(effect)) {
        assert_eq!(effect.get_str("reason").ok(), Some("the effect cannot be read"), "{effect:?}");
    }
    let unparked: Vec<_> =
        left.iter().filter(|effect| !is_parked(effect)).map(|effect| effect.get_str("_id")).collect();
    assert!(matches!(unparked[..], [Ok("of-later-version")]), "{unparked:?}");
    let named = with("named", "lanes", "text".into());
    plant(&app, [named]).await;
    waits_until(&app, LIMIT, |left| left.iter().filter(|effect| is_parked(effect)).count() == readable + 3)
        .await;
    let line = service.says("an effect is parked", |line| line.contains("named")).await;
    assert!(line.contains("reader"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_an_effect_that_is_over_goes_on_after_a_crash() {
    let sink = Sink::start().await;
    let mut app = acme(&sink).start(Six).await;
    app.stop().await;
    // An instance died between the end of an effect and the start of those that waited for it.
    let mut parked = waiting("parked", "verify-email/b", 1, None, DateTime::now());
    parked.extend(doc! {"parked": true, "late": true, "reason": "refused"});
    let mut both = waiting("both", "verify-email/b", 2, Some("parked"), DateTime::now());
    both.insert("after", vec!["parked", "gone too"]);
    let mut nothing = waiting("nothing", "verify-email/c", 1, Some("x"), DateTime::now());
    nothing.insert("after", Vec::<String>::new());
    let mut gone = waiting("gone", "verify-email/a", 2, Some("gone-before"), DateTime::now());
    gone.insert("followed_by", "next");
    let next = waiting("next", "verify-email/a", 3, Some("gone"), DateTime::now());
    plant(&app, [parked, both, nothing, next, gone]).await;
    app.restart().await;
    waits_until(&app, LIMIT, |left| left.len() == 1).await;
    let mails = sink.mails();
    let position = |name: &str| mails.iter().position(|mail| mail.to.starts_with(name)).expect("a mail");
    assert!(position("gone@") < position("next@"));
    assert!(position("both@") < mails.len() && position("nothing@") < mails.len());

    // While the service runs: an operator deletes what is in the way, or parks it.
    let delayed = super::in_an_hour();
    let first = waiting("first", "verify-email/d", 1, None, delayed);
    let second = waiting("second", "verify-email/d", 2, Some("first"), DateTime::now());
    let third = waiting("third", "verify-email/e", 1, None, delayed);
    let fourth = waiting("fourth", "verify-email/e", 2, Some("third"), DateTime::now());
    plant(&app, [first, second, third, fourth]).await;
    let effects = app.database.collection::<Document>("rc_account_outbox");
    effects.delete_one(doc! {"_id": "first"}).await.expect("deleted");
    effects.update_one(doc! {"_id": "third"}, doc! {"$set": {"parked": true}}).await.expect("parked");
    sink.wait_for(|mail| mail.to == "second@example.com").await;
    sink.wait_for(|mail| mail.to == "fourth@example.com").await;
    let left = waits_until(&app, LIMIT, |left| left.len() == 2).await;
    assert!(left.iter().all(is_parked), "{:?}", outbox(&app).await);
}

/// Ends what a process that is gone has still under way in MongoDB.
async fn forget_operations(app: &TestApp) {
    let admin = mongodb::Client::with_uri_str(app.mongo_url()).await.expect("a client").database("admin");
    let of_outbox =
        doc! {"appName": "rc-account", "ns": format!("{}.rc_account_outbox", app.database.name())};
    loop {
        let stages = [doc! {"$currentOp": {"allUsers": true}}, doc! {"$match": &of_outbox}];
        let found = admin.aggregate(stages).await.expect("an answer");
        let found: Vec<Document> = found.try_collect().await.expect("operations");
        if found.is_empty() {
            return;
        }
        for operation in found {
            let kill = doc! {"killOp": 1, "op": operation.get("opid").cloned()};
            admin.run_command(kill).await.expect("killed");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_is_killed_amid_the_end_of_an_effect_leaves_none_that_waits_for_it() {
    let sink = Sink::start().await;
    let mut app = acme(&sink).start(Six).await;
    app.stop().await;
    let service = Service::on(app.mongo_url(), &[]);
    let mut first = waiting("first", "verify-email/a", 1, None, DateTime::now());
    first.insert("followed_by", "second");
    let second = waiting("second", "verify-email/a", 2, Some("first"), DateTime::now());
    plant(&app, [second]).await;
    // Somebody's open transaction keeps the second one from being written.
    let client = mongodb::Client::with_uri_str(app.mongo_url()).await.expect("a client");
    let mut session = client.start_session().await.expect("a session");
    session.start_transaction().await.expect("a transaction");
    let held = client.default_database().expect("a database").collection::<Document>("rc_account_outbox");
    let update = held.update_one(doc! {"_id": "second"}, doc! {"$set": {"held": true}});
    update.session(&mut session).await.expect("held");
    plant(&app, [first]).await;
    sink.wait_for(|mail| mail.to == "first@example.com").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    service.kill();
    forget_operations(&app).await;
    let _ = session.abort_transaction().await;
    let left = outbox(&app).await;
    let is = |effect: &&Document, id: &str| effect.get_str("_id").is_ok_and(|found| found == id);
    let second = left.iter().find(|effect| is(effect, "second")).expect("the second one");
    let is_ready = second.get_bool("ready").expect("a flag");
    assert_eq!(left.iter().any(|effect| is(&effect, "first")), !is_ready, "{left:?}");

    let outbox = app.database.collection::<Document>("rc_account_outbox");
    let ended = doc! {"$set": {"due": DateTime::from_millis(0)}};
    outbox.update_many(doc! {}, ended).await.expect("the lease has ended");
    app.restart().await;
    is_delivered(&app).await;
    sink.wait_for(|mail| mail.to == "second@example.com").await;
}
