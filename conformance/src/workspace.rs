//! The workspace's settings: set for a group of cases, awaited, and put back at the end.
//!
//! They are written into the database, so the server has to watch it. When it has seen them is asked of the server
//! itself: the last setting written is the one origin from which a pre-flight passes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use mongodb::Database;
use mongodb::bson::{Document, doc};
use serde_json::Value;

use crate::values;
use crate::wire::{Request, Target};

const ENABLE_CORS: &str = "API_Enable_CORS";
const ORIGIN: &str = "API_CORS_Origin";
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);
/// Where the cases themselves are about CORS, the server cannot be asked.
const BLIND_WAIT: Duration = Duration::from_secs(2);

/// The settings of one workspace, and what they were before.
pub struct Settings<'a> {
    database: &'a Database,
    target: &'a Target,
    /// As stored at first; none where the setting was not there.
    before: BTreeMap<String, Option<Document>>,
    now: BTreeMap<String, Value>,
    rounds: u32,
}

impl<'a> Settings<'a> {
    /// Nothing is written yet.
    pub fn new(database: &'a Database, target: &'a Target) -> Self {
        Settings { database, target, before: BTreeMap::new(), now: BTreeMap::new(), rounds: 0 }
    }

    /// Writes what is not so yet, and waits until the server goes by it. `wanted` is all that any case relies on.
    ///
    /// # Errors
    /// MongoDB's, or a server that does not notice.
    pub async fn apply(&mut self, wanted: &BTreeMap<String, Value>) -> anyhow::Result<()> {
        let about_cors = wanted.contains_key(ENABLE_CORS) || wanted.contains_key(ORIGIN);
        self.rounds += 1;
        let origin = format!("http://seen-{}.example", self.rounds);
        let mut wanted = wanted.clone();
        if !about_cors {
            wanted.insert(ENABLE_CORS.to_owned(), true.into());
            wanted.insert(ORIGIN.to_owned(), origin.clone().into());
        }
        let (last, rest): (Vec<_>, Vec<_>) = wanted.iter().partition(|(id, _)| *id == ORIGIN);
        for (id, value) in rest.into_iter().chain(last) {
            if self.now.get(id) != Some(value) {
                self.write(id, value).await?;
            }
        }
        if about_cors {
            tokio::time::sleep(BLIND_WAIT).await;
            return Ok(());
        }
        self.wait_until_seen(&origin).await
    }

    async fn write(&mut self, id: &str, value: &Value) -> anyhow::Result<()> {
        let settings = self.database.collection::<Document>("rocketchat_settings");
        if !self.before.contains_key(id) {
            self.before.insert(id.to_owned(), settings.find_one(doc! {"_id": id}).await?);
        }
        let update = doc! {"$set": {"value": values::bson(value)?}, "$currentDate": {"_updatedAt": true}};
        settings.update_one(doc! {"_id": id}, update).upsert(true).await.context("a setting")?;
        self.now.insert(id.to_owned(), value.clone());
        Ok(())
    }

    async fn wait_until_seen(&self, origin: &str) -> anyhow::Result<()> {
        let request = Request {
            method: "OPTIONS".to_owned(),
            path: "/api/v1/users.updateOwnBasicInfo".to_owned(),
            headers: vec![
                ("Origin".to_owned(), origin.to_owned()),
                ("Access-Control-Request-Method".to_owned(), "POST".to_owned()),
            ],
            body: None,
        };
        let deadline = Instant::now() + PATIENCE;
        while self.target.send(&request).await?.header("access-control-allow-origin") != [origin] {
            if Instant::now() > deadline {
                bail!(
                    "the server does not see settings that are written into its database (a Rocket.Chat needs \
                     DISABLE_DB_WATCHERS=no; see conformance/README.md)"
                );
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Puts everything back.
    ///
    /// # Errors
    /// MongoDB's.
    pub async fn restore(self) -> anyhow::Result<()> {
        let settings = self.database.collection::<Document>("rocketchat_settings");
        for (id, before) in self.before {
            match before {
                Some(document) => settings.replace_one(doc! {"_id": &id}, document).await.map(drop),
                None => settings.delete_one(doc! {"_id": &id}).await.map(drop),
            }
            .with_context(|| format!("putting {id} back"))?;
        }
        Ok(())
    }
}
