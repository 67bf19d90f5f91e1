//! How long a request is worth carrying on: until its deadline, and while its client still waits for the answer.
//!
//! One value for each request. It goes down to the database ([`crate::store::Store::until`]), which carries it into every
//! operation and notes here whatever may have been written, so that a request that is given up is answered truly.

use std::fmt;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use thiserror::Error;
use tokio::time::Instant;

/// Why a request is not carried on. Of what it wanted, nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GivenUp {
    #[error("the request's deadline has passed")]
    Late,
    #[error("the client hung up")]
    ClientGone,
}

/// Of one request. Clones are the same one.
#[derive(Clone)]
pub struct Deadline(Arc<Inner>);

struct Inner {
    at: Instant,
    patience: Duration,
    /// The connection that the request came by, where it is known.
    client: Option<Arc<TcpStream>>,
    /// Writes that were sent and of which it is not certain that they changed nothing.
    writes: AtomicU32,
}

impl Deadline {
    /// So long from now.
    pub fn new(patience: Duration, client: Option<Arc<TcpStream>>) -> Deadline {
        Deadline(Arc::new(Inner {
            at: Instant::now() + patience,
            patience,
            client,
            writes: AtomicU32::new(0),
        }))
    }

    pub fn at(&self) -> Instant {
        self.0.at
    }

    /// How long it was from the beginning.
    pub fn patience(&self) -> Duration {
        self.0.patience
    }

    /// How long ago it began.
    pub fn elapsed(&self) -> Duration {
        let began = self.0.at.checked_sub(self.0.patience);
        began.map_or(Duration::ZERO, |began| began.elapsed())
    }

    /// What is left of it.
    pub fn left(&self) -> Duration {
        self.0.at.saturating_duration_since(Instant::now())
    }

    /// Whether there is still anybody to carry the request on for. Asked after the last read that a write rests on and
    /// before the write: a client that has hung up may have sent its next request already, which must win.
    ///
    /// # Errors
    /// [`GivenUp`].
    pub fn check(&self) -> Result<(), GivenUp> {
        if self.left().is_zero() {
            return Err(GivenUp::Late);
        }
        match &self.0.client {
            Some(client) if has_hung_up(client) => Err(GivenUp::ClientGone),
            _ => Ok(()),
        }
    }

    /// A write is about to be sent.
    pub fn begin_write(&self) {
        self.0.writes.fetch_add(1, Ordering::SeqCst);
    }

    /// It is certain that the write changed nothing.
    pub fn disprove_write(&self) {
        self.0.writes.fetch_sub(1, Ordering::SeqCst);
    }

    /// Whether anything was written, or may have been.
    pub fn may_have_written(&self) -> bool {
        self.0.writes.load(Ordering::SeqCst) > 0
    }
}

/// The kernel knows before the HTTP server does, which reads from a connection only in between. The socket does not
/// block; what the client has sent stays where it is.
fn has_hung_up(client: &TcpStream) -> bool {
    match client.peek(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => !matches!(
            error.kind(),
            std::io::ErrorKind::WouldBlock | std::io::ErrorKind::Interrupted | std::io::ErrorKind::TimedOut
        ),
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deadline").field("left", &self.left()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;

    fn connection() -> (TcpStream, Arc<TcpStream>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let client = TcpStream::connect(listener.local_addr().expect("bound")).expect("connected");
        let (served, _) = listener.accept().expect("accepted");
        served.set_nonblocking(true).expect("as the server's sockets are");
        (client, Arc::new(served))
    }

    #[tokio::test]
    async fn a_client_that_waits_or_has_sent_more_is_there_one_that_closed_is_not() {
        let (mut client, served) = connection();
        let deadline = Deadline::new(Duration::from_secs(60), Some(served));
        assert_eq!(deadline.check(), Ok(()));
        client.write_all(b"x").expect("sent");
        assert_eq!(deadline.check(), Ok(()));
        let (client, served) = connection();
        let deadline = Deadline::new(Duration::from_secs(60), Some(served));
        drop(client);
        let patience = Instant::now() + Duration::from_secs(10);
        while deadline.check() != Err(GivenUp::ClientGone) {
            assert!(Instant::now() < patience, "never noticed");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn what_has_passed_is_late() {
        assert_eq!(Deadline::new(Duration::ZERO, None).check(), Err(GivenUp::Late));
        assert_eq!(Deadline::new(Duration::from_secs(60), None).check(), Ok(()));
    }

    #[tokio::test]
    async fn a_write_counts_until_it_is_disproved() {
        let deadline = Deadline::new(Duration::from_secs(60), None);
        deadline.begin_write();
        assert!(deadline.may_have_written());
        deadline.clone().disprove_write();
        assert!(!deadline.may_have_written());
    }
}
