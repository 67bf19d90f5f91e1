//! The end of the service, so that no request that reached it stays unanswered.
//!
//! SIGTERM: say that we are not ready, serve on for a while with `Connection: close`, let no new connection in, take those
//! that wait, finish what was asked. SIGINT: finish at once. A second signal ends the program on the spot.

use crate::readiness::Readiness;
use actix_web::dev::ServerHandle;
use std::net::TcpListener;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

/// How long connections that wait to be accepted may take until they are.
const QUEUE: Duration = Duration::from_millis(100);

/// What the operating system tells us.
pub struct Signals(Option<(Signal, Signal)>);

/// What was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Terminate,
    Interrupt,
}

impl Signals {
    /// From now on signals no longer end the program by themselves.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen() -> std::io::Result<Signals> {
        Ok(Signals(Some((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))))
    }

    /// Whoever runs the service in a process of their own ends it by its handle.
    #[must_use]
    pub fn never() -> Signals {
        Signals(None)
    }

    pub async fn next(&mut self) -> Told {
        let Some((terminate, interrupt)) = &mut self.0 else { return std::future::pending().await };
        tokio::select! {
            _ = terminate.recv() => Told::Terminate,
            _ = interrupt.recv() => Told::Interrupt,
        }
    }
}

/// Serves on for so long, then ends the server when all that was asked is answered. `listener`: a second handle of the
/// socket at which the server listens.
pub async fn drain(
    readiness: &Readiness,
    server: &ServerHandle,
    listener: Option<TcpListener>,
    period: Duration,
) {
    readiness.drain();
    tracing::info!(drain_ms = period.as_millis(), "the service ends: it serves on, then takes no more");
    sleep(period).await;
    if let Some(listener) = listener
        && let_nobody_in(&listener).is_ok()
    {
        sleep(QUEUE).await;
    }
    server.stop(true).await;
}

/// Whoever connects from now on is not heard until the listener is closed, and then refused. Without it, those whom the
/// system has let in, but whom the server has not yet taken, would be cut off at the close with their request unanswered.
#[cfg(target_os = "linux")]
fn let_nobody_in(listener: &TcpListener) -> std::io::Result<()> {
    const RETURN: u16 = 0x06;
    let nothing = socket2::SockFilter::new(RETURN, 0, 0, 0);
    socket2::SockRef::from(listener).attach_filter(&[nothing])
}

#[cfg(not(target_os = "linux"))]
fn let_nobody_in(_: &TcpListener) -> std::io::Result<()> {
    Ok(())
}
