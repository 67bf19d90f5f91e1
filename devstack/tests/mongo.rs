//! What must hold of our own `mongod`: it runs as a replica set, and nothing of it outlives its owner.

#![expect(clippy::disallowed_methods, reason = "waits for processes, without a runtime")]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use devstack::mongo::{Mongo, URL_VARIABLE};

const PATIENCE: Duration = Duration::from_secs(15);
const MARK: &str = "holding ";

#[tokio::test]
async fn stops_and_cleans_up_when_asked() {
    if is_given() {
        return;
    }
    let mongo = Mongo::start(&|_| ()).await.unwrap();
    let folder = mongo.folder().unwrap().to_owned();
    assert!(folder.exists());
    mongo.stop().await.unwrap();
    assert!(!folder.exists());
}

#[test]
fn nothing_stays_behind_when_the_owner_is_killed() {
    if is_given() {
        return;
    }
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "owner_that_waits_to_be_killed", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(owner.stdout.take().unwrap()).lines().map_while(Result::ok).find_map(|line| {
        let (_, told) = line.split_once(MARK)?;
        let (address, folder) = told.split_once(' ')?;
        Some((address.to_owned(), folder.to_owned()))
    });
    let (address, folder) = told.expect("the owner tells what it started");
    assert!(TcpStream::connect(&address).is_ok() && Path::new(&folder).exists());

    owner.kill().unwrap();
    owner.wait().unwrap();

    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(&address).is_ok() || Path::new(&folder).exists() {
        assert!(Instant::now() < deadline, "{address} or {folder} is still there");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test]
#[ignore = "a process of its own in the test above"]
async fn owner_that_waits_to_be_killed() {
    let mut mongo = Mongo::start(&|_| ()).await.unwrap();
    // Not even one that was started anew and is frozen stays behind.
    mongo.restart().await.unwrap();
    mongo.freeze().unwrap();
    let url = mongo.url("");
    let address = url.trim_start_matches("mongodb://").split('/').next().unwrap();
    println!("{MARK}{address} {}", mongo.folder().unwrap().display());
    std::thread::sleep(PATIENCE);
}

/// With a MongoDB given, none is started that could be looked at.
fn is_given() -> bool {
    std::env::var_os(URL_VARIABLE).is_some_and(|url| !url.is_empty())
}
