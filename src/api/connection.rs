//! How long a connection may wait for a request, and for its client to take an answer.
//!
//! The HTTP library watches the head of a connection's first request and idle connections, but not the head of a later
//! request once its first byte is there, and not a client that does not read.

use super::Patience;
use actix_web::dev::Extensions;
use actix_web::rt::{self, net::TcpStream};
use std::any::Any;
use std::cell::Cell;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

/// One connection, as long as it is open.
pub struct Connection {
    patience: Patience,
    opened: Instant,
    stage: Cell<Stage>,
    /// Dropped with the connection, which ends the watching.
    _open: oneshot::Sender<()>,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// For the whole head of a request.
    WaitsSince(Instant),
    /// The service is at work; it has deadlines of its own.
    Works,
    AnswersSince(Instant),
}

/// The client's socket, by which one sees that the client has hung up.
pub struct Client(pub Arc<std::net::TcpStream>);

/// Watches each connection that is made.
pub fn watched(patience: Patience) -> impl Fn(&dyn Any, &mut Extensions) + Send + Sync + 'static {
    move |stream, data| {
        let handle = stream.downcast_ref::<TcpStream>().map(|stream| stream.as_fd().try_clone_to_owned());
        // Without a second handle there is no watching, but the connection can be served.
        let Some(Ok(handle)) = handle else { return };
        let (open, closed) = oneshot::channel();
        let now = Instant::now();
        let stage = Cell::new(Stage::WaitsSince(now));
        let connection = Rc::new(Connection { patience, opened: now, stage, _open: open });
        let handle = Arc::new(std::net::TcpStream::from(handle));
        let shortest = patience.head.min(patience.answer);
        rt::spawn(watch(Arc::clone(&handle), Rc::downgrade(&connection), shortest, closed));
        data.insert(Client(handle));
        data.insert(connection);
    }
}

async fn watch(
    socket: Arc<std::net::TcpStream>,
    connection: Weak<Connection>,
    shortest: Duration,
    mut closed: oneshot::Receiver<()>,
) {
    while let Some(due) = connection.upgrade().map(|connection| connection.due()) {
        let now = Instant::now();
        if due <= now {
            tracing::debug!("a connection is cut: its client is too slow");
            let _ = socket.shutdown(Shutdown::Both);
            return;
        }
        tokio::select! {
            _ = &mut closed => return,
            // The stage may be another one meanwhile, with less patience.
            () = sleep_until(due.min(now + shortest)) => {}
        }
    }
}

impl Connection {
    /// When it is time to cut it, or to look again.
    fn due(&self) -> Instant {
        match self.stage.get() {
            Stage::WaitsSince(since) => since + self.patience.head,
            Stage::Works => Instant::now() + self.patience.head,
            Stage::AnswersSince(since) => since + self.patience.answer,
        }
    }

    /// Whether it has been open for so long that the next answer should be the last.
    pub fn is_old(&self) -> bool {
        self.opened.elapsed() > self.patience.connection
    }
}

/// A request on its way through the connection: until the answer is handed over, or given up.
pub struct Turn(Rc<Connection>);

impl Turn {
    pub fn begin(connection: &Rc<Connection>) -> Turn {
        connection.stage.set(Stage::Works);
        Turn(Rc::clone(connection))
    }

    /// From now on it is the client who is waited for.
    pub fn answer(&self) {
        self.0.stage.set(Stage::AnswersSince(Instant::now()));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.stage.set(Stage::WaitsSince(Instant::now()));
    }
}
