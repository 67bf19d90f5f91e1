//! Builds the parts, binds, runs and drains: the one door for `main` and for the tests.

mod overrides;
mod start_error;

use crate::account::StatusExpiry;
use crate::announce::{Announcer, Announcing, InstanceForm};
pub use crate::api::Patience;
use crate::api::{self, Background, BodyBudget, Proxies, RateLimiter, Shared, WorkerStore};
use crate::config::Config;
use crate::draining::{self, Signals, Told};
use crate::effects::Worker;
use crate::forwarded::ForwardedEntries;
use crate::heartbeat::Heartbeat;
use crate::mail::{Mailer, read_certificates};
use crate::mail_domains::Dns;
use crate::mail_limit::MailLimiter;
use crate::ops::{Operations, OpsListener};
use crate::readiness::Readiness;
use crate::record::Recorder;
use crate::release;
use crate::second_factor::AttemptBudget;
use crate::store::Store;
use crate::supervisor;
use crate::workspace::LiveWorkspace;
use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;
use actix_web::{App, HttpServer, middleware};
use futures_util::future;
pub use overrides::Overrides;
pub use start_error::StartError;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// How much longer than a request's deadline the end waits for requests in flight.
const FINISHING: Duration = Duration::from_secs(5);

/// Threads for requests, beside those that hash: one for every two cores, up to so many. One answers thousands of changes a
/// second, more than a MongoDB takes; each has connections of its own; and the fewer there are, the more often one finds the
/// next request already there, without having slept.
const MOST_WORKERS: usize = 4;

/// The service, bound to its port and ready to run.
pub struct Application {
    server: Server,
    address: SocketAddr,
    /// A second handle of the listening socket, for closing it without cutting anybody off.
    listener: Option<TcpListener>,
    drain: Duration,
    readiness: Arc<Readiness>,
    heartbeat: Heartbeat,
    worker: Worker,
    mailer: Mailer,
    announcing: Announcing,
    operations: Operations,
    status_expiry: Option<StatusExpiry>,
}

impl Application {
    /// Connects to the workspace and binds.
    ///
    /// # Errors
    /// [`StartError`], whose text names the key to look at.
    pub async fn build(config: Config, overrides: Overrides) -> Result<Application, StartError> {
        // First, because what is counted is counted from here on.
        let ops_listener = OpsListener::bind(config.ops_bind)?;
        for option in config.mongo_url.ignored() {
            tracing::info!("{option}");
        }
        let store = Store::connect(&config.mongo_url, overrides.commands).await?;
        store.prove_rights().await?;
        if let Err(error) = store.create_indexes_of_recent().await {
            tracing::warn!(%error, "counters of ours are kept for longer than they count");
        }
        let readiness = Arc::<Readiness>::default();
        let forwarded = Arc::new(ForwardedEntries::new(config.http_forwarded_count));
        let heartbeat =
            Heartbeat::start(store.clone(), Arc::clone(&readiness), Arc::clone(&forwarded)).await?;
        let workspace = LiveWorkspace::start(store.clone(), config.setting_variables, config.release).await?;
        let workspace = Arc::new(workspace);
        let listener = bind(config.address)?;
        let authorities = config.mail_ca.as_deref().map(read_certificates).transpose()?.unwrap_or_default();
        for option in config.mail_server.iter().flat_map(|server| &server.options.ignored) {
            tracing::warn!(option, "MAIL_URL: the option has no meaning here and is ignored");
        }
        let recorder = config.record.as_deref().map(Recorder::start).transpose();
        let recorder = recorder.map_err(StartError::Record)?;
        let mailer = Mailer::new(
            store.clone(),
            Arc::clone(&workspace),
            config.mail_server,
            authorities,
            config.root_url.clone(),
            overrides.mail_patience,
        );
        let (announcer, announcing) =
            Announcer::start(config.announce, store.clone(), instance_form(&workspace))?;
        if config.create_indexes {
            tokio::spawn(create_indexes(store.clone()));
        }
        let worker = Worker::start(
            store.clone(),
            mailer.clone(),
            announcer.clone(),
            workspace.changes(),
            overrides.retry_policy,
        )
        .await;
        let address =
            listener.local_addr().map_err(|reason| StartError::Bind { address: config.address, reason })?;
        let (version, found) = (workspace.now().release.version, workspace.now().version.clone());
        tracing::info!(
            %address,
            ops = ops_listener.address().map(tracing::field::display),
            release = %version,
            workspace.version = found.as_deref().unwrap_or("unknown"),
            HTTP_FORWARDED_COUNT = config.http_forwarded_count,
            rows = release::summary(version),
            "rc-account is ready"
        );
        let operations = ops_listener
            .serve(store.clone(), Arc::clone(&readiness), Arc::clone(&workspace))
            .map_err(|reason| StartError::Bind { address, reason })?;
        let shared = Data::new(Shared {
            store,
            announcer,
            workspace,
            hashing: overrides.hashing,
            mail_domains: Box::new(Dns::new(config.dns_server)?),
            code_mail: Arc::new(mailer.clone()),
            mail_limit: MailLimiter::new(config.mail_limit),
            attempts: AttemptBudget::new(config.guess_budget),
            totp_replay_allowed: config.totp_replay_allowed,
            remembers_user_agent: config.remember_user_agent,
            limiter: RateLimiter::new(config.rate_limit),
            masked_reply: config.masked_reply,
            root_url: config.root_url.into(),
            standalone: config.standalone,
            proxies: Proxies::new(config.http_forwarded_count, config.trusted_proxies, forwarded),
            body_budget: Arc::new(BodyBudget::default()),
            patience: overrides.patience,
            max_login_tokens: config.max_login_tokens,
            rename_wait: config.rename_wait,
            request_timeout: config.deadline,
            readiness: Arc::clone(&readiness),
            recorder,
            background: Background::default(),
            clock: overrides.clock,
        });
        let status_expiry = api::watch_statuses(&shared);
        let second_handle = listener.try_clone().ok();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = cores.div_ceil(2).min(MOST_WORKERS);
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(worker_store(&shared.store, workers))
                .wrap(middleware::from_fn(api::strip_root_path))
                .configure(api::register_health)
                .configure(|services| api::configure(services, config.standalone))
        })
        .workers(workers)
        .on_connect(api::watched(overrides.patience))
        // A client that has closed its side is gone, as it is for Rocket.Chat.
        .h1_allow_half_closed(false)
        .disable_signals()
        .shutdown_timeout((config.deadline + FINISHING).as_secs())
        .listen(listener)
        .map_err(|reason| StartError::Bind { address, reason })?
        .run();
        Ok(Application {
            server,
            address,
            listener: second_handle,
            drain: config.drain,
            readiness,
            heartbeat,
            worker,
            mailer,
            announcing,
            operations,
            status_expiry,
        })
    }

    /// Where it listens, with the port that the system chose for port 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the service from outside.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Runs until it is stopped by its handle.
    ///
    /// # Errors
    /// When the server itself breaks.
    pub async fn run_until_stopped(self) -> std::io::Result<()> {
        self.run_until_told(Signals::never()).await
    }

    /// Runs until SIGTERM, after which it serves on for a while and then finishes requests and effects in progress, or
    /// until SIGINT, which ends requests. A second signal ends all at once.
    ///
    /// # Errors
    /// When the server itself breaks.
    pub async fn run_until_told(mut self, mut signals: Signals) -> std::io::Result<()> {
        let handle = self.server.handle();
        supervisor::serves();
        let told = tokio::select! {
            result = &mut self.server => Err(result),
            told = signals.next() => Ok(told),
        };
        supervisor::ends();
        let finish = async {
            let listener = self.listener;
            let result = match told {
                Ok(Told::Terminate) => {
                    let drain = draining::drain(&self.readiness, &handle, listener, self.drain);
                    future::join(&mut self.server, drain).await.0
                }
                Ok(Told::Interrupt) => {
                    drop(listener);
                    future::join(&mut self.server, handle.stop(false)).await.0
                }
                Err(result) => {
                    drop(listener);
                    result
                }
            };
            drop(self.status_expiry);
            future::join(self.worker.stop(), self.mailer.finish()).await;
            // Last, because the worker may still hand it events.
            self.announcing.stop().await;
            self.heartbeat.stop().await;
            self.operations.stop().await;
            result
        };
        tokio::select! {
            result = finish => result,
            _ = signals.next() => {
                tracing::warn!("a second signal: the service ends at once");
                Ok(())
            }
        }
    }
}

/// Follows the version of the workspace.
fn instance_form(workspace: &Arc<LiveWorkspace>) -> InstanceForm {
    let workspace = Arc::clone(workspace);
    Arc::new(move || workspace.now().release.instance_events)
}

/// Runs beside the service: on a large workspace it takes minutes, and nothing depends on it.
async fn create_indexes(store: Store) {
    match store.create_helpful_indexes().await {
        Ok(missing) => {
            for (index, error) in missing {
                tracing::warn!(index, %error, "an index that helps renames is not there");
            }
            tracing::info!("the indexes that help renames were looked after");
        }
        Err(error) => tracing::warn!(%error, "the indexes that help renames are not there"),
    }
}

/// The database over connections of the worker that this is called on.
fn worker_store(store: &Store, workers: usize) -> WorkerStore {
    let own = store.on_this_runtime(workers).unwrap_or_else(|_| store.clone());
    let ahead = own.clone();
    tokio::spawn(async move {
        if let Err(error) = ahead.enter_sessions_ahead().await {
            tracing::debug!(%error, "the first transactions enter their sessions themselves");
        }
    });
    WorkerStore(own)
}

fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|reason| StartError::Bind { address, reason })
}
