//! Mail servers as people have them: each kind takes one copy of each mail, or the operator is told why not. The rows of
//! `docs/MAIL.md` section "Servers".

mod dialogue;
mod documented;
mod logins;
mod patience;
mod real;
mod refusals;
mod senders;

use crate::support::{Options, TestApp, is_delivered, outbox};
use devstack::smtp::{Behaviour, Manners, Moment, Received, Sink};
use devstack::workspace::Release::Six;
use mongodb::bson::Document;
use rc_account::mail::MailPatience;
use serde_json::json;
use std::time::{Duration, Instant};

const ADDRESS: &str = "new@example.com";

/// 100 times less patience: 3 s for a command, 1.2 s for DATA, 6 s for the end of a mail.
fn impatient() -> MailPatience {
    MailPatience::default().divided_by(100)
}

fn without_factor() -> Options {
    Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false)
}

async fn sink(manners: Manners) -> Sink {
    let sink = Sink::start().await;
    sink.behave(Behaviour::As(manners));
    sink
}

/// A user without an address gets one, which causes one mail.
async fn cause_mail(app: &TestApp) {
    let answer = app.post("no-email", &json!({"data": {"email": ADDRESS}})).send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Waits until the mail has failed once, and tells how it waits now.
async fn failed(app: &TestApp) -> Document {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let left = outbox(app).await;
        if let Some(failed) = left.iter().find(|effect| effect.get_str("reason").is_ok()) {
            return failed.clone();
        }
        assert!(Instant::now() < deadline, "{left:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// It waits, for that reason.
async fn waits(app: &TestApp, reason: &str) {
    let effect = failed(app).await;
    assert!(effect.get_str("reason").expect("a reason").contains(reason), "{reason:?}: {effect:?}");
    assert_eq!(effect.get_bool("parked").ok(), Some(false), "{effect:?}");
}

/// It is given up at once, for that reason.
async fn is_parked(app: &TestApp, reason: &str) {
    let effect = failed(app).await;
    assert_eq!(effect.get_str("reason").ok(), Some(reason), "{effect:?}");
    assert_eq!(effect.get_bool("parked").ok(), Some(true), "{effect:?}");
    assert_eq!(effect.get_i32("attempts").ok(), Some(1), "{effect:?}");
}

/// The mail arrives, once.
async fn arrives(app: &TestApp, sink: &Sink, about: &str) -> Received {
    is_delivered(app).await;
    let mails = sink.mails();
    assert_eq!(mails.len(), 1, "{about}: {:?}", sink.commands());
    assert_eq!(mails[0].recipients, [ADDRESS], "{about}");
    mails[0].clone()
}

/// A server with these manners gets one mail, through `SMTP_*`.
async fn takes_one(manners: Manners, about: &str) -> Sink {
    let sink = sink(manners).await;
    let app = without_factor().mail_server(&sink).mail_patience(impatient()).start(Six).await;
    cause_mail(&app).await;
    arrives(&app, &sink, about).await;
    sink
}

/// The commands of one kind, such as `AUTH`.
fn said(sink: &Sink, command: &str) -> Vec<String> {
    sink.commands().into_iter().filter(|line| line.starts_with(command)).collect()
}

const MOMENTS: [Moment; 6] =
    [Moment::Greeting, Moment::Hello, Moment::Sender, Moment::Recipient, Moment::Data, Moment::EndOfData];
