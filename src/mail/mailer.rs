//! Hands mails to the mail server that is configured now. Cheap to clone; all clones share the connections.

use super::compose::{self, Letterhead};
use super::smtp::MailPatience;
use super::tls::Certificate;
use super::transport::{Transport, Undelivered};
use super::{Mail, MailError, MailServer};
use crate::second_factor::{CodeMail, CodeToMail};
use crate::store::Store;
use crate::workspace::LiveWorkspace;
use futures_util::future::{BoxFuture, join_all, ready};
use metrics::counter;
use secrecy::ExposeSecret;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How many codes may be under way at once. What comes on top is not mailed: the server is long overloaded then.
const MOST_CODES: u32 = 500;
/// How long the end of the service waits for codes under way.
const LONGEST_FINISH: Duration = Duration::from_secs(15);

#[derive(Clone)]
pub struct Mailer(Arc<Parts>);

struct Parts {
    store: Store,
    workspace: Arc<LiveWorkspace>,
    /// `MAIL_URL`
    fallback: Option<MailServer>,
    authorities: Vec<Certificate>,
    root_url: String,
    patience: MailPatience,
    transport: Mutex<Option<Arc<Transport>>>,
    /// One for each code under way.
    codes: Arc<Semaphore>,
    /// Connections outlive the request that made them, so they must not live on a request's worker.
    runtime: Handle,
}

impl Mailer {
    /// Must be called on the runtime on which the connections are to live.
    #[must_use]
    pub fn new(
        store: Store,
        workspace: Arc<LiveWorkspace>,
        fallback: Option<MailServer>,
        authorities: Vec<Certificate>,
        root_url: String,
        patience: MailPatience,
    ) -> Mailer {
        Mailer(Arc::new(Parts {
            store,
            workspace,
            fallback,
            authorities,
            root_url,
            patience,
            transport: Mutex::default(),
            codes: Arc::new(Semaphore::new(MOST_CODES as usize)),
            runtime: Handle::current(),
        }))
    }

    /// Writes a mail with the current settings.
    pub fn compose(&self, compose: impl FnOnce(&Letterhead<'_>) -> Mail) -> Mail {
        let workspace = self.0.workspace.now();
        compose(&Letterhead { settings: &workspace.settings, root_url: &self.0.root_url })
    }

    /// Hands the mail over to the mail server that the settings name now, with the patience of [`MailPatience`] for each
    /// step. While nothing of the mail is said yet, settings that name another server count at once.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let sent = self.hand_over(mail).await;
        let result = match &sent {
            Ok(()) => "sent",
            Err(MailError::NotConfigured) => "not_configured",
            Err(error) if error.is_permanent() => "refused",
            Err(_) => "failed",
        };
        counter!("rc_account_mails_total", "result" => result).increment(1);
        sent
    }

    async fn hand_over(&self, mail: &Mail) -> Result<(), MailError> {
        let (envelope, content) = mail.encode(&self.site_host())?;
        loop {
            let transport = self.transport()?;
            let ready = tokio::select! {
                ready = transport.ready() => ready?,
                () = self.is_replaced(&transport) => continue,
            };
            match transport.hand_over(ready, &envelope, &content).await {
                Ok(()) => return Ok(()),
                Err(Undelivered::Stale) => {}
                Err(Undelivered::Failed(error)) => return Err(error),
            }
        }
    }

    /// Mails the code to each of the addresses. Whether that works is not the client's concern, as in the original, and only
    /// the log tells of a failure. `false`: there is a mail server, and none of the mails was handed over.
    pub async fn send_authentication_code(
        &self,
        addresses: &[String],
        language: Option<&str>,
        code: &str,
    ) -> bool {
        let outcomes = join_all(addresses.iter().map(|address| async move {
            let mail =
                self.compose(|letterhead| compose::authentication_code(letterhead, language, address, code));
            self.count_triggered(&mail).await;
            let outcome = self.send(&mail).await;
            if let Err(error) = &outcome {
                tracing::warn!(%error, "an authentication code was not mailed");
            }
            matches!(outcome, Ok(()) | Err(MailError::NotConfigured))
        }))
        .await;
        outcomes.is_empty() || outcomes.contains(&true)
    }

    /// Waits for the codes that are under way, for a bounded time.
    pub async fn finish(&self) {
        if timeout(LONGEST_FINISH, self.0.codes.acquire_many(MOST_CODES)).await.is_err() {
            tracing::warn!("codes by e-mail that are under way are given up");
        }
    }

    /// Counts a mail in `Triggered_Emails_Count`, as the original does before it tries to send one.
    pub async fn count_triggered(&self, mail: &Mail) {
        if !mail.is_addressed() {
            return;
        }
        if let Err(error) = self.0.store.count_triggered_email().await {
            tracing::warn!(%error, "a mail was not counted");
        }
    }

    /// The server that the settings name now.
    fn wanted(&self) -> Option<MailServer> {
        let workspace = self.0.workspace.now();
        MailServer::from_settings(&workspace.settings).or_else(|| self.0.fallback.clone())
    }

    /// Waits until the settings name another server.
    async fn is_replaced(&self, transport: &Transport) {
        let mut changes = self.0.workspace.changes();
        while self.wanted().as_ref() == Some(transport.server()) {
            if changes.changed().await.is_err() {
                return pending().await;
            }
        }
    }

    /// The transport for the present settings; a new one when they name another server than before.
    fn transport(&self) -> Result<Arc<Transport>, MailError> {
        let wanted = self.wanted();
        let mut current = self.0.transport.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(wanted) = wanted else {
            *current = None;
            return Err(MailError::NotConfigured);
        };
        match current.as_ref().filter(|transport| *transport.server() == wanted) {
            Some(transport) => Ok(Arc::clone(transport)),
            None => {
                let transport = Arc::new(Transport::new(wanted, &self.0.authorities, self.0.patience)?);
                *current = Some(Arc::clone(&transport));
                Ok(transport)
            }
        }
    }

    /// The workspace's host name, for message ids and the sender that is not configured.
    fn site_host(&self) -> String {
        let workspace = self.0.workspace.now();
        Letterhead { settings: &workspace.settings, root_url: &self.0.root_url }.site_host()
    }
}

impl CodeMail for Mailer {
    fn send_code(&self, mail: CodeToMail, otherwise: BoxFuture<'static, ()>) -> BoxFuture<'static, ()> {
        let Ok(place) = Arc::clone(&self.0.codes).try_acquire_owned() else {
            tracing::warn!("an authentication code was not mailed: too many are under way");
            self.0.runtime.spawn(otherwise);
            return Box::pin(ready(()));
        };
        let mailer = self.clone();
        let sending = self.0.runtime.spawn(async move {
            let CodeToMail { addresses, language, code } = mail;
            let code = code.expose_secret();
            if !mailer.send_authentication_code(&addresses, language.as_deref(), code).await {
                otherwise.await;
            }
            drop(place);
        });
        Box::pin(async move {
            // It ends early only when the whole service ends.
            let _ = sending.await;
        })
    }
}
