//! The pattern of usernames, and the names that are blocked by patterns.

use crate::support::{Options, Row, refusal};
use devstack::workspace::Release::Eight;
use mongodb::bson::{Document, doc};
use serde_json::json;
use std::time::{Duration, Instant};

fn identity() -> Result<Document, String> {
    let details = json!({"method": "saveUserProfile"});
    Err(refusal("Could not save user identity", "error-could-not-save-identity", &details))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_username_is_matched_as_a_javascript_pattern_matches_it() {
    let username = |name: &str| -> Row { (json!({"username": name}), Ok(doc! {"username": name})) };
    let refused = |name: &str| -> Row { (json!({"username": name}), identity()) };
    for (pattern, rows) in [
        // By UTF-16 units: a class with an emoji in it holds two halves, each of which matches by itself.
        ("[😀]", vec![refused("😀")]),
        ("[😀]{2}", vec![username("😀")]),
        (".{4}", vec![username("😀😀"), refused("😀"), username("abcd")]),
        ("😀+", vec![username("😀"), refused("😀😀")]),
        ("[^a]{3}", vec![username("é😀"), refused("aé😀")]),
        // What no library for Rust that never searches long can do.
        (r"(?=.*\d)(?!.*--)[a-z\d-]{3,}", vec![username("ab-1"), refused("abc"), refused("a--1")]),
        (r"(?<first>[a-z])(?:[a-z]*)\k<first>", vec![username("abca"), refused("abcd")]),
        (r"[a-z]+(?<!bot)", vec![username("robots"), refused("robot")]),
        // Letters and digits are those of ASCII, and letter case counts.
        (r"\w+", vec![username("a_1"), refused("é"), refused("a-b")]),
        (r"\d+", vec![username("123"), refused("٣")]),
        ("[a-z]+", vec![refused("Abc"), username("abc")]),
        // Not in parentheses: each alternative is anchored at one side only.
        ("a|b", vec![username("axy"), username("xyb"), refused("xaby")]),
        // What does not compile counts as the built-in one.
        ("[", vec![username("a-b.c_9"), refused("a b")]),
        ("*", vec![username("a-b.c_9"), refused("a b")]),
        ("(?i:a)", vec![username("a-b.c_9"), refused("a b")]),
        ("", vec![username("a-b.c_9"), refused("a b")]),
    ] {
        let app = Options::default().setting("UTF8_User_Names_Validation", pattern).start(Eight).await;
        app.check("plain", rows).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pattern_that_is_searched_for_ever_refuses_and_holds_nobody_up() {
    let app = Options::default().setting("UTF8_User_Names_Validation", "(a+)+").start(Eight).await;
    let begin = Instant::now();
    let hostile = format!("{}!", "a".repeat(5000));
    let rows: [Row; 2] = [
        (json!({"username": hostile}), identity()),
        (json!({"username": "aaaa"}), Ok(doc! {"username": "aaaa"})),
    ];
    app.check("plain", rows).await;
    // JavaScript would be at it for longer than the world is old.
    assert!(begin.elapsed() < Duration::from_secs(60));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_blocked_as_by_a_pattern_that_ignores_letter_case() {
    let options = Options::default()
        .setting("UTF8_User_Names_Validation", ".+")
        .setting("Accounts_BlockedUsernameList", "kim, ÉVA,\u{FEFF}straße\n,john\\.doe,,İlk")
        .setting("Accounts_SystemBlockedUsernameList", "root, boss,Chief,i\u{307}n");
    let app = options.start(Eight).await;
    let free = |name: &str| -> Row { (json!({"username": name}), Ok(doc! {"username": name})) };
    let blocked = |name: &str| -> Row {
        let details = json!({"method": "checkUsernameAvailability", "field": name});
        (
            json!({"username": name}),
            Err(refusal(
                &format!("{name} is blocked and can't be used!"),
                "error-blocked-username",
                &details,
            )),
        )
    };
    let refused = |name: &str| -> Row { (json!({"username": name}), identity()) };
    app.check(
        "plain",
        [
            blocked("KIM"),
            blocked("éva"),
            blocked("STRAßE"),
            blocked("john.doe"),
            blocked("İlk"),
            // Letters of which the other case is longer, or ASCII, have none for a pattern.
            free("\u{212A}im"),
            free("STRASSE"),
            free("stra\u{1E9E}e"),
            free("ilk"),
            // The names of the system are compared in lower case, with an item as it stands.
            refused("ROOT"),
            free("boss"),
            free("Chief"),
            refused("İN"),
        ],
    )
    .await;
}
