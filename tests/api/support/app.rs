mod intrusion;
mod requests;

use super::clock::TestClock;
use super::contract;
use super::dump::{dump, exact};
use super::options::{HASTE, Options};
use super::recorder::{Intrusion, UserCommands, recorder};
use ::contract::Exceptions;
use chrono::{DateTime, TimeDelta, Utc};
use devstack::mongo::Mongo;
use devstack::workspace::{Person, Release, Workspace, seed};
use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};
use mongodb::{Client, Collection, Database};
use rc_account::app::{Application, Overrides, Patience};
use rc_account::config::Config;
use rc_account::effects::RetryPolicy;
use rc_account::hashing::Hashing;
use rc_account::mail::MailPatience;
use reqwest::Method;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

pub const ROUTE: &str = "/api/v1/users.updateOwnBasicInfo";

static MONGO: OnceCell<Mongo> = OnceCell::const_new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The MongoDB that all tests share.
pub async fn mongo() -> &'static Mongo {
    let start = async || Mongo::start(&|step| eprintln!("{step}")).await.expect("a MongoDB for the tests");
    MONGO.get_or_init(start).await
}

/// Runs a test once for each release.
pub async fn six_and_eight<F: AsyncFn(Release)>(test: F) {
    for release in [Release::Six, Release::Eight] {
        test(release).await;
    }
}

/// The service, its database and its clock.
pub struct TestApp {
    pub release: Release,
    pub base: String,
    pub database: Database,
    pub workspace: Workspace,
    pub http: reqwest::Client,
    pub hashing: Hashing,
    url: String,
    commands: Arc<Mutex<Vec<String>>>,
    user_commands: UserCommands,
    intrusion: Intrusion,
    clock: TestClock,
    environment: BTreeMap<String, String>,
    retry_policy: RetryPolicy,
    patience: Patience,
    mail_patience: MailPatience,
    except: Exceptions,
    instance: Option<Instance>,
}

/// One running service.
pub struct Instance {
    pub base: String,
    server: actix_web::dev::ServerHandle,
    task: JoinHandle<std::io::Result<()>>,
}

impl Instance {
    async fn start(environment: &BTreeMap<String, String>, overrides: Overrides) -> Instance {
        let config = Config::from_sources(environment.clone(), BTreeMap::new()).expect("a configuration");
        let application = Application::build(config, overrides).await.expect("the service");
        let base = format!("http://{}", application.address());
        let server = application.handle();
        Instance { base, server, task: tokio::spawn(application.run_until_stopped()) }
    }

    /// As SIGTERM does.
    pub async fn stop(self) {
        self.server.stop(true).await;
        self.task.await.expect("no panic").expect("a clean end");
    }
}

impl TestApp {
    pub async fn six() -> TestApp {
        Options::default().start(Release::Six).await
    }

    pub async fn eight() -> TestApp {
        Options::default().start(Release::Eight).await
    }

    pub(super) async fn start(release: Release, options: Options) -> TestApp {
        contract::prepare();
        let name = format!("test_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
        let url = mongo().await.url(&name);
        let database = Client::with_uri_str(&url).await.expect("a client").database(&name);
        let workspace = seed(&database, release).await.expect("a workspace");
        for (id, value) in options.settings {
            let settings = database.collection::<Document>("rocketchat_settings");
            let setting = doc! {"_id": id};
            match value {
                Some(value) => {
                    let write = settings.update_one(setting, doc! {"$set": {"value": value}}).upsert(true);
                    write.await.expect("written");
                }
                None => {
                    settings.delete_one(setting).await.expect("deleted");
                }
            }
        }
        for (handle, update) in options.users {
            let users = database.collection::<Document>("users");
            let id = &workspace.person(&handle).id;
            // Beside the large documents of other tests, one of several megabytes may not fit into MongoDB's cache at once.
            let mut pauses = (1..10).map(|n| Duration::from_millis(100 * n));
            while let Err(error) = users.update_one(doc! {"_id": id}, update.clone()).await {
                let pause = pauses.next().unwrap_or_else(|| panic!("a user: {error}"));
                tokio::time::sleep(pause).await;
            }
        }

        let mut environment = BTreeMap::from(
            [
                ("MONGO_URL", url.as_str()),
                ("PORT", "0"),
                ("BIND_IP", "127.0.0.1"),
                ("RC_ACCOUNT_OPS_BIND", ""),
                ("RC_ACCOUNT_RATE_LIMIT", "off"),
                ("RC_ACCOUNT_GUESS_BUDGET", "off"),
                ("RC_ACCOUNT_MAIL_LIMIT", "off"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
        );
        environment.extend(options.environment);

        let http = devstack::http::client();
        let mut app = TestApp {
            release,
            base: String::new(),
            database,
            workspace,
            http,
            hashing: Hashing::with_places(2),
            url,
            commands: Arc::default(),
            user_commands: Arc::default(),
            intrusion: Arc::default(),
            clock: TestClock::default(),
            environment,
            retry_policy: options.retry_policy.unwrap_or(HASTE),
            patience: options.patience,
            mail_patience: options.mail_patience,
            except: options.except,
            instance: None,
        };
        app.restart().await;
        app
    }

    /// A further instance of the service on the same database.
    pub async fn another_instance(&self) -> Instance {
        let overrides = Overrides {
            clock: self.clock.as_clock(),
            commands: Some(recorder(
                Arc::clone(&self.commands),
                Arc::clone(&self.user_commands),
                Arc::clone(&self.intrusion),
            )),
            hashing: self.hashing.clone(),
            retry_policy: self.retry_policy,
            patience: self.patience,
            mail_patience: self.mail_patience,
        };
        Instance::start(&self.environment, overrides).await
    }

    /// Stops the service as SIGTERM does.
    pub async fn stop(&mut self) {
        if let Some(instance) = self.instance.take() {
            instance.stop().await;
        }
    }

    /// Starts the service again, on another port.
    pub async fn restart(&mut self) {
        self.stop().await;
        let instance = self.another_instance().await;
        self.base.clone_from(&instance.base);
        self.instance = Some(instance);
    }

    /// Lets the workspace's newest statistics name another version.
    pub async fn upgrade(&self, version: &str) {
        let statistics = self.database.collection::<Document>("rocketchat_statistics");
        let created = mongodb::bson::DateTime::now();
        let document = doc! {"_id": format!("of {version}"), "version": version, "createdAt": created};
        statistics.insert_one(document).await.expect("inserted");
    }

    /// The same, and waits until the service goes by it, which only a stand-alone one tells.
    pub async fn upgrade_to(&self, version: &str) {
        self.upgrade(version).await;
        let (short, _patch) = version.rsplit_once('.').expect("a version");
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let info = self.request(Method::GET, "/api/info").send().await.json();
            if info["version"] == short {
                return;
            }
            assert!(Instant::now() < deadline, "{info}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Starts the service again beside the same workspace, imitating that version.
    pub async fn imitate(&mut self, version: &str) {
        self.environment.insert("RC_ACCOUNT_RELEASE".to_owned(), version.to_owned());
        self.restart().await;
    }

    /// Writes a setting of the workspace while the service runs.
    pub async fn set(&self, id: &str, value: impl Into<Bson>) {
        let settings = self.database.collection::<Document>("rocketchat_settings");
        let update = doc! {"$set": {"value": value.into()}};
        settings.update_one(doc! {"_id": id}, update).upsert(true).await.expect("written");
    }

    /// The `MONGO_URL` of another process that shall work on the same database.
    pub fn mongo_url(&self) -> &str {
        &self.url
    }

    pub fn person(&self, handle: &str) -> &Person {
        self.workspace.person(handle)
    }

    pub fn users(&self) -> Collection<Document> {
        self.database.collection("users")
    }

    /// The person's stored login tokens.
    pub async fn login_tokens(&self, handle: &str) -> Vec<Document> {
        let stored = self.stored(handle).await;
        let services = stored.get_document("services").expect("services");
        let resume = services.get_document("resume").expect("resume");
        let tokens = resume.get_array("loginTokens").expect("a list").iter();
        tokens.map(|token| token.as_document().expect("a token").clone()).collect()
    }

    /// The person's document as it is stored now.
    pub async fn stored(&self, handle: &str) -> Document {
        let users = self.database.collection::<RawDocumentBuf>("users");
        let found = users.find_one(doc! {"_id": &self.person(handle).id}).await;
        exact(found.expect("find").expect("a document"))
    }

    /// Everything in the database, our own collections included.
    pub async fn dump(&self) -> BTreeMap<String, Vec<Document>> {
        dump(&self.database).await
    }

    /// Names of the commands sent to MongoDB since the last call, without those of the watching of settings and of the
    /// heartbeat.
    pub fn take_commands(&self) -> Vec<String> {
        std::mem::take(&mut *self.commands.lock().expect("commands"))
    }

    /// From now on the commands on `users` are kept as they are sent.
    pub fn record_user_commands(&self) {
        *self.user_commands.lock().expect("commands") = Some(Vec::new());
    }

    /// Those that were sent since.
    pub fn take_user_commands(&self) -> Vec<Document> {
        self.user_commands.lock().expect("commands").take().unwrap_or_default()
    }

    pub fn advance_clock(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// From now on time passes for the service only by [`TestApp::advance_clock`].
    pub fn stop_clock(&self) {
        self.stop_clock_at(Utc::now());
    }

    /// The same, at that moment.
    pub fn stop_clock_at(&self, moment: DateTime<Utc>) {
        self.clock.stop_at(moment);
    }
}

impl Drop for TestApp {
    /// Stops the service and drops the database.
    fn drop(&mut self) {
        contract::tell();
        let (url, instance) = (self.url.clone(), self.instance.take());
        on_another_thread(async move {
            if let Some(instance) = instance {
                drop(instance.server.stop(false));
            }
            let client = Client::with_uri_str(&url).await.expect("a client");
            client.default_database().expect("a database").drop().await.expect("dropped");
        });
    }
}

/// Waits where one cannot wait.
fn on_another_thread(work: impl Future<Output = ()> + Send + 'static) {
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(work);
    });
    let _ = thread.join();
}
