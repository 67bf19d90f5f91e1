//! A new username or name in all the places where Rocket.Chat repeats it: `docs/behaviour/side-effects.md` section 2.

mod crashes;
mod leftovers;
mod places;
mod queue;
mod repair;
mod with_the_change;

use crate::support::{Options, TestApp, outbox, six_and_eight};
use devstack::workspace::Release::{self, Eight, Six};
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, DateTime, Document, doc};
use places::{Everybody, Names, Places};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PEOPLE: [&str; 5] = ["plain", "admin", "legacy", "agent", "oauth"];

/// Renames do not have to be waited for in the tests that look at what they leave.
fn patient() -> Options {
    Options::default().variable("RC_ACCOUNT_RENAME_WAIT_MS", "60000")
}

fn ids(app: &TestApp) -> Vec<String> {
    PEOPLE.iter().map(|handle| app.person(handle).id.clone()).collect()
}

fn names(app: &TestApp) -> Everybody {
    let of = |handle: &&str| {
        let person = app.person(handle);
        let username = person.username.clone().expect("a username");
        Names { username, name: person.name.to_lowercase().replace(' ', "") }
    };
    PEOPLE.iter().map(of).collect()
}

/// The app on a workspace whose users have the names, everywhere.
async fn app_with_places(options: Options, release: Release) -> (TestApp, Places, Everybody) {
    let app = options.start(release).await;
    let names = names(&app);
    let mut places = Places::new(7, ids(&app), 120);
    places.renames_calls = release == Eight;
    places.write(&app.database, &names).await;
    places.name_users(&app.database, &names).await;
    (app, places, names)
}

async fn all(app: &TestApp, collection: &str, filter: Document) -> Vec<Document> {
    let found = app.database.collection(collection).find(filter).sort(doc! {"_id": 1}).await.expect("found");
    found.try_collect().await.expect("documents")
}

async fn insert(app: &TestApp, collection: &str, documents: impl IntoIterator<Item = Document>) {
    app.database.collection(collection).insert_many(documents).await.expect("inserted");
}

async fn rename(app: &TestApp, handle: &str, data: Value) {
    let answer = app.change(handle, &data).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_username_a_name_and_both_are_carried_to_every_place_and_to_no_other() {
    six_and_eight(async |release| {
        let (app, places, then) = app_with_places(patient(), release).await;
        let mut now = then.clone();
        for (user, username, name) in [
            (0, Some("new.name"), None),
            (1, None, Some("zzz")),
            (2, Some("fresh"), Some("aaa")),
            // Of the freed name, and a name in another letter case.
            (3, Some("plain"), None),
            (4, Some("OAUTH"), Some("mmm")),
            (0, Some("agent"), Some("nnn")),
        ] {
            let mut data = json!({});
            if let Some(username) = username {
                now[user].username = username.to_owned();
                data["username"] = username.into();
            }
            if let Some(name) = name {
                now[user].name = name.to_owned();
                data["name"] = name.into();
            }
            rename(&app, PEOPLE[user], data).await;
            places.check(&app.database, &now, &then).await;
        }
        assert!(outbox(&app).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rewritten_is_marked_as_updated_and_nothing_else_is() {
    let (app, _, _) = app_with_places(patient(), Eight).await;
    let long_ago = DateTime::from_millis(1_000_000);
    for collection in places::COLLECTIONS {
        let update = doc! {"$set": {"_updatedAt": long_ago}};
        app.database.collection::<Document>(collection).update_many(doc! {}, update).await.expect("dated");
    }
    let before = app.dump().await;
    rename(&app, "plain", json!({"username": "another"})).await;
    let mut rewritten = 0;
    for (collection, documents) in app.dump().await {
        if collection.starts_with("rc_account_") || collection == "users" {
            continue;
        }
        assert_eq!(before[&collection].len(), documents.len(), "{collection}");
        for (before, mut after) in before[&collection].iter().zip(documents) {
            let updated = after.get("_updatedAt") != before.get("_updatedAt");
            if updated {
                after.insert("_updatedAt", before.get("_updatedAt").cloned());
                rewritten += 1;
            }
            assert_eq!(updated, after != *before, "{collection}: {after}");
        }
    }
    assert!(rewritten > 20, "{rewritten}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_exact_mentions_of_this_user_are_rewritten_and_clients_parse_them_anew() {
    let app = patient().start(Eight).await;
    let (plain, admin) = (app.person("plain").id.clone(), app.person("admin").id.clone());
    let message = |id: &str, text: &str, mentions: Vec<Bson>| {
        doc! {
            "_id": id, "rid": "GENERAL", "msg": text, "mentions": mentions, "md": [{"type": "PARAGRAPH"}],
            "ts": DateTime::now(), "u": {"_id": &admin, "username": "admin"},
        }
    };
    let of = |id: &str, username: &str| Bson::from(doc! {"_id": id, "username": username});
    insert(
        &app,
        "rocketchat_message",
        [
            message(
                "exact",
                "@plain, @PLAIN: @plainer @plain.x mail@plain _@plain_",
                vec![of(&plain, "plain")],
            ),
            message("twice", "@plain @plain", vec![of(&plain, "plain"), of(&plain, "plain")]),
            message("nobody", "@plain", vec![doc! {"username": "plain"}.into()]),
            message("another", "@plain", vec![of("somebody-else", "plain")]),
            message("silent", "@plain", vec![]),
        ],
    )
    .await;
    let mut without_text = message("no-text", "", vec![of(&plain, "plain")]);
    without_text.remove("msg");
    insert(&app, "rocketchat_message", [without_text]).await;

    rename(&app, "plain", json!({"username": "new"})).await;
    for (id, text, mentioned, parsed) in [
        ("exact", Some("@new, @new: @plainer @plain.x mail@plain _@new_"), vec!["new"], false),
        ("twice", Some("@new @new"), vec!["new", "new"], false),
        ("nobody", Some("@new"), vec!["new"], false),
        ("another", Some("@plain"), vec!["plain"], true),
        ("silent", Some("@plain"), vec![], true),
        ("no-text", None, vec!["new"], false),
    ] {
        let stored = &all(&app, "rocketchat_message", doc! {"_id": id}).await[0];
        assert_eq!(stored.get_str("msg").ok(), text, "{id}");
        let mentions = stored.get_array("mentions").expect("mentions").iter();
        let names =
            mentions.map(|mention| mention.as_document().expect("one").get_str("username").expect("text"));
        assert_eq!(names.collect::<Vec<_>>(), mentioned, "{id}");
        assert_eq!(stored.contains_key("md"), parsed, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_were_not_sent_are_kept_and_never_become_the_text_undefined() {
    let options = patient().setting("Accounts_RequireNameForSignUp", false);
    let (app, places, then) = app_with_places(options, Eight).await;
    let id = places.users[0].as_str();
    app.users().update_one(doc! {"_id": id}, doc! {"$unset": {"name": ""}}).await.expect("unnamed");

    rename(&app, "plain", json!({"username": "nameless"})).await;
    let conferences = all(&app, "rocketchat_video_conference", doc! {"users._id": id}).await;
    assert!(!conferences.is_empty());
    for conference in conferences {
        let users = conference.get_array("users").expect("users").iter().filter_map(Bson::as_document);
        let user = users.clone().find(|user| user.get_str("_id").ok() == Some(id)).expect("the user");
        assert_eq!(user.get_str("username").ok(), Some("nameless"));
        assert_eq!(
            user.get_str("name").ok(),
            Some(then[0].name.as_str()),
            "no name was sent, none is written"
        );
    }
    rename(&app, "plain", json!({"name": "named"})).await;
    rename(&app, "plain", json!({"name": "", "username": "nameless"})).await;
    let conferences = all(&app, "rocketchat_video_conference", doc! {"users._id": id}).await;
    for conference in conferences {
        let users = conference.get_array("users").expect("users").iter().filter_map(Bson::as_document);
        let user = users.clone().find(|user| user.get_str("_id").ok() == Some(id)).expect("the user");
        assert_eq!((user.get_str("username").ok(), user.get_str("name").ok()), (Some("nameless"), Some("")));
    }
    for collection in places::COLLECTIONS {
        assert!(!format!("{:?}", all(&app, collection, doc! {}).await).contains("undefined"), "{collection}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_direct_message_that_the_user_has_left_is_renamed_for_the_other() {
    let app = patient().start(Eight).await;
    let plain = app.person("plain").id.as_str();
    // More than are looked at together, and one that only looks like the user's.
    let room = |number: usize| format!("left {number:03}");
    let rooms = (0..450).map(|number| doc! {"_id": room(number), "t": "d", "uids": [plain, "other"]});
    insert(&app, "rocketchat_room", rooms.chain([doc! {"_id": "others", "t": "d", "uids": ["a", "b"]}]))
        .await;
    let subscription = |room: String, name: &str| {
        let other = doc! {"_id": "other", "username": "other"};
        doc! {"_id": format!("of other in {room}"), "rid": room, "t": "d", "name": name, "fname": "Plain User", "u": other}
    };
    let left = (0..450).map(|number| subscription(room(number), "plain"));
    let not_ours =
        [subscription("left elsewhere".to_owned(), "plain"), subscription("others".to_owned(), "plain")];
    insert(&app, "rocketchat_subscription", left.chain(not_ours.clone())).await;
    rename(&app, "plain", json!({"username": "renamed", "name": "New Name"})).await;
    let renamed = doc! {"u._id": "other", "name": "renamed", "fname": "New Name"};
    assert_eq!(all(&app, "rocketchat_subscription", renamed).await.len(), 450);
    let rooms = doc! {"u._id": "other", "rid": {"$in": ["others", "left elsewhere"]}};
    assert_eq!(all(&app, "rocketchat_subscription", rooms).await, not_ours);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_follows_the_name_and_what_stood_in_its_place_is_kept_in_the_trash() {
    let app = patient().start(Six).await;
    let left_behind = doc! {"_id": "left-behind", "name": "new", "userId": "a-former-user", "etag": "old"};
    insert(&app, "rocketchat_avatars", [left_behind]).await;
    let before = all(&app, "rocketchat_avatars", doc! {"name": "plain"}).await;
    rename(&app, "plain", json!({"username": "new"})).await;
    let pictures = all(&app, "rocketchat_avatars", doc! {"name": {"$in": ["plain", "new"]}}).await;
    assert_eq!((pictures.len(), pictures[0].get("_id")), (1, before[0].get("_id")));
    assert_eq!(pictures[0].get_str("name").ok(), Some("new"));
    let trash = all(&app, "rocketchat__trash", doc! {}).await;
    assert_eq!(trash.len(), 1);
    assert_eq!(trash[0].get_str("_id").ok(), Some("left-behind"));
    assert_eq!(
        (trash[0].get_str("__collection__").ok(), trash[0].get_str("etag").ok()),
        (Some("avatars"), Some("old"))
    );
    assert!(trash[0].get_datetime("_deletedAt").is_ok());

    // Somebody without a picture moves nobody's.
    rename(&app, "admin", json!({"username": "chief"})).await;
    assert_eq!(all(&app, "rocketchat_avatars", doc! {"name": "new"}).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ones_own_pictures_under_both_names_the_newer_one_is_kept() {
    for (uploaded_old, uploaded_new, kept) in [(1, 2, "at-new"), (2, 1, "at-old")] {
        let app = patient().start(Eight).await;
        let avatars = app.database.collection::<Document>("rocketchat_avatars");
        avatars.delete_many(doc! {}).await.expect("emptied");
        let picture = |id: &str, name: &str, uploaded: i64| {
            let at = DateTime::from_millis(uploaded);
            doc! {"_id": id, "name": name, "userId": &app.person("plain").id, "uploadedAt": at}
        };
        insert(
            &app,
            "rocketchat_avatars",
            [picture("at-old", "plain", uploaded_old), picture("at-new", "new", uploaded_new)],
        )
        .await;
        rename(&app, "plain", json!({"username": "new"})).await;
        let left = all(&app, "rocketchat_avatars", doc! {}).await;
        assert_eq!(
            (left.len(), left[0].get_str("_id").ok(), left[0].get_str("name").ok()),
            (1, Some(kept), Some("new"))
        );
        assert_eq!(all(&app, "rocketchat__trash", doc! {}).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_called_after_the_others_in_the_order_of_people_not_of_bytes() {
    let app = patient().start(Eight).await;
    for (handle, name) in [("admin", "Zoe"), ("legacy", "äsop"), ("agent", "bob")] {
        let id = &app.person(handle).id;
        app.users().update_one(doc! {"_id": id}, doc! {"$set": {"name": name}}).await.expect("named");
    }
    rename(&app, "plain", json!({"name": "Anna", "username": "anna"})).await;
    let group = &all(&app, "rocketchat_room", doc! {"usersCount": {"$gt": 2}, "t": "d"}).await[0];
    let room = group.get_str("_id").expect("an id");
    for (handle, name, full_name) in [
        ("plain", "legacy,agent,admin", "äsop, bob, Zoe"),
        ("admin", "anna,legacy,agent", "Anna, äsop, bob"),
        ("legacy", "anna,agent,admin", "Anna, bob, Zoe"),
        ("agent", "anna,legacy,admin", "Anna, äsop, Zoe"),
    ] {
        let filter = doc! {"rid": room, "u._id": &app.person(handle).id};
        let stored = &all(&app, "rocketchat_subscription", filter).await[0];
        assert_eq!(
            (stored.get_str("name").ok(), stored.get_str("fname").ok()),
            (Some(name), Some(full_name)),
            "{handle}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_username_and_unchanged_names_have_no_consequences() {
    let app = patient().start(Eight).await;
    let before = app.dump().await;
    rename(&app, "no-username", json!({"username": "first", "name": "First Name"})).await;
    rename(&app, "plain", json!({"username": "plain", "name": app.person("plain").name})).await;
    // But for a welcome by mail, which waits for a mail server.
    let waiting = outbox(&app).await;
    let kinds: Vec<&str> = waiting.iter().map(|effect| effect.get_str("kind").expect("a kind")).collect();
    assert_eq!(kinds, ["enrolment"]);
    for (collection, documents) in app.dump().await {
        if collection != "users" && !collection.starts_with("rc_account_") {
            assert_eq!(documents, before[&collection], "{collection}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn helpful_indexes_are_made_only_where_the_operator_allows_it_and_only_for_what_exists() {
    for (allowed, expected) in [("false", 0), ("true", 1)] {
        let app = Options::default().variable("RC_ACCOUNT_CREATE_INDEXES", allowed).start(Six).await;
        let found = async || {
            let rooms = app.database.collection::<Document>("rocketchat_room");
            let names = rooms.list_index_names().await.expect("indexes");
            names.iter().filter(|name| *name == "usernames_1").count()
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        while found().await < expected {
            assert!(Instant::now() < deadline);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        rename(&app, "plain", json!({"username": "renamed"})).await;
        assert_eq!(found().await, expected);
        let collections = app.database.list_collection_names().await.expect("collections");
        assert!(!collections.iter().any(|name| name == "rocketchat_call_history"));
    }
}
