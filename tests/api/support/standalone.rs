use devstack::supervised::{Supervised, free_port};
use std::process::Command;

/// A MongoDB that is no replica set, and the `MONGO_URL` of a database in it.
pub async fn standalone() -> (Supervised, String) {
    let mongod = devstack::mongo::program(&|step| eprintln!("{step}")).await.expect("a mongod");
    let port = free_port().expect("a port").to_string();
    let standalone = Supervised::start("standalone", |folder| {
        std::fs::create_dir(folder.join("data"))?;
        let mut command = Command::new(&mongod);
        command.arg("--dbpath").arg(folder.join("data")).args(["--port", &port]);
        command.args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"]);
        Ok(command)
    });
    let url = format!("mongodb://127.0.0.1:{port}/rocketchat?serverSelectionTimeoutMS=60000");
    (standalone.expect("a MongoDB"), url)
}
