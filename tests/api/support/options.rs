use super::app::TestApp;
use contract::Exceptions;
use devstack::smtp::Sink;
use devstack::workspace::Release;
use mongodb::bson::{Bson, Document};
use rc_account::app::Patience;
use rc_account::effects::RetryPolicy;
use rc_account::mail::MailPatience;
use std::time::Duration;

/// How a workspace or the service deviates from the ordinary.
#[derive(Default)]
pub struct Options {
    pub(super) settings: Vec<(String, Option<Bson>)>,
    pub(super) users: Vec<(String, Document)>,
    pub(super) environment: Vec<(String, String)>,
    pub(super) retry_policy: Option<RetryPolicy>,
    pub(super) patience: Patience,
    pub(super) mail_patience: MailPatience,
    pub(super) except: Exceptions,
}

/// Waits hardly at all between attempts.
pub const HASTE: RetryPolicy = RetryPolicy {
    first_delay: Duration::from_millis(50),
    longest_delay: Duration::from_millis(400),
    attempts: 1000,
    lease: Duration::from_secs(12),
    progress_interval: Duration::ZERO,
};

impl Options {
    /// A setting of the workspace.
    pub fn setting(mut self, id: &str, value: impl Into<Bson>) -> Self {
        self.settings.push((id.to_owned(), Some(value.into())));
        self
    }

    /// A confirmed change leaves no trace in the login token.
    pub fn without_remembering(self) -> Self {
        self.setting("Accounts_TwoFactorAuthentication_RememberFor", 0)
    }

    /// A setting that the database lacks.
    pub fn without_setting(mut self, id: &str) -> Self {
        self.settings.push((id.to_owned(), None));
        self
    }

    /// An update of a person's document.
    pub fn user(mut self, handle: &str, update: Document) -> Self {
        self.users.push((handle.to_owned(), update));
        self
    }

    /// The test stores values of types that no Rocket.Chat stores, and some of them are shown: what a success shows is not held
    /// against the document of the routes.
    pub fn odd_documents(mut self) -> Self {
        self.except.success = true;
        self
    }

    /// The test sends bodies that no client should send, and that older versions take all the same, as they have no schema there:
    /// what was sent with success is not held against the document of the routes.
    pub fn odd_requests(mut self) -> Self {
        self.except.request = true;
        self
    }

    /// A variable of the service's environment.
    pub fn variable(mut self, key: &str, value: &str) -> Self {
        self.environment.push((key.to_owned(), value.to_owned()));
        self
    }

    /// With the limits that the service has by itself, which other tests switch off.
    pub fn with_default_limits(self) -> Self {
        let keys = ["RC_ACCOUNT_RATE_LIMIT", "RC_ACCOUNT_GUESS_BUDGET", "RC_ACCOUNT_MAIL_LIMIT"];
        keys.into_iter().fold(self, |options, key| options.variable(key, ""))
    }

    /// When effects are tried again.
    pub fn retry_policy(mut self, retry_policy: RetryPolicy) -> Self {
        self.retry_policy = Some(retry_policy);
        self
    }

    /// How long clients are waited for.
    pub fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// How long mail servers are waited for.
    pub fn mail_patience(mut self, mail_patience: MailPatience) -> Self {
        self.mail_patience = mail_patience;
        self
    }

    /// Mail goes to this server, without TLS.
    pub fn mail_server(self, sink: &Sink) -> Self {
        self.setting("From_Email", "chat@acme.example")
            .setting("SMTP_Host", "127.0.0.1")
            .setting("SMTP_Port", sink.port().to_string())
    }

    /// With the routes that a stack without Rocket.Chat needs.
    pub fn standalone() -> Self {
        Options::default().variable("RC_ACCOUNT_STANDALONE", "true")
    }

    /// The service beside a workspace of that release. The rate limiter is off unless a variable says otherwise.
    pub async fn start(self, release: Release) -> TestApp {
        TestApp::start(release, self).await
    }
}
