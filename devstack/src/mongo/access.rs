//! A MongoDB with access control, and users whose privileges change while they are connected.

use std::os::unix::fs::PermissionsExt;

use anyhow::Context;
use mongodb::Client;
use mongodb::bson::{Document, doc};

use super::{Mongo, Progress, replica_set};

const ADMIN: &str = "administrator";

impl Mongo {
    /// Gets and starts one that demands a login; [`Mongo::url`] is for a user who may do everything.
    pub async fn start_with_access_control(progress: Progress<'_>) -> anyhow::Result<Self> {
        // Members of a replica set prove themselves to each other by the key; it also turns access control on.
        let mut mongo = Self::start_with(
            &|folder, command| {
                let key = folder.join("key");
                std::fs::write(&key, "development only\n")?;
                std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600))?;
                command.arg("--keyFile").arg(key);
                Ok(())
            },
            progress,
        )
        .await?;
        // From this machine, the first user can be created without a login.
        let client = replica_set::client_of(mongo.port)?;
        let command = doc! { "createUser": ADMIN, "pwd": password(ADMIN), "roles": ["root"] };
        client.database("admin").run_command(command).await.context("createUser")?;
        client.shutdown().await;
        mongo.address = mongo.address.as_user(ADMIN, &password(ADMIN));
        Ok(mongo)
    }

    /// Creates a user who has just these privileges.
    pub async fn create_user(&self, name: &str, privileges: Vec<Document>) -> anyhow::Result<()> {
        // Privileges belong to roles; each user has one of their own.
        self.administer(doc! { "createRole": name, "privileges": privileges, "roles": [] }).await?;
        self.administer(doc! { "createUser": name, "pwd": password(name), "roles": [name] }).await
    }

    /// From now on the user has just these privileges, in open connections, too.
    pub async fn set_privileges(&self, name: &str, privileges: Vec<Document>) -> anyhow::Result<()> {
        self.administer(doc! { "updateRole": name, "privileges": privileges }).await
    }

    /// The connection string for one database as that user.
    pub fn url_as(&self, name: &str, database: &str) -> String {
        self.address.as_user(name, &password(name)).with_database(database)
    }

    async fn administer(&self, command: Document) -> anyhow::Result<()> {
        let name = command.keys().next().cloned().unwrap_or_default();
        let client = Client::with_uri_str(self.url("admin")).await?;
        client.database("admin").run_command(command).await.context(name)?;
        client.shutdown().await;
        Ok(())
    }
}

/// Leave to do these things with a collection, or with all of the database if its name is empty.
pub fn privilege(database: &str, collection: &str, actions: &[&str]) -> Document {
    doc! { "resource": { "db": database, "collection": collection }, "actions": actions }
}

/// What MongoDB's role `readWrite` allows in a database.
pub fn read_write(database: &str) -> Vec<Document> {
    let read = ["changeStream", "collStats", "dbHash", "dbStats", "find", "killCursors"];
    let lists = ["listCollections", "listIndexes"];
    let write =
        ["createCollection", "createIndex", "dropCollection", "dropIndex", "insert", "remove", "update"];
    let actions: Vec<&str> = [&read[..], &lists, &write].concat();
    vec![privilege(database, "", &actions)]
}

fn password(name: &str) -> String {
    format!("password-of-{name}")
}
