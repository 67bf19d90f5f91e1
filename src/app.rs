//! Builds the parts, binds, runs and drains: the one door for `main` and for the tests.

use crate::announce::{Announcer, Announcing, InstanceForm, NoCertificates as NoUpstreamCertificates};
pub use crate::api::Patience;
use crate::api::{self, Api, BodyBudget, Proxies, RateLimiter};
use crate::clock::{self, Clock};
use crate::config::Config;
use crate::effects::{RetryPolicy, Worker};
use crate::hashing::Hashing;
use crate::mail::{Mailer, NoCertificates, read_certificates};
use crate::mail_domains::{Dns, NoResolver};
use crate::mail_limit::MailLimiter;
use crate::second_factor::AttemptBudget;
use crate::store::{CommandEvent, ConnectError, EventHandler, Store, StoreError};
use crate::workspace::LiveWorkspace;
use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// How long requests in flight may take to finish after SIGTERM.
const DRAIN: Duration = Duration::from_secs(25);

/// Why the service does not start.
#[derive(Debug, Error)]
pub enum StartError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the workspace cannot be read: {0}")]
    Workspace(#[from] StoreError),
    #[error("RC_ACCOUNT_DNS_SERVER: {0}")]
    Dns(#[from] NoResolver),
    #[error("RC_ACCOUNT_MAIL_CA: {0}")]
    MailCa(#[from] NoCertificates),
    #[error("RC_ACCOUNT_UPSTREAM_URL: {0}")]
    Upstream(#[from] NoUpstreamCertificates),
    #[error("BIND_IP and PORT: cannot listen on {address}: {reason}")]
    Bind { address: SocketAddr, reason: std::io::Error },
}

/// What is not configuration. The service runs with the defaults; tests and benchmarks replace some.
pub struct Overrides {
    pub clock: Clock,
    /// Receives every command that is sent to MongoDB.
    pub commands: Option<EventHandler<CommandEvent>>,
    pub hashing: Hashing,
    /// How often and after which delays effects are tried again.
    pub retry_policy: RetryPolicy,
    /// How long clients are waited for.
    pub patience: Patience,
}

impl Default for Overrides {
    fn default() -> Self {
        Overrides {
            clock: clock::system(),
            commands: None,
            hashing: Hashing::default(),
            retry_policy: RetryPolicy::default(),
            patience: Patience::default(),
        }
    }
}

/// The service, bound to its port and ready to run.
pub struct Application {
    server: Server,
    address: SocketAddr,
    worker: Worker,
    announcing: Announcing,
}

impl Application {
    /// Connects to the workspace and binds.
    ///
    /// # Errors
    /// [`StartError`], whose text names the key to look at.
    pub async fn build(config: Config, overrides: Overrides) -> Result<Application, StartError> {
        let store = Store::connect(&config.mongo_url, overrides.commands).await?;
        if let Err(error) = store.create_indexes_of_recent().await {
            tracing::warn!(%error, "counters of ours are kept for longer than they count");
        }
        let workspace = LiveWorkspace::start(store.clone(), config.setting_variables, config.release).await?;
        let workspace = Arc::new(workspace);
        let listener = bind(config.address)?;
        let authorities = config.mail_ca.as_deref().map(read_certificates).transpose()?.unwrap_or_default();
        let mailer = Mailer::new(
            store.clone(),
            Arc::clone(&workspace),
            config.mail_server,
            authorities,
            config.root_url.clone(),
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
        tracing::info!(
            %address,
            release = %workspace.now().release.version,
            workspace.version = workspace.now().version.as_deref().unwrap_or("unknown"),
            "rc-account is ready"
        );
        let api = Data::new(Api {
            store,
            announcer,
            workspace,
            hashing: overrides.hashing,
            mail_domains: Box::new(Dns::new(config.dns_server)?),
            code_mail: Arc::new(mailer),
            mail_limit: MailLimiter::new(config.mail_limit),
            attempts: AttemptBudget::new(config.guess_budget),
            totp_replay_allowed: config.totp_replay_allowed,
            remembers_user_agent: config.remember_user_agent,
            limiter: RateLimiter::new(config.rate_limit),
            masked_reply: config.masked_reply,
            root_url: config.root_url.into(),
            standalone: config.standalone,
            proxies: Proxies::new(config.http_forwarded_count, config.trusted_proxies),
            body_budget: Arc::new(BodyBudget::default()),
            patience: overrides.patience,
            max_login_tokens: config.max_login_tokens,
            rename_wait: config.rename_wait,
            clock: overrides.clock,
        });
        let server = HttpServer::new(move || {
            App::new().app_data(api.clone()).configure(|services| api::configure(services, config.standalone))
        })
        .on_connect(api::watched(overrides.patience))
        .shutdown_timeout(DRAIN.as_secs())
        .listen(listener)
        .map_err(|reason| StartError::Bind { address, reason })?
        .run();
        Ok(Application { server, address, worker, announcing })
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

    /// Runs until SIGTERM, after which requests and effects in progress finish, or SIGINT, which ends requests.
    ///
    /// # Errors
    /// When the server itself breaks.
    pub async fn run_until_stopped(self) -> std::io::Result<()> {
        let result = self.server.await;
        self.worker.stop().await;
        // Last, because the worker may still hand it events.
        self.announcing.stop().await;
        result
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

fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|reason| StartError::Bind { address, reason })
}
