//! Who gets a username or an address that many want at once, each in another letter case.

use crate::support::{Answer, Options, TestApp, refusal, six_and_eight};
use futures_util::future::join_all;
use mongodb::bson::{Bson, doc};
use serde_json::json;

/// Everybody claims one value at once, in different letter cases. The answers, each with what was claimed.
async fn claim_at_once(app: &TestApp, field: &str, value: &str) -> Vec<(String, Answer)> {
    let (first, rest) = value.split_at(1);
    let spelled = [value.to_owned(), value.to_uppercase(), first.to_uppercase() + rest];
    let claims = app.workspace.people.keys().zip(spelled.into_iter().cycle());
    join_all(claims.map(async |(handle, claimed)| {
        let answer = app.change(handle, &json!({(field): claimed})).await;
        (claimed, answer)
    }))
    .await
}

/// How many users hold the value in whatever letter case.
async fn holders(app: &TestApp, path: &str, value: &str) -> usize {
    let held = app.users().distinct(path, doc! {}).await.expect("values");
    held.iter().filter_map(Bson::as_str).filter(|held| held.to_lowercase() == value).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_who_claim_a_username_at_once_in_any_letter_case_one_gets_it() {
    six_and_eight(async |release| {
        let app = Options::default().start(release).await;
        for round in 0..4 {
            let value = format!("wanted-{round}");
            let answers = claim_at_once(&app, "username", &value).await;
            let lost: Vec<_> = answers.iter().filter(|(_, answer)| answer.status != 200).collect();
            assert_eq!(lost.len() + 1, answers.len(), "{release:?} {answers:?}");
            let identity = refusal(
                "Could not save user identity",
                "error-could-not-save-identity",
                &json!({"method": "saveUserProfile"}),
            );
            for (_, answer) in lost {
                assert_eq!(answer.line(), identity);
            }
            assert_eq!(holders(&app, "username", &value).await, 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_who_claim_an_address_at_once_in_any_letter_case_one_gets_it() {
    six_and_eight(async |release| {
        let options = Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false);
        let app = options.start(release).await;
        for round in 0..4 {
            let value = format!("wanted-{round}@example.com");
            let answers = claim_at_once(&app, "email", &value).await;
            let lost: Vec<_> = answers.iter().filter(|(_, answer)| answer.status != 200).collect();
            assert_eq!(lost.len() + 1, answers.len(), "{release:?} {answers:?}");
            for (claimed, answer) in lost {
                let details = json!({"function": "_setEmail", "field": claimed});
                let reason = format!("{claimed} is already in use :(");
                assert_eq!(answer.line(), refusal(&reason, "error-field-unavailable", &details));
            }
            assert_eq!(holders(&app, "emails.address", &value).await, 1);
        }
    })
    .await;
}
