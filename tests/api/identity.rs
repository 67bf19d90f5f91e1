//! Username and name: what is stored, and what is refused.

use crate::support::{GONE, Options, Row, plain_refusal, refusal, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, Document, doc};
use serde_json::json;

fn identity() -> Result<Document, String> {
    let details = json!({"method": "saveUserProfile"});
    Err(refusal("Could not save user identity", "error-could-not-save-identity", &details))
}

fn blocked(shown: &str, sent: &str) -> Result<Document, String> {
    let details = json!({"method": "checkUsernameAvailability", "field": sent});
    Err(refusal(&format!("{shown} is blocked and can't be used!"), "error-blocked-username", &details))
}

fn username(sent: &str, stored: &str) -> Row {
    (json!({"username": sent}), Ok(doc! {"username": stored}))
}

fn refused(sent: &str) -> Row {
    (json!({"username": sent}), identity())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_username_is_trimmed_and_stored_unless_a_rule_refuses_it() {
    six_and_eight(async |release| {
        let blocked_names = "boss, Root ,john.doe,a-b,plain";
        let app =
            Options::default().setting("Accounts_BlockedUsernameList", blocked_names).start(release).await;
        let teams = app.database.collection::<Document>("rocketchat_team");
        teams.insert_one(doc! {"_id": "team-1", "name": "Strategy.1"}).await.expect("inserted");
        app.check(
            "plain",
            [
                username("new.name_9-A", "new.name_9-A"),
                username(" \u{FEFF}padded\t", "padded"),
                // Not an own change of letter case only: free in every letter case.
                username("plainer", "plainer"),
                // The own name in other letters is neither taken nor blocked.
                username("PLAIN", "PLAIN"),
                // Rooms have names of their own.
                username("general", "general"),
                // No character of a team's name is a pattern.
                username("StrategyX1", "StrategyX1"),
                // A dot or a hyphen defeats the list of blocked names; a part of a name is not the name.
                username("john.doe", "john.doe"),
                username("A-B", "A-B"),
                username("rooted", "rooted"),
                // Taken by users and by a team, in other letter case.
                refused("AGENT"),
                refused("rocket.CAT"),
                refused("no-email"),
                refused("strategy.1"),
                // Names of the system.
                refused("system"),
                refused("Administrator"),
                // Against the pattern.
                refused("no spaces"),
                refused("Zo\u{EB}"),
                refused("a/b"),
                refused("   "),
                (json!({"username": "All"}), blocked("All", "All")),
                (json!({"username": " here "}), blocked("here", "here")),
                (json!({"username": "ROOT"}), blocked("ROOT", "ROOT")),
                (json!({"username": "Boss"}), blocked("Boss", "Boss")),
                // As it is.
                (json!({"username": "plain"}), Ok(doc! {})),
                (json!({"username": " plain ", "name": "Plain User "}), Ok(doc! {})),
                (json!({"username": ""}), Ok(doc! {})),
            ],
        )
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_trimmed_and_stored_and_null_means_absent() {
    six_and_eight(async |release| {
        let both = doc! {"username": "free", "name": "New Name"};
        let app = Options::default().start(release).await;
        app.check(
            "plain",
            [
                (json!({"name": " New Name\u{FEFF}\n"}), Ok(doc! {"name": "New Name"})),
                (json!({"name": "plain user"}), Ok(doc! {"name": "plain user"})),
                (json!({"name": "New Name", "username": "free"}), Ok(both)),
                (json!({"name": "Plain User"}), Ok(doc! {})),
                (json!({"name": ""}), Ok(doc! {})),
                (json!({"name": " \t"}), identity()),
                (json!({"name": "", "username": "free"}), identity()),
                (json!({"name": "", "username": "plain"}), identity()),
                (json!({"name": "New Name", "username": ""}), identity()),
                (json!({"name": "New Name", "username": "no spaces"}), identity()),
                (json!({"name": null}), Ok(doc! {})),
                (json!({"username": null}), Ok(doc! {})),
                (json!({"name": null, "username": null}), Ok(doc! {})),
                (json!({"name": null, "username": "free"}), Ok(doc! {"username": "free"})),
                (json!({"name": "New Name", "username": null}), Ok(doc! {"name": "New Name"})),
            ],
        )
        .await;
        let app = Options::default().setting("Accounts_RequireNameForSignUp", false).start(release).await;
        app.check(
            "plain",
            [
                (json!({"name": "  "}), Ok(doc! {"name": GONE})),
                (json!({"name": ""}), Ok(doc! {})),
                (json!({"name": "", "username": "free"}), Ok(doc! {"name": GONE, "username": "free"})),
                (json!({"name": "", "username": "plain"}), Ok(doc! {"name": GONE})),
            ],
        )
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_markup_in_it_or_hidden_in_escapes_is_refused() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        let invalid = || Err(plain_refusal("Name contains invalid characters"));
        let bad = ["<b>", "a>b", "a\\b", "a/b", "%3Cb", "%3e", "%5c", "100%", "%zz", "%C3", "%E0%A4%A"];
        app.check("plain", bad.map(|name| (json!({"name": name}), invalid()))).await;
        app.check("plain", [(json!({"name": "<", "username": "no spaces"}), invalid())]).await;
        let good = ["Zo\u{EB} \u{1F600}", "%2F", "100%25", "a & b", "\"O'Neil\"", "%E2%82%AC"];
        app.check("plain", good.map(|name| (json!({"name": name}), Ok(doc! {"name": name})))).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_a_username_can_choose_one() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        app.check(
            "no-username",
            [
                username("first", "first"),
                refused("Plain"),
                (json!({"name": "New Name"}), Ok(doc! {"name": "New Name"})),
                (json!({"username": ""}), Ok(doc! {})),
                (json!({"username": null, "name": "New Name"}), Ok(doc! {"name": "New Name"})),
                (json!({"username": "", "name": "New Name"}), identity()),
            ],
        )
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workspaces_pattern_is_ecmascript_and_the_built_in_one_stands_in_for_a_broken_one() {
    let usernames: [(&str, Vec<Row>); 5] = [
        (
            r"(?=.{3,8}$)[a-z\u00e0-\u00ff]+(?:\.\d+)?",
            vec![username("zo\u{EB}.12", "zo\u{EB}.12"), refused("ab"), refused("abcdefghi"), refused("a_b")],
        ),
        // Nothing groups the alternatives: the anchors hold one side each.
        ("x|y", vec![username("xenon", "xenon"), username("country", "country"), refused("azure")]),
        ("[0-9", vec![username("a-b_c.9", "a-b_c.9"), refused("no spaces")]),
        ("", vec![username("a-b_c.9", "a-b_c.9"), refused("no spaces")]),
        (
            ".+",
            vec![
                username("a b", "a b"),
                (json!({"username": "R&D"}), blocked("R&amp;D", "R&D")),
                (json!({"username": "\u{A9}'s"}), blocked("&copy;&#39;s", "\u{A9}'s")),
                // What the original escapes before it compares is never found in the list.
                username("(r)", "(r)"),
            ],
        ),
    ];
    for (pattern, rows) in usernames {
        let options = Options::default().setting("UTF8_User_Names_Validation", pattern);
        let app = options.setting("Accounts_BlockedUsernameList", "r&d,\u{A9}'s,(r)").start(Eight).await;
        app.check("plain", rows).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_the_system_are_compared_as_the_setting_spells_them() {
    let options = Options::default().setting("Accounts_SystemBlockedUsernameList", "boss, Chief,CAPTAIN");
    let app = options.start(Eight).await;
    let rows = [
        refused("BOSS"),
        username("Chief", "Chief"),
        username("captain", "captain"),
        username("system", "system"),
    ];
    app.check("plain", rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn release_8_pins_the_username_of_federated_users_and_of_members_of_federated_rooms() {
    let pinned = || {
        let reason = "Cannot change username for federated users or users in federated rooms";
        Err(refusal(reason, "error-not-allowed", &json!({"method": "setUsername"})))
    };
    let federated = |version: Bson| doc! {"$set": {"federated": true, "federation": {"version": version}}};
    for release in [Six, Eight] {
        let options = Options::default()
            .user("totp", federated(1.into()))
            .user("pat", federated(1.0.into()))
            .user("forced", federated("1".into()))
            .user("oauth", doc! {"$set": {"federated": true}});
        let app = options.start(release).await;
        let rooms = app.database.collection::<Document>("rocketchat_room");
        let federate = doc! {"$set": {"federated": true}};
        rooms.update_one(doc! {"_id": "siyr2oWQJBjQjhLwr"}, federate).await.expect("updated");
        for (handle, is_pinned) in [
            ("totp", true),
            ("pat", true),
            ("forced", false),
            ("oauth", false),
            // By the room: plain, admin and agent are in it.
            ("plain", true),
            ("agent", true),
            ("legacy", false),
        ] {
            let free = || Ok(doc! {"username": "free"});
            let other_case = handle.to_uppercase();
            let in_other_case = Ok(doc! {"username": &other_case});
            let is_pinned = is_pinned && release == Eight;
            app.check(
                handle,
                [
                    (json!({"username": "free"}), if is_pinned { pinned() } else { free() }),
                    (json!({"username": other_case}), if is_pinned { pinned() } else { in_other_case }),
                    refused("no spaces"),
                    (json!({"username": handle, "name": "New Name"}), Ok(doc! {"name": "New Name"})),
                ],
            )
            .await;
        }
    }
}
