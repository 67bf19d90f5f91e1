//! Connections to one mail server: made when needed, kept for the next mail where the workspace wants that.
//!
//! A connection goes back only after a mail has gone through completely, so that giving up on a mail at any moment
//! can never leave an answer behind that the next mail would take for its own.

use super::{Encryption, MailError, MailServer};
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use secrecy::ExposeSecret;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Bounds one mail, the waiting for a connection included.
pub const MAIL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a kept connection may take to show that it is alive.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
const QUIT_TIMEOUT: Duration = Duration::from_secs(1);

/// The original's SMTP client has these bounds, too.
const CONNECTIONS: usize = 5;
const MAILS_PER_CONNECTION: u32 = 100;
/// Servers close idle connections after some minutes.
const LONGEST_IDLE: Duration = Duration::from_secs(30);

pub struct Transport {
    server: MailServer,
    tls: Option<TlsParameters>,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

struct Connection {
    smtp: AsyncSmtpConnection,
    mails: u32,
    idle_since: Instant,
    /// A login is configured, but the server offers none.
    lacks_login: bool,
}

impl Connection {
    fn is_young(&self) -> bool {
        self.idle_since.elapsed() < LONGEST_IDLE
    }
}

impl Transport {
    /// Connects nowhere yet. `authorities` are trusted besides the public ones.
    ///
    /// # Errors
    /// [`MailError::Unavailable`] when no certificate can be valid for such a host.
    pub fn new(server: MailServer, authorities: &[Certificate]) -> Result<Transport, MailError> {
        let tls = match server.encryption {
            Encryption::None => None,
            Encryption::Opportunistic | Encryption::Required | Encryption::Implicit => {
                let mut parameters = TlsParameters::builder(server.host.clone());
                for authority in authorities {
                    parameters = parameters.add_root_certificate(authority.clone());
                }
                Some(parameters.build().map_err(|error| MailError::before_the_mail(&error))?)
            }
        };
        Ok(Transport { server, tls, permits: Arc::new(Semaphore::new(CONNECTIONS)), idle: Mutex::default() })
    }

    /// The server that it talks to.
    pub fn server(&self) -> &MailServer {
        &self.server
    }

    /// Hands one mail over. Returns when the server has taken responsibility for it.
    ///
    /// # Errors
    /// [`MailError`]. After [`MailError::TimedOut`] and [`MailError::Unavailable`] the server may have the mail all the
    /// same: only its answer is missing.
    pub async fn deliver(&self, envelope: &Envelope, content: &[u8]) -> Result<(), MailError> {
        self.idle().retain(Connection::is_young);
        let (mut connection, permit) = timeout(MAIL_TIMEOUT, self.offer(envelope, content))
            .await
            .map_err(|_| MailError::TimedOut(MAIL_TIMEOUT))??;
        connection.mails += 1;
        connection.idle_since = Instant::now();
        if self.server.pooled && connection.mails < MAILS_PER_CONNECTION {
            self.idle().push(connection);
        } else {
            tokio::spawn(async move {
                let _ = timeout(QUIT_TIMEOUT, connection.smtp.quit()).await;
                // Only now may another connection take its place at the server.
                drop(permit);
            });
        }
        Ok(())
    }

    /// Whether the server would take a mail from us: connects, with TLS and login as for a mail, and leaves.
    ///
    /// # Errors
    /// [`MailError::TimedOut`] and [`MailError::Unavailable`].
    pub async fn test(&self) -> Result<(), MailError> {
        let mut connection =
            timeout(MAIL_TIMEOUT, self.connect()).await.map_err(|_| MailError::TimedOut(MAIL_TIMEOUT))??;
        // How the server answers the goodbye does not matter.
        let _ = timeout(QUIT_TIMEOUT, connection.smtp.quit()).await;
        Ok(())
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The permit belongs to the connection for as long as it is open and not kept.
    async fn offer(
        &self,
        envelope: &Envelope,
        content: &[u8],
    ) -> Result<(Connection, OwnedSemaphorePermit), MailError> {
        let closed = |_| MailError::Unavailable("the service is stopping".to_owned());
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(closed)?;
        let mut connection = match self.reuse().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let sent = connection.smtp.send(envelope, content).await;
        match sent.map_err(|error| MailError::about_the_mail(&error)) {
            Ok(_) => Ok((connection, permit)),
            // Most likely it offers the login only with TLS and refuses mail without one: a matter of configuration.
            Err(MailError::Refused(code)) if connection.lacks_login => {
                Err(MailError::Unavailable(format!("it offers no login, and answered with code {code}")))
            }
            Err(error) => Err(error),
        }
    }

    /// A kept connection on which the server still answers.
    async fn reuse(&self) -> Option<Connection> {
        let mut connection = self.idle().pop().filter(Connection::is_young)?;
        if timeout(PROBE_TIMEOUT, connection.smtp.test_connected()).await == Ok(true) {
            return Some(connection);
        }
        // Whatever closed one connection has most likely closed all; testing each would use up the mail's time.
        self.idle().clear();
        None
    }

    async fn connect(&self) -> Result<Connection, MailError> {
        let smtp = match self.server.encryption {
            Encryption::Implicit => self.open_with_tls().await?,
            Encryption::None | Encryption::Opportunistic | Encryption::Required => self.open().await?,
        };
        let smtp = self.greet(smtp).await.map_err(|error| MailError::before_the_mail(&error))?;
        let lacks_login = self.server.login.is_some() && !offers_login(&smtp);
        Ok(Connection { smtp, mails: 0, idle_since: Instant::now(), lacks_login })
    }

    async fn open_with_tls(&self) -> Result<AsyncSmtpConnection, MailError> {
        let address = (self.server.host.as_str(), self.server.port);
        let name = ClientId::default();
        AsyncSmtpConnection::connect_tokio1(address, Some(MAIL_TIMEOUT), &name, self.tls.clone(), None)
            .await
            .map_err(|error| MailError::before_the_mail(&error))
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, MailError> {
        let address = (self.server.host.as_str(), self.server.port);
        let unavailable = |error: std::io::Error| MailError::Unavailable(error.to_string());
        let stream = TcpStream::connect(address).await.map_err(unavailable)?;
        // The end of a mail is a small packet of its own, which would wait for the answer to the one before: 40 ms.
        stream.set_nodelay(true).map_err(unavailable)?;
        AsyncSmtpConnection::connect_with_transport(Box::new(stream), &ClientId::default())
            .await
            .map_err(|error| MailError::before_the_mail(&error))
    }

    /// STARTTLS and login, as far as configured.
    async fn greet(
        &self,
        mut smtp: AsyncSmtpConnection,
    ) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let starttls = match self.server.encryption {
            Encryption::None | Encryption::Implicit => false,
            Encryption::Opportunistic => smtp.can_starttls(),
            // Fails where the server does not offer it.
            Encryption::Required => true,
        };
        if let Some(tls) = self.tls.clone().filter(|_| starttls) {
            smtp.starttls(tls, &ClientId::default()).await?;
        }
        // A server in a private network may offer no login and take mail without one.
        if let Some(login) = self.server.login.as_ref().filter(|_| offers_login(&smtp)) {
            let credentials = Credentials::new(login.user.clone(), login.password.expose_secret().to_owned());
            smtp.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
        }
        Ok(smtp)
    }
}

/// Whether the server offers any login, even one that we do not support: then the login fails and says why.
fn offers_login(smtp: &AsyncSmtpConnection) -> bool {
    [Mechanism::Plain, Mechanism::Login, Mechanism::Xoauth2]
        .iter()
        .any(|mechanism| smtp.server_info().supports_auth_mechanism(*mechanism))
}
