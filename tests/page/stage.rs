//! The service on a workspace of its own, with a mailbox.

use crate::browser::Browser;
use devstack::mongo::Mongo;
use devstack::smtp::Sink;
use devstack::workspace::{Person, Release, Workspace, reached_at, seed};
use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection, Database};
use rc_account::app::{Application, Overrides};
use rc_account::config::Config;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;

static MONGO: OnceCell<Mongo> = OnceCell::const_new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

pub struct Stage {
    /// The service's own address.
    pub origin: String,
    /// Below it.
    path: String,
    pub database: Database,
    pub workspace: Workspace,
    pub mailbox: Sink,
    server: actix_web::dev::ServerHandle,
}

impl Stage {
    pub async fn set(release: Release) -> Stage {
        Stage::set_with(release, "", true).await
    }

    /// Below a path of its host, and stand-alone or not.
    pub async fn set_with(release: Release, path: &str, standalone: bool) -> Stage {
        let start = async || Mongo::start(&|step| eprintln!("{step}")).await.expect("a MongoDB");
        let mongo = MONGO.get_or_init(start).await;
        let name = format!("page_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
        let url = mongo.url(&name);
        let database = Client::with_uri_str(&url).await.expect("a client").database(&name);
        let workspace = seed(&database, release).await.expect("a workspace");
        let mailbox = Sink::start().await;
        let environment = BTreeMap::from(
            [
                ("MONGO_URL", url),
                ("PORT", "0".to_owned()),
                ("BIND_IP", "127.0.0.1".to_owned()),
                ("ROOT_URL", format!("http://127.0.0.1{path}")),
                ("MAIL_URL", format!("smtp://127.0.0.1:{}?ignoreTLS=true", mailbox.port())),
                ("RC_ACCOUNT_OPS_BIND", String::new()),
                ("RC_ACCOUNT_RATE_LIMIT", "off".to_owned()),
                ("RC_ACCOUNT_STANDALONE", standalone.to_string()),
            ]
            .map(|(key, value)| (key.to_owned(), value)),
        );
        let config = Config::from_sources(environment, BTreeMap::new()).expect("a configuration");
        let application = Application::build(config, Overrides::default()).await.expect("the service");
        let origin = format!("http://{}", application.address());
        let server = application.handle();
        tokio::spawn(application.run_until_stopped());
        reached_at(&database, &format!("{origin}{path}")).await.expect("an address");
        Stage { origin, path: path.to_owned(), database, workspace, mailbox, server }
    }

    /// A new browser at the page.
    pub async fn browser(&self) -> Browser {
        Browser::open(&format!("{}{}", self.origin, self.path)).await
    }

    pub fn person(&self, handle: &str) -> &Person {
        self.workspace.person(handle)
    }

    pub fn users(&self) -> Collection<Document> {
        self.database.collection("users")
    }

    pub async fn stored(&self, handle: &str) -> Document {
        let user = self.users().find_one(doc! {"_id": &self.person(handle).id}).await;
        user.expect("found").expect("a user")
    }

    /// The code in the newest mail to that address, as soon as there are so many.
    pub async fn code(&self, address: &str, count: usize) -> String {
        let to = |mail: &devstack::smtp::Received| mail.to.contains(address);
        self.mailbox.wait_for(|_| self.mailbox.mails().iter().filter(|mail| to(mail)).count() >= count).await;
        let mails = self.mailbox.mails();
        let mail = mails.iter().rfind(|mail| to(mail)).expect("a mail");
        let is_code = |line: &&str| line.len() == 7 && line.replace('-', "").parse::<u32>().is_ok();
        mail.text.lines().map(str::trim).find(is_code).expect("a code").replace('-', "")
    }

    /// The first link in a mail to that address that holds this text, as a path below the page's address.
    pub async fn link(&self, address: &str, part: &str) -> String {
        let mail = self.mailbox.wait_for(|mail| mail.to.contains(address) && mail.text.contains(part)).await;
        let words = mail.text.split_whitespace();
        let link = words.into_iter().find(|word| word.contains(part)).expect("a link").to_owned();
        let page = format!("{}{}/", self.origin, self.path);
        link.strip_prefix(&page).unwrap_or_else(|| panic!("{link} does not lead to {page}")).to_owned()
    }
}

impl Drop for Stage {
    /// Stops the service and drops the database, for which one cannot wait here.
    fn drop(&mut self) {
        let (database, server) = (self.database.clone(), self.server.clone());
        let ending = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                drop(server.stop(false));
                let _ = database.drop().await;
            });
        });
        let _ = ending.join();
    }
}
