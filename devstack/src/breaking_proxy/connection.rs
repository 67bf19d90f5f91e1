//! One connection through the proxy.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;

use super::{Counters, Direction, Mode, Orders};

const CHUNK_BYTES: usize = 16 * 1024;

/// Why a connection does not go on.
enum End {
    /// It was cut: both sides are closed in order.
    Cut,
    /// One side broke, or the proxy was told to: both sides are reset.
    Reset,
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        End::Reset
    }
}

pub(super) async fn run(
    mut client: TcpStream,
    server: SocketAddr,
    counters: &Counters,
    orders: watch::Receiver<Orders>,
) {
    let resets = orders.borrow().resets;
    let mut reset = orders.clone();
    let is_reset = async { reset.wait_for(|orders| orders.resets != resets).await.is_ok() };
    let mut upstream = None;
    let end = tokio::select! {
        end = forward(&mut client, server, &mut upstream, counters, &orders) => end,
        // An error is the end of the proxy.
        _ = is_reset => Err(End::Reset),
    };
    if matches!(end, Err(End::Reset)) {
        for stream in [Some(&client), upstream.as_ref()].into_iter().flatten() {
            stream.set_zero_linger().ok();
        }
    }
}

async fn forward(
    client: &mut TcpStream,
    server: SocketAddr,
    upstream: &mut Option<TcpStream>,
    counters: &Counters,
    orders: &watch::Receiver<Orders>,
) -> Result<(), End> {
    let upstream = upstream.insert(TcpStream::connect(server).await?);
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = upstream.split();
    tokio::try_join!(
        pump(Direction::ToServer, from_client, to_server, counters, orders.clone()),
        pump(Direction::ToClient, from_server, to_client, counters, orders.clone()),
    )?;
    Ok(())
}

/// Forwards one direction until its sender closes it, and passes that on.
async fn pump(
    direction: Direction,
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    counters: &Counters,
    mut orders: watch::Receiver<Orders>,
) -> Result<(), End> {
    let mut chunk = vec![0; CHUNK_BYTES];
    // How many bytes were forwarded since that change of the mode.
    let (mut change, mut sent) = (0, 0);
    loop {
        let count = from.read(&mut chunk).await?;
        counters.read[direction as usize].fetch_add(count as u64, Ordering::AcqRel);
        let mut rest = &chunk[..count];
        while !rest.is_empty() {
            let now = permission(direction, &mut orders).await?;
            if now.change != change {
                (change, sent) = (now.change, 0);
            }
            let (portion, pause) = portion(now.mode, direction, rest.len(), sent)?;
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
                if orders.borrow().change != change {
                    continue;
                }
            }
            // First, so that whoever has received a byte finds it counted.
            counters.forwarded[direction as usize].fetch_add(portion as u64, Ordering::AcqRel);
            to.write_all(&rest[..portion]).await?;
            sent += portion as u64;
            rest = &rest[portion..];
        }
        if count == 0 {
            permission(direction, &mut orders).await?;
            to.shutdown().await?;
            return Ok(());
        }
    }
}

/// Waits until the mode lets anything of that direction through.
async fn permission(direction: Direction, orders: &mut watch::Receiver<Orders>) -> Result<Orders, End> {
    let passes = |orders: &Orders| match orders.mode {
        Mode::Stall => false,
        Mode::HoldAnswers => direction == Direction::ToServer,
        _ => true,
    };
    orders.wait_for(passes).await.map(|orders| *orders).map_err(|_| End::Reset)
}

/// How many bytes go out next, after which pause.
fn portion(mode: Mode, direction: Direction, ready: usize, sent: u64) -> Result<(usize, Duration), End> {
    match (mode, direction) {
        (Mode::ByteByByte { pause }, _) => Ok((1, pause)),
        (Mode::Delay { to_server, .. }, Direction::ToServer) => Ok((ready, to_server)),
        (Mode::Delay { to_client, .. }, Direction::ToClient) => Ok((ready, to_client)),
        (Mode::Cut { direction: cut, after }, _) if cut == direction => {
            let left = after.saturating_sub(sent);
            if left == 0 {
                return Err(End::Cut);
            }
            Ok((ready.min(usize::try_from(left).unwrap_or(usize::MAX)), Duration::ZERO))
        }
        _ => Ok((ready, Duration::ZERO)),
    }
}
