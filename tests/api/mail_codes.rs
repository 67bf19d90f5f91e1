//! Authentication codes: mailed within the request, each to every address, without ever failing it.

use crate::support::{Options, TestApp};
use devstack::smtp::{Behaviour, Sink};
use devstack::workspace::Release::Eight;
use mongodb::bson::{Document, doc};
use rc_account::mail::{MailPatience, Mailer};
use rc_account::mongo_url::MongoUrl;
use rc_account::release::ReleaseChoice;
use rc_account::store::Store;
use rc_account::workspace::LiveWorkspace;
use rc_account::workspace::SettingVariables;
use std::sync::Arc;
use std::time::{Duration, Instant};

async fn mailer(app: &TestApp) -> Mailer {
    let url = MongoUrl::read(app.mongo_url(), None).expect("an address");
    let store = Store::connect(&url, None).await.expect("a store");
    let workspace =
        LiveWorkspace::start(store.clone(), SettingVariables::default(), ReleaseChoice::Auto).await;
    let workspace = Arc::new(workspace.expect("a workspace"));
    let patience = MailPatience::default().divided_by(60);
    Mailer::new(store, workspace, None, Vec::new(), "http://localhost:3000".to_owned(), patience)
}

async fn triggered(app: &TestApp) -> i32 {
    let settings = app.database.collection::<Document>("rocketchat_settings");
    let found = settings.find_one(doc! {"_id": "Triggered_Emails_Count"}).await.expect("find");
    found.expect("a setting").get_i32("value").expect("a number")
}

fn addresses(addresses: &[&str]) -> Vec<String> {
    addresses.iter().map(|address| (*address).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_goes_to_every_address_in_the_users_language() {
    let sink = Sink::start().await;
    let app = Options::default().mail_server(&sink).start(Eight).await;
    let mailer = mailer(&app).await;
    mailer
        .send_authentication_code(&addresses(&["a@example.com", "b@example.com"]), Some("de"), "048213")
        .await;
    assert_eq!(sink.mails().len(), 2, "all are sent when the call returns");
    for address in ["a@example.com", "b@example.com"] {
        let mail = sink.wait_for(|mail| mail.to == address).await;
        assert_eq!((mail.subject.as_str(), mail.from.as_str()), ("Authentication code", "chat@acme.example"));
        assert!(mail.text.contains("Hier ist dein Bestätigungscode:\n\n048-213\n"), "{}", mail.text);
        assert!(mail.html.expect("html").contains("<b>048-213</b>"));
    }
    assert_eq!(triggered(&app).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_cannot_be_mailed_is_nobodys_error_and_takes_a_bounded_time() {
    let sink = Sink::start().await;
    let app = Options::default().mail_server(&sink).start(Eight).await;
    let mailer = mailer(&app).await;
    for (behaviour, seconds) in [
        (Behaviour::Absent, 1),
        (Behaviour::Recipient(550), 1),
        (Behaviour::Greet(421), 1),
        (Behaviour::Hang, 12),
    ] {
        sink.behave(behaviour);
        let started = Instant::now();
        let to = addresses(&["a@example.com", "b@example.com", "no address"]);
        mailer.send_authentication_code(&to, None, "048213").await;
        assert!(started.elapsed() < Duration::from_secs(seconds), "{behaviour:?}: {:?}", started.elapsed());
    }
    assert!(sink.mails().is_empty());
    sink.behave(Behaviour::Accept);
    mailer.send_authentication_code(&addresses(&["a@example.com"]), None, "123456").await;
    assert_eq!(sink.mails().len(), 1);
    // Ends the connection that is kept for the next mail.
    sink.behave(Behaviour::Accept);
    mailer.send_authentication_code(&addresses(&["a@example.com"]), None, "654321").await;
    assert_eq!(sink.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_are_counted_even_when_no_server_is_configured() {
    let app = TestApp::eight().await;
    mailer(&app).await.send_authentication_code(&addresses(&["a@example.com"]), None, "048213").await;
    assert_eq!(triggered(&app).await, 1);
}
