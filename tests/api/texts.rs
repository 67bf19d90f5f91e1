//! Bio and nickname.

use crate::support::{GONE, Options, refusal};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Document, doc};
use serde_json::json;

const METHOD: &str = "saveUserProfile";

fn bio_size() -> Result<Document, String> {
    let details = json!({"method": METHOD});
    Err(refusal("Bio size exceeds 260 characters", "error-bio-size-exceeded", &details))
}

fn nickname_size() -> Result<Document, String> {
    let details = json!({"method": METHOD});
    Err(refusal("Nickname size exceeds 120 characters", "error-nickname-size-exceeded", &details))
}

/// Two UTF-16 units each.
fn faces(count: usize) -> String {
    "\u{1F600}".repeat(count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bio_is_trimmed_stored_or_removed_but_release_6_ignores_an_empty_one() {
    for release in [Six, Eight] {
        let app = Options::default().start(release).await;
        let cleared = match release {
            Six => doc! {},
            Eight => doc! {"bio": GONE},
        };
        app.check(
            "plain",
            [
                (json!({"bio": " Writes\n\u{FEFF}"}), Ok(doc! {"bio": "Writes"})),
                (json!({"bio": "Reads more than writes"}), Ok(doc! {})),
                (json!({"bio": "<b> \"$set\" {{x}}"}), Ok(doc! {"bio": "<b> \"$set\" {{x}}"})),
                (json!({"bio": ""}), Ok(cleared)),
                (json!({"bio": " \t\u{3000}"}), Ok(doc! {"bio": GONE})),
                (json!({"bio": null}), Ok(doc! {})),
                (json!({}), Ok(doc! {})),
            ],
        )
        .await;
        // Nothing to remove.
        app.check("legacy", [(json!({"bio": ""}), Ok(doc! {}))]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nickname_is_trimmed_stored_or_removed_but_release_6_ignores_an_empty_one() {
    for release in [Six, Eight] {
        let app = Options::default().start(release).await;
        let cleared = match release {
            Six => doc! {},
            Eight => doc! {"nickname": GONE},
        };
        app.check(
            "plain",
            [
                (json!({"nickname": "\u{A0}cake "}), Ok(doc! {"nickname": "cake"})),
                (json!({"nickname": "plain one"}), Ok(doc! {})),
                (json!({"nickname": ""}), Ok(cleared.clone())),
                (json!({"nickname": "  "}), Ok(doc! {"nickname": GONE})),
                (json!({"nickname": null}), Ok(doc! {})),
                (json!({"nickname": "n", "bio": "b"}), Ok(doc! {"nickname": "n", "bio": "b"})),
            ],
        )
        .await;
        // Old data may hold an empty one.
        app.check("agent", [(json!({"nickname": ""}), Ok(cleared))]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lengths_are_counted_in_utf16_units_before_trimming() {
    for release in [Six, Eight] {
        let app = Options::default().start(release).await;
        let bio = |text: String| (json!({"bio": text}), Ok(doc! {"bio": text.trim()}));
        let long_bio = |text: String| (json!({"bio": text}), bio_size());
        let nickname = |text: String| (json!({"nickname": text}), Ok(doc! {"nickname": text.trim()}));
        let long_nickname = |text: String| (json!({"nickname": text}), nickname_size());
        app.check(
            "plain",
            [
                bio("b".repeat(260)),
                bio(faces(130)),
                bio("\u{EB}".repeat(259) + " "),
                long_bio("b".repeat(261)),
                long_bio(faces(130) + "b"),
                long_bio("b".repeat(260) + " "),
                long_bio(" ".repeat(261)),
                nickname("n".repeat(120)),
                nickname(faces(60)),
                nickname(" ".to_owned() + &faces(59) + "n"),
                long_nickname("n".repeat(121)),
                long_nickname(faces(60) + "n"),
                long_nickname(" ".to_owned() + &faces(60)),
                long_nickname(" ".repeat(121)),
                (json!({"nickname": "n".repeat(121), "bio": "b".repeat(261)}), bio_size()),
            ],
        )
        .await;
    }
}
