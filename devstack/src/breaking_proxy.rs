//! A TCP proxy that breaks connections as it is told: between the service and MongoDB, between the service and a mail
//! server, or between a client and the service.
//!
//! It listens on a free port of 127.0.0.1 and runs on a thread of its own, so it serves any number of runtimes; it
//! ends, with all its connections, when it is dropped.
//!
//! A MongoDB driver goes to the addresses that the replica set's configuration names. So that it stays with the proxy,
//! its address must say `directConnection=true` ([`Mongo::url_through`](crate::mongo::Mongo::url_through)), or the
//! configuration must name the proxies ([`ThreeNodesOptions::proxied`](crate::mongo::ThreeNodesOptions::proxied)).

mod connection;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How the proxy treats the bytes between its two sides. A change holds from the next byte on, in all connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Forwards everything at once.
    Pass,
    /// Forwards whatever it reads at once (up to 16 KiB) so much later.
    Delay { to_server: Duration, to_client: Duration },
    /// A black hole: accepts connections and keeps them, forwards nothing, not even their ends. What it was given is
    /// forwarded when another mode follows.
    Stall,
    /// Forwards what clients send, and holds back what the server answers until another mode follows.
    HoldAnswers,
    /// Forwards single bytes with this pause before each, as packets of their own.
    ByteByByte { pause: Duration },
    /// Resets new connections at once; those that are open go on.
    RefuseNew,
    /// Forwards that many more bytes of each connection in that direction, and closes it, both sides, at the next.
    Cut { direction: Direction, after: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    ToServer,
    ToClient,
}

/// The bytes of one direction, of all connections together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    pub read: u64,
    /// The difference to `read` is held back, under way or lost with its connection.
    pub forwarded: u64,
}

pub struct BreakingProxy {
    address: SocketAddr,
    counters: Arc<Counters>,
    /// Dropping it ends the thread.
    orders: watch::Sender<Orders>,
}

#[derive(Clone, Copy)]
struct Orders {
    mode: Mode,
    /// Counts the changes of the mode.
    change: u64,
    /// Counts the resets; a connection that sees another number than at its beginning is reset.
    resets: u64,
}

#[derive(Default)]
struct Counters {
    accepted: AtomicU64,
    open: AtomicU64,
    read: [AtomicU64; 2],
    forwarded: [AtomicU64; 2],
}

impl BreakingProxy {
    /// Starts one in front of that address; it begins with [`Mode::Pass`]. The server need not be there yet.
    pub fn start(server: SocketAddr) -> anyhow::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let counters = Arc::new(Counters::default());
        let (orders, received) = watch::channel(Orders { mode: Mode::Pass, change: 0, resets: 0 });
        let counted = Arc::clone(&counters);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::spawn(move || {
            // Whoever waits for a proxy that broke sees that nobody listens any more.
            if let Err(error) = runtime.block_on(serve(listener, server, counted, received)) {
                eprintln!("the breaking proxy in front of {server} has ended: {error}");
            }
        });
        Ok(Self { address, counters, orders })
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it behaves like that.
    pub fn behave(&self, mode: Mode) {
        self.orders.send_modify(|orders| {
            orders.mode = mode;
            orders.change += 1;
        });
    }

    /// Ends all open connections as a crashed machine does, both sides get a RST; what was held back is lost.
    pub fn reset_open(&self) {
        self.orders.send_modify(|orders| orders.resets += 1);
    }

    /// How many connections it has accepted so far, refused ones included.
    pub fn accepted(&self) -> u64 {
        self.counters.accepted.load(Ordering::Acquire)
    }

    /// How many connections are open now.
    pub fn open(&self) -> u64 {
        self.counters.open.load(Ordering::Acquire)
    }

    pub fn traffic(&self, direction: Direction) -> Traffic {
        let forwarded = self.counters.forwarded[direction as usize].load(Ordering::Acquire);
        Traffic { read: self.counters.read[direction as usize].load(Ordering::Acquire), forwarded }
    }
}

/// Until the [`BreakingProxy`] is dropped, which gives no orders any more; the connections end with the runtime.
async fn serve(
    listener: std::net::TcpListener,
    server: SocketAddr,
    counters: Arc<Counters>,
    mut orders: watch::Receiver<Orders>,
) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let client = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            changed = orders.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return Ok(()),
            },
        };
        counters.accepted.fetch_add(1, Ordering::AcqRel);
        if orders.borrow().mode == Mode::RefuseNew {
            client.set_zero_linger().ok();
            continue;
        }
        counters.open.fetch_add(1, Ordering::AcqRel);
        let (counters, orders) = (Arc::clone(&counters), orders.clone());
        tokio::spawn(async move {
            connection::run(client, server, &counters, orders).await;
            counters.open.fetch_sub(1, Ordering::AcqRel);
        });
    }
}
