//! How much one user can leave in the outbox.

use super::{acme, is_parked, waits_until};
use crate::support::{HASTE, is_delivered, outbox};
use devstack::smtp::{Behaviour, Sink};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::Document;
use rc_account::effects::RetryPolicy;
use serde_json::json;
use std::time::Duration;

fn of_kind<'a>(effects: &'a [Document], kind: &str) -> Vec<&'a Document> {
    effects.iter().filter(|effect| effect.get_str("kind").is_ok_and(|found| found == kind)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_users_waiting_mails_only_those_that_matter_are_kept() {
    let sink = Sink::start().await;
    sink.behave(Behaviour::Absent);
    let long = Duration::from_mins(10);
    let policy = RetryPolicy { first_delay: long, longest_delay: long, ..HASTE };
    let app = acme(&sink).retry_policy(policy).start(Six).await;
    for number in 0..30 {
        let email = format!("address{number}@example.com");
        assert_eq!(app.change("plain", &json!({"email": email})).await.status, 200);
    }
    let left = outbox(&app).await;
    // One of each may have been on its way when the next was written.
    assert!(of_kind(&left, "verify-email").len() <= 2, "{left:?}");
    assert!(of_kind(&left, "email-changed").len() <= 11, "{left:?}");

    sink.behave(Behaviour::Accept);
    // Has them tried at once.
    app.set("SMTP_Pool", false).await;
    is_delivered(&app).await;
    let mails = sink.mails();
    let verified: Vec<&str> = mails
        .iter()
        .filter(|mail| mail.subject.contains("verification"))
        .map(|mail| mail.to.as_str())
        .collect();
    assert_eq!(verified.last(), Some(&"address29@example.com"), "{verified:?}");
    assert!(verified.len() <= 2, "{verified:?}");
    let told: Vec<&str> = mails
        .iter()
        .filter(|mail| !mail.subject.contains("verification"))
        .map(|mail| mail.to.as_str())
        .collect();
    for address in
        ["plain@example.com", "address0@example.com", "address5@example.com", "address28@example.com"]
    {
        assert!(told.contains(&address), "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_users_parked_mails_only_the_newest_are_kept() {
    let sink = Sink::start().await;
    sink.behave(Behaviour::Recipient(550));
    let app = acme(&sink).start(Eight).await;
    for number in 0..13 {
        let email = format!("refused{number}@example.com");
        assert_eq!(app.change("no-email", &json!({"email": email})).await.status, 200);
        waits_until(&app, Duration::from_secs(20), |left| left.iter().all(is_parked)).await;
    }
    let left =
        waits_until(&app, Duration::from_secs(20), |left| of_kind(left, "verify-email").len() == 10).await;
    let newest = left.iter().any(|effect| {
        let effect = effect.get_document("effect").expect("an effect");
        effect.get_str("address").is_ok_and(|address| address == "refused12@example.com")
    });
    assert!(newest, "{left:?}");
}
