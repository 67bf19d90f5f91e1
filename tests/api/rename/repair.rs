//! `rc-account check --repair`: half-renamed users that somebody else left behind.

use super::places::{COLLECTIONS, Everybody, Places};
use super::{PEOPLE, names};
use crate::support::{Options, TestApp, program, run};
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{Document, doc};

/// A workspace in which these users are renamed in their own documents, and elsewhere only in every second document.
async fn half_renamed(
    release: Release,
    renames: &[(usize, &str)],
) -> (TestApp, Places, Everybody, Everybody) {
    let mut app = Options::default().start(release).await;
    app.stop().await;
    let then = names(&app);
    let mut now = then.clone();
    for (user, username) in renames {
        now[*user].username = (*username).to_owned();
    }
    let mut places = Places::new(11, super::ids(&app), 200);
    places.renames_calls = release == Eight;
    places.write(&app.database, &then).await;
    for collection in COLLECTIONS {
        let renamed = places.documents(&now, &then).remove(collection).expect("documents");
        for mut document in renamed.into_iter().step_by(2) {
            document.remove("mentioning");
            let id = doc! {"_id": document.get("_id")};
            app.database.collection(collection).replace_one(id, document).await.expect("replaced");
        }
    }
    places.name_users(&app.database, &now).await;
    (app, places, now, then)
}

fn check(app: &TestApp, arguments: &[&str]) -> (Option<i32>, String, String) {
    let ended = run(program(arguments, &[("MONGO_URL", app.mongo_url())]));
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (ended.status.code(), text(ended.stdout), text(ended.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn half_renamed_users_are_found_and_repaired_after_it_is_said_what_is_done() {
    for release in [Six, Eight] {
        let (app, places, now, then) = half_renamed(release, &[(0, "fresh"), (2, "b.c")]).await;
        let (code, said, _) = check(&app, &["check"]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(&format!("user {}, now fresh, is still plain", places.users[0])), "{said}");

        let (code, said, told) = check(&app, &["check", "--repair"]);
        assert_eq!(code, Some(0), "{said}");
        for (user, old) in [(0, PEOPLE[0]), (2, PEOPLE[2])] {
            let plan =
                format!("repairing: user {}, from {old} to {}\n", places.users[user], now[user].username);
            assert!(told.contains(&plan), "{told}");
        }
        assert!(said.contains(&format!("user {} is fresh in ", places.users[0])), "{said}");
        places.check(&app.database, &now, &then).await;
        let (code, said, _) = check(&app, &["check", "--repair"]);
        assert!(code == Some(0) && said.contains("there is nothing to repair"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_old_name_is_somebody_elses_by_now_only_what_names_the_user_by_id_is_repaired() {
    let (app, places, _, _) = half_renamed(Eight, &[(0, "fresh"), (1, "plain")]).await;
    let muted = async || {
        let rooms = app.database.collection::<Document>("rocketchat_room");
        rooms.count_documents(doc! {"muted": "plain"}).await.expect("counted")
    };
    let before = muted().await;
    let (code, said, _) = check(&app, &["check", "--repair"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(muted().await, before, "nobody knows whom of the two it means");
    for (collection, id, username) in [
        ("rocketchat_message", "u._id", "u.username"),
        ("rocketchat_message", "editedBy._id", "editedBy.username"),
        ("rocketchat_subscription", "u._id", "u.username"),
        ("rocketchat_room", "u._id", "u.username"),
    ] {
        let documents = app.database.collection::<Document>(collection);
        for (user, name) in [(0, "fresh"), (1, "plain")] {
            let other = doc! {id: &places.users[user], username: {"$ne": name}};
            assert_eq!(
                documents.count_documents(other).await.expect("counted"),
                0,
                "{collection} {username}"
            );
        }
    }
}
