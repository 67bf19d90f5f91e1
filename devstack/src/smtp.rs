//! A mailbox for tests and the demo: a real SMTP server on a free port of 127.0.0.1 that keeps every mail it is given,
//! or misbehaves as it is told.
//!
//! It runs on a thread of its own, so it serves any number of runtimes and ends when it is dropped.

mod certificates;
mod exim;
mod manners;
mod postfix;
mod received;
mod session;

use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use self::exim::Exim;
pub use self::manners::{LOGIN, Manners, Moment, PASSWORD};
pub use self::postfix::Postfix;
pub use self::received::Received;

/// How long [`Sink::wait_for`] waits.
const PATIENCE: Duration = Duration::from_secs(40);
const POLL: Duration = Duration::from_millis(10);

/// How the server treats its clients. A change ends all connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes every mail.
    Accept,
    /// Takes every mail, but knows no extension of SMTP: no login, and no address beyond ASCII.
    Plain,
    /// Does not listen: connections are refused.
    Absent,
    /// Greets with this code, such as 421 or 554, and hangs up.
    Greet(u16),
    /// Accepts connections and says nothing.
    Hang,
    /// Hangs up when it has read a whole mail, without an answer and without keeping the mail.
    DropAfterData,
    /// Keeps the mail and hangs up without an answer.
    KeepAndDrop,
    /// Answers every `RCPT` with this code, such as 550 or 451.
    Recipient(u16),
    /// As described.
    As(Manners),
}

pub struct Sink {
    port: u16,
    state: Arc<State>,
    /// Dropping it ends the thread.
    behaviour: watch::Sender<Behaviour>,
}

#[derive(Default)]
struct State {
    mails: Mutex<Vec<Received>>,
    /// Recipients that have been postponed once.
    postponed: Mutex<HashSet<String>>,
    connections: Mutex<usize>,
    commands: Mutex<Vec<String>>,
}

impl Sink {
    /// Starts a server that accepts everything.
    ///
    /// # Panics
    /// If no port can be bound.
    pub async fn start() -> Sink {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        listener.set_nonblocking(true).expect("a non-blocking listener");
        let state = Arc::new(State::default());
        let (behaviour, orders) = watch::channel(Behaviour::Accept);
        let served = Arc::clone(&state);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let serving = serve(listener, port, served, orders);
            runtime.expect("a runtime").block_on(serving).expect("the sink serves");
        });
        Sink { port, state, behaviour }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on it behaves like that; connections that are open end.
    pub fn behave(&self, behaviour: Behaviour) {
        self.behaviour.send_replace(behaviour);
    }

    /// All mails so far, oldest first.
    pub fn mails(&self) -> Vec<Received> {
        self.state.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many mails to that address there are.
    pub fn count_to(&self, address: &str) -> usize {
        let mails = self.state.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().filter(|mail| mail.to.contains(address)).count()
    }

    /// The newest mail to that address.
    pub fn newest_to(&self, address: &str) -> Option<Received> {
        let mails = self.state.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().rev().find(|mail| mail.to.contains(address)).cloned()
    }

    /// How many connections it has accepted so far.
    pub fn connections(&self) -> usize {
        *self.state.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every line that is not of a mail, oldest first, of all connections.
    pub fn commands(&self) -> Vec<String> {
        self.state.commands.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the first mail that is as wanted.
    ///
    /// # Panics
    /// If none arrives in time; the message lists those that did.
    pub async fn wait_for(&self, wanted: impl Fn(&Received) -> bool) -> Received {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mails = self.mails();
            if let Some(mail) = mails.iter().find(|mail| wanted(mail)) {
                return mail.clone();
            }
            let arrived: Vec<_> =
                mails.iter().map(|mail| format!("{} to {}", mail.subject, mail.to)).collect();
            assert!(Instant::now() < deadline, "the mail has not arrived; there are {arrived:?}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until it has accepted that many connections.
    ///
    /// # Panics
    /// If that takes too long.
    pub async fn wait_for_connections(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.connections() < count {
            assert!(Instant::now() < deadline, "{} connections, not {count}", self.connections());
            tokio::time::sleep(POLL).await;
        }
    }
}

/// Until the [`Sink`] is dropped, which gives no orders any more.
async fn serve(
    listener: std::net::TcpListener,
    port: u16,
    state: Arc<State>,
    mut orders: watch::Receiver<Behaviour>,
) -> anyhow::Result<()> {
    let mut listener = Some(TcpListener::from_std(listener)?);
    loop {
        let behaviour = *orders.borrow_and_update();
        match &listener {
            _ if behaviour == Behaviour::Absent => {
                listener = None;
                if orders.changed().await.is_err() {
                    return Ok(());
                }
            }
            None => {
                let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
                listener = Some(bound.context("the sink's port was taken meanwhile")?);
            }
            Some(open) => {
                tokio::select! {
                    connection = open.accept() => {
                        *state.connections.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                        let (state, mut changed) = (Arc::clone(&state), orders.clone());
                        tokio::spawn(async move {
                            let stream = connection?.0;
                            tokio::select! {
                                result = session::run(stream, behaviour, &state) => result,
                                _ = changed.changed() => Ok(()),
                            }
                        });
                    }
                    changed = orders.changed() => {
                        if changed.is_err() {
                            return Ok(());
                        }
                    }
                }
            }
        }
    }
}
