//! The operations listener: probes and metrics for an operator's own tools, on a port that clients need not reach.
//!
//! `docs/OPERATIONS.md` says what each path answers.

mod outbox;
mod probes;

use crate::config::OpsBind;
use crate::readiness::Readiness;
use crate::store::Store;
use crate::telemetry::{Metrics, upkeep};
use crate::workspace::LiveWorkspace;
use actix_web::dev::{Server, ServerHandle};
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer};
use outbox::OutboxWatch;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::task::JoinHandle;

/// A few tools ask a few times a minute.
const MOST_CONNECTIONS: usize = 64;
const HEAD_PATIENCE: Duration = Duration::from_secs(5);

/// The port that an operator has named is not to be had.
#[derive(Debug, Error)]
#[error("RC_ACCOUNT_OPS_BIND: cannot listen on {address}: {reason}")]
pub struct PortTaken {
    address: SocketAddr,
    reason: std::io::Error,
}

/// What the listener tells of.
pub struct Told {
    readiness: Arc<Readiness>,
    workspace: Arc<LiveWorkspace>,
    outbox: OutboxWatch,
    metrics: Metrics,
}

/// The bound port, to be served once there is something to tell.
pub struct OpsListener(Option<(TcpListener, Metrics)>);

/// The listener at work. Dropping it ends it.
pub struct Operations(Option<Running>);

struct Running {
    server: ServerHandle,
    tasks: [JoinHandle<()>; 2],
}

impl OpsListener {
    /// Takes the port, and begins to collect metrics. The port of the default, which nobody has asked for, may
    /// be another instance's: then there is a line in the log, and no listener.
    ///
    /// # Errors
    /// [`PortTaken`], where it was named.
    pub fn bind(bind: Option<OpsBind>) -> Result<OpsListener, PortTaken> {
        let Some(OpsBind { address, is_named }) = bind else { return Ok(OpsListener(None)) };
        match TcpListener::bind(address) {
            Ok(listener) => Ok(OpsListener(Some((listener, Metrics::start())))),
            Err(reason) if is_named => Err(PortTaken { address, reason }),
            Err(reason) => {
                tracing::warn!(
                    %address, %reason,
                    "no probes and metrics: name a free port in RC_ACCOUNT_OPS_BIND, or leave it empty"
                );
                Ok(OpsListener(None))
            }
        }
    }

    /// Where it listens, with the port that the system chose for port 0.
    pub fn address(&self) -> Option<SocketAddr> {
        self.0.as_ref()?.0.local_addr().ok()
    }

    /// Answers from now on.
    ///
    /// # Errors
    /// When the system gives the server nothing to run with.
    pub fn serve(
        self,
        store: Store,
        readiness: Arc<Readiness>,
        workspace: Arc<LiveWorkspace>,
    ) -> std::io::Result<Operations> {
        let Some((listener, metrics)) = self.0 else { return Ok(Operations(None)) };
        let outbox = OutboxWatch::default();
        let watching = tokio::spawn(outbox.clone().run(store));
        let told = Data::new(Told { readiness, workspace, outbox, metrics: metrics.clone() });
        let server = serve(listener, told)?;
        let handle = server.handle();
        // It ends by its handle.
        tokio::spawn(server);
        Ok(Operations(Some(Running { server: handle, tasks: [watching, tokio::spawn(upkeep(metrics))] })))
    }
}

/// On a thread of its own: probes are answered however busy those of the requests are.
fn serve(listener: TcpListener, told: Data<Told>) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(told.clone())
            .route("/livez", web::get().to(probes::live))
            .route("/readyz", web::get().to(probes::ready))
            .route("/metrics", web::get().to(probes::metrics))
    })
    .workers(1)
    .max_connections(MOST_CONNECTIONS)
    .client_request_timeout(HEAD_PATIENCE)
    .h1_allow_half_closed(false)
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}

impl Operations {
    /// Answers nobody any more.
    pub async fn stop(self) {
        if let Some(running) = &self.0 {
            running.server.stop(false).await;
        }
    }
}

impl Drop for Operations {
    fn drop(&mut self) {
        if let Some(running) = &self.0 {
            drop(running.server.stop(false));
            running.tasks.iter().for_each(JoinHandle::abort);
        }
    }
}
