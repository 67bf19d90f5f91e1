//! Hands mails to the mail server that is configured now. Cheap to clone; all clones share the connections.

use super::compose::{self, Letterhead};
use super::transport::Transport;
use super::{Mail, MailError, MailServer};
use crate::second_factor::CodeMail;
use crate::store::Store;
use crate::workspace::LiveWorkspace;
use futures_util::future::{BoxFuture, join_all};
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use secrecy::{ExposeSecret, SecretString};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;
use tokio::runtime::Handle;
use url::Url;

/// Why the file of trusted certificates cannot be used.
#[derive(Debug, Error)]
pub enum NoCertificates {
    #[error("{0}")]
    Unreadable(#[from] std::io::Error),
    #[error("the file holds no certificate in PEM form")]
    NotPem,
}

/// The certificates of a PEM file.
///
/// # Errors
/// [`NoCertificates`].
pub fn read_certificates(path: &Path) -> Result<Vec<Certificate>, NoCertificates> {
    #[expect(clippy::disallowed_methods, reason = "read once, before anything is served")]
    let pem = std::fs::read(path)?;
    let certificate = Certificate::from_pem(&pem).map_err(|_| NoCertificates::NotPem)?;
    // A file without any certificate parses as an empty list, and a broken certificate shows only in use.
    let has_one = String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----");
    let usable =
        TlsParameters::builder("localhost".to_owned()).add_root_certificate(certificate.clone()).build();
    if !has_one || usable.is_err() {
        return Err(NoCertificates::NotPem);
    }
    Ok(vec![certificate])
}

#[derive(Clone)]
pub struct Mailer(Arc<Parts>);

struct Parts {
    store: Store,
    workspace: Arc<LiveWorkspace>,
    /// `MAIL_URL`
    fallback: Option<MailServer>,
    authorities: Vec<Certificate>,
    root_url: String,
    transport: Mutex<Option<Arc<Transport>>>,
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
    ) -> Mailer {
        let (transport, runtime) = (Mutex::default(), Handle::current());
        Mailer(Arc::new(Parts { store, workspace, fallback, authorities, root_url, transport, runtime }))
    }

    /// Writes a mail with the current settings.
    pub fn compose(&self, compose: impl FnOnce(&Letterhead<'_>) -> Mail) -> Mail {
        let workspace = self.0.workspace.now();
        compose(&Letterhead { settings: &workspace.settings, root_url: &self.0.root_url })
    }

    /// Hands the mail over to the mail server that the settings name now, within a bounded time.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let (envelope, content) = mail.encode(&self.site_host())?;
        let transport = self.transport()?;
        let delivery = self.0.runtime.spawn(async move { transport.deliver(&envelope, &content).await });
        delivery.await.unwrap_or_else(|_| Err(MailError::Unavailable("the service is stopping".to_owned())))
    }

    /// Mails the code to each of the addresses, within a bounded time. Whether that works is not the caller's
    /// concern, as in the original: the code is stored, and only the log tells of a failure.
    pub async fn send_authentication_code(&self, addresses: &[String], language: Option<&str>, code: &str) {
        join_all(addresses.iter().map(|address| async move {
            let mail =
                self.compose(|letterhead| compose::authentication_code(letterhead, language, address, code));
            self.count_triggered(&mail).await;
            if let Err(error) = self.send(&mail).await {
                tracing::warn!(%error, "an authentication code was not mailed");
            }
        }))
        .await;
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

    /// The transport for the present settings; a new one when they name another server than before.
    fn transport(&self) -> Result<Arc<Transport>, MailError> {
        let workspace = self.0.workspace.now();
        let wanted = MailServer::from_settings(&workspace.settings).or_else(|| self.0.fallback.clone());
        let mut current = self.0.transport.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(wanted) = wanted else {
            *current = None;
            return Err(MailError::NotConfigured);
        };
        match current.as_ref().filter(|transport| *transport.server() == wanted) {
            Some(transport) => Ok(Arc::clone(transport)),
            None => {
                let transport = Arc::new(Transport::new(wanted, &self.0.authorities)?);
                *current = Some(Arc::clone(&transport));
                Ok(transport)
            }
        }
    }

    /// The workspace's host name, for message ids and the sender that is not configured.
    fn site_host(&self) -> String {
        let workspace = self.0.workspace.now();
        let letterhead = Letterhead { settings: &workspace.settings, root_url: &self.0.root_url };
        let url = Url::parse(letterhead.site_url()).ok();
        url.as_ref().and_then(Url::host_str).unwrap_or("localhost").to_owned()
    }
}

impl CodeMail for Mailer {
    fn send_code<'a>(
        &'a self,
        addresses: &'a [String],
        language: Option<&'a str>,
        code: &'a SecretString,
    ) -> BoxFuture<'a, ()> {
        Box::pin(self.send_authentication_code(addresses, language, code.expose_secret()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test without a runtime")]
    fn a_file_without_usable_certificates_is_refused() {
        for pem in ["", "text", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let path =
                std::env::temp_dir().join(format!("rc-account-ca-{}-{}.pem", std::process::id(), pem.len()));
            std::fs::write(&path, pem).expect("written");
            assert!(matches!(read_certificates(&path), Err(NoCertificates::NotPem)), "{pem:?}");
            std::fs::remove_file(&path).expect("removed");
            assert!(matches!(read_certificates(&path), Err(NoCertificates::Unreadable(_))));
        }
    }
}
