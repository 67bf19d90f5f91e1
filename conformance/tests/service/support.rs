//! The service as one version, on a workspace of its own in the MongoDB that the tests of a program share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use devstack::mongo::Mongo;
use devstack::workspace::{Release, seed};
use futures_util::TryStreamExt;
use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::{Client, Database};
use rc_account::app::{Application, Overrides};
use rc_account::config::Config;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

static MONGO: OnceCell<Mongo> = OnceCell::const_new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

pub struct Service {
    pub base: String,
    pub mongo_url: String,
    pub database: Database,
    task: JoinHandle<std::io::Result<()>>,
}

async fn database(name: &str) -> (String, Database) {
    let start = async || Mongo::start(&|step| eprintln!("{step}")).await.expect("a MongoDB");
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("conformance_{}_{number}_{name}", std::process::id());
    let url = MONGO.get_or_init(start).await.url(&name);
    let database = Client::with_uri_str(&url).await.expect("a client").database(&name);
    (url, database)
}

/// A database as a Rocket.Chat of that version leaves it.
pub async fn seeded(name: &str, version: &str) -> Database {
    let release = if version.starts_with(['6', '7']) { Release::Six } else { Release::Eight };
    let (_, database) = database(name).await;
    seed(&database, release).await.expect("a workspace");
    database
}

/// A copy of it with its indexes, as `mongodump` and `mongorestore` make one.
pub async fn cloned(source: &Database, name: &str) -> Database {
    let (_, clone) = database(name).await;
    for collection in source.list_collection_names().await.expect("names") {
        let from = source.collection::<RawDocumentBuf>(&collection);
        let indexes: Vec<_> =
            from.list_indexes().await.expect("indexes").try_collect().await.expect("indexes");
        let documents: Vec<_> = from.find(doc! {}).await.expect("find").try_collect().await.expect("find");
        let to = clone.collection::<RawDocumentBuf>(&collection);
        to.create_indexes(indexes).await.expect("indexes");
        if !documents.is_empty() {
            to.insert_many(documents).await.expect("inserted");
        }
    }
    clone
}

impl Service {
    pub async fn start(version: &str) -> Service {
        Service::on(seeded(&version.replace('.', "_"), version).await, version, &[]).await
    }

    pub async fn on(database: Database, version: &str, more: &[(&str, &str)]) -> Service {
        let mongo = MONGO.get().expect("it has started");
        let mongo_url = mongo.url(database.name());
        let usual = [
            ("MONGO_URL", mongo_url.as_str()),
            ("PORT", "0"),
            ("BIND_IP", "127.0.0.1"),
            ("RC_ACCOUNT_OPS_BIND", ""),
            ("RC_ACCOUNT_RELEASE", version),
        ];
        let environment: BTreeMap<String, String> =
            usual.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let config = Config::from_sources(environment, BTreeMap::new()).expect("a configuration");
        let application = Application::build(config, Overrides::default()).await.expect("the service");
        let base = format!("http://{}", application.address());
        Service { base, mongo_url, database, task: tokio::spawn(application.run_until_stopped()) }
    }

    pub async fn end(self) {
        self.task.abort();
        self.database.drop().await.expect("dropped");
    }
}
