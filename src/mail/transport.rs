//! Connections to one mail server: made when needed, kept for the next mail where the workspace wants that.
//!
//! A connection is kept only after a mail has gone through completely, so that giving up on a mail at any moment
//! can never leave an answer behind that the next mail would take for its own.

use super::client_name::ClientName;
use super::smtp::{Dialogue, Fault, MailPatience, SmtpError, Step, Trace};
use super::tls::{self, Certificate};
use super::{MailError, MailServer};
use lettre::address::Envelope;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a kept connection may take to show that it is alive. If it takes longer, a new one is made.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);
const QUIT_TIMEOUT: Duration = Duration::from_secs(1);

/// The original's SMTP client has these bounds, too.
const CONNECTIONS: usize = 5;
const MAILS_PER_CONNECTION: u32 = 100;
/// Servers close idle connections after some minutes.
const LONGEST_IDLE: Duration = Duration::from_secs(30);
const SERVICE_ENDS: u16 = 421;

pub struct Transport {
    server: MailServer,
    tls: Option<tls::Client>,
    name: ClientName,
    patience: MailPatience,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

struct Connection {
    dialogue: Dialogue,
    mails: u32,
    idle_since: Instant,
}

/// A connection on which a mail can be handed over, and the place at the server that it takes.
pub struct Ready {
    connection: Connection,
    permit: OwnedSemaphorePermit,
    is_reused: bool,
}

/// Why a mail was not handed over.
pub enum Undelivered {
    /// The kept connection had ended. Nothing of the mail was said on it.
    Stale,
    Failed(MailError),
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
    pub fn new(
        server: MailServer,
        authorities: &[Certificate],
        patience: MailPatience,
    ) -> Result<Transport, MailError> {
        let options = &server.options;
        let patience =
            patience.with(options.connection_timeout, options.greeting_timeout, options.socket_timeout);
        Ok(Transport {
            tls: tls::Client::new(&server, authorities).map_err(MailError::Unavailable)?,
            name: ClientName::new(options.name.clone()),
            patience,
            permits: Arc::new(Semaphore::new(options.max_connections.unwrap_or(CONNECTIONS))),
            idle: Mutex::default(),
            server,
        })
    }

    /// The server that it talks to.
    pub fn server(&self) -> &MailServer {
        &self.server
    }

    /// A connection for one mail, logged in as configured. It takes as long as the steps of a dialogue may take, and before
    /// that as long as others need all connections. Nothing of a mail is said yet: it can be given up at any time.
    ///
    /// # Errors
    /// [`MailError::Unavailable`].
    pub async fn ready(&self) -> Result<Ready, MailError> {
        let closed = |_| MailError::Unavailable("the service is stopping".to_owned());
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(closed)?;
        if let Some(connection) = self.reuse().await {
            return Ok(Ready { connection, permit, is_reused: true });
        }
        let dialogue = self.connect(Trace::default()).await.map_err(|error| MailError::of(&error, false))?;
        let connection = Connection { dialogue, mails: 0, idle_since: Instant::now() };
        Ok(Ready { connection, permit, is_reused: false })
    }

    /// Hands one mail over. Returns when the server has taken responsibility for it.
    ///
    /// # Errors
    /// [`Undelivered`]. After [`MailError::Unavailable`] the server may have the mail all the same: only its answer is
    /// missing.
    pub async fn hand_over(
        &self,
        ready: Ready,
        envelope: &Envelope,
        content: &[u8],
    ) -> Result<(), Undelivered> {
        let Ready { mut connection, permit, is_reused } = ready;
        if let Err(error) = connection.dialogue.hand_over(envelope, content).await {
            return Err(match error {
                SmtpError { step: Step::Sender, fault: Fault::Closed | Fault::Answered(SERVICE_ENDS) }
                    if is_reused =>
                {
                    Undelivered::Stale
                }
                error => Undelivered::Failed(MailError::of(&error, connection.dialogue.lacks_login)),
            });
        }
        connection.mails += 1;
        connection.idle_since = Instant::now();
        let most = self.server.options.max_messages.unwrap_or(MAILS_PER_CONNECTION);
        if self.server.pooled && connection.mails < most {
            self.idle().push(connection);
        } else {
            tokio::spawn(async move {
                connection.dialogue.quit(QUIT_TIMEOUT).await;
                // Only now may another connection take its place at the server.
                drop(permit);
            });
        }
        Ok(())
    }

    /// A new connection, whatever others do, which writes down what happens.
    ///
    /// # Errors
    /// [`SmtpError`].
    pub async fn connect(&self, trace: Trace) -> Result<Dialogue, SmtpError> {
        Dialogue::open(&self.server, self.tls.as_ref(), &self.name, self.patience, trace).await
    }

    /// Takes leave of a connection that carried no mail.
    pub async fn leave(dialogue: Dialogue) {
        dialogue.quit(QUIT_TIMEOUT).await;
    }

    /// The short name of a machine that has no full one to greet the server with.
    pub async fn short_name(&self) -> Option<String> {
        self.name.missing().await
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A kept connection on which the server still answers.
    async fn reuse(&self) -> Option<Connection> {
        let mut connection = {
            let mut idle = self.idle();
            idle.retain(Connection::is_young);
            idle.pop()?
        };
        if connection.dialogue.is_alive(PROBE_TIMEOUT).await {
            return Some(connection);
        }
        // Whatever closed one connection has most likely closed all; testing each would use up the mail's time.
        self.idle().clear();
        None
    }
}
