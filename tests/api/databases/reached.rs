//! Servers that are away, and servers of another kind than the one that is needed.

use super::{PATIENCE, both_say, is_taken};
use crate::support::{Handshake, standalone};
use devstack::mongo::{Mongo, ThreeNodes, ThreeNodesOptions};
use devstack::supervised::{Supervised, free_port};
use mongodb::Client;
use mongodb::bson::{Document, doc};
use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

fn says(url: &str, line: &str) {
    both_say(&[("MONGO_URL", url)], line);
}

#[test]
fn whoever_does_not_answer_is_named_with_the_reason() {
    let set = format!("rocketchat?replicaSet=rs0&{PATIENCE}");
    says(
        &format!("mongodb://127.0.0.1:1/{set}"),
        "no MongoDB answers there within 1.5s: 127.0.0.1:1 refuses connections: nothing listens there",
    );
    says(
        &format!("mongodb://nowhere.invalid/{set}"),
        "no MongoDB answers there within 1.5s: nowhere.invalid:27017 has no address: the name is unknown",
    );
    // Takes connections, as a frozen server does, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = silent.local_addr().expect("an address");
    says(&format!("mongodb://{place}/{set}"), "no MongoDB answers there within 1.5s: HOST does not answer");
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = other.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in other.incoming().flatten() {
            let _ = stream.write_all(b"220 smtp.example ESMTP\r\n");
        }
    });
    says(&format!("mongodb://hunter2:hunter2@{place}/{set}"), "breaks the connection: it may be no MongoDB");
}

fn hello(more: Document) -> Document {
    let mut hello = doc! {
        "ok": 1, "isWritablePrimary": true, "minWireVersion": 0, "maxBsonObjectSize": 16_777_216,
        "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000,
    };
    hello.extend(more);
    hello
}

#[test]
fn servers_of_another_age_or_kind_are_known_by_their_handshake() {
    let old = Handshake::start(hello(doc! {"setName": "rs0", "maxWireVersion": 8, "hosts": ["127.0.0.1:1"]}));
    says(
        &format!("mongodb://{}/rocketchat?directConnection=true&{PATIENCE}", old.place),
        "this MongoDB is of version 4.2; 4.4 is the oldest that can be used",
    );
    let router = Handshake::start(hello(doc! {"msg": "isdbgrid", "maxWireVersion": 21}));
    says(
        &format!("mongodb://{}/rocketchat?replicaSet=rs0&{PATIENCE}", router.place),
        "replicaSet is given, but this is a mongos, the router of a sharded cluster",
    );
    let elsewhere = hello(doc! {
        "isWritablePrimary": false, "secondary": true, "setName": "rs0", "maxWireVersion": 21,
        "hosts": ["nowhere.invalid:27017"], "primary": "nowhere.invalid:27017", "me": "nowhere.invalid:27017",
    });
    let elsewhere = Handshake::start(elsewhere);
    says(
        &format!("mongodb://{}/rocketchat?replicaSet=rs0&{PATIENCE}", elsewhere.place),
        "the primary of the replica set rs0 calls itself nowhere.invalid:27017, and from here nowhere.invalid:27017 has no address",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mongodb_that_is_no_replica_set_is_told_to_be_none_whatever_the_address_says() {
    let (mongod, url) = standalone().await;
    let url = url.replace("serverSelectionTimeoutMS=60000", PATIENCE);
    says(&url, "this MongoDB is not a replica set");
    says(&format!("{url}&replicaSet=rs0"), "this MongoDB is not a replica set");
    says(&format!("{url}&directConnection=true"), "this MongoDB is not a replica set");
    mongod.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_set_that_was_never_made_one_is_told_so() {
    let program = devstack::mongo::program(&|step| eprintln!("{step}")).await.expect("a mongod");
    let port = free_port().expect("a port").to_string();
    let mongod = Supervised::start("uninitiated", |folder| {
        std::fs::create_dir(folder.join("data"))?;
        let mut command = Command::new(&program);
        command.arg("--dbpath").arg(folder.join("data")).args(["--port", &port, "--replSet", "rs0"]);
        command.args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"]);
        Ok(command)
    });
    let mongod = mongod.expect("a mongod");
    while tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let url = format!("mongodb://127.0.0.1:{port}/rocketchat?{PATIENCE}");
    says(&url, "this MongoDB is to be a replica set, but was never made one");
    says(&format!("{url}&replicaSet=rs0"), "this MongoDB is to be a replica set, but was never made one");
    mongod.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_members_of_a_replica_set_are_told_apart() {
    let nodes =
        ThreeNodes::start(ThreeNodesOptions::default(), &|step| eprintln!("{step}")).await.expect("three");
    is_taken(&[("MONGO_URL", &nodes.url("rocketchat"))]);
    let other = nodes.url("rocketchat").replace("=rs0", &format!("=other&{PATIENCE}"));
    says(&other, "replicaSet=other, but this MongoDB belongs to the replica set rs0");
    let primary = nodes.primary().await.expect("a primary");
    let secondary = (primary + 1) % 3;
    says(
        &nodes.url_of(secondary, "rocketchat"),
        "directConnection=true leads to a member of the replica set rs0 that is not its primary",
    );
    is_taken(&[("MONGO_URL", &nodes.url_of(primary, "rocketchat"))]);
    // A single one is no majority.
    nodes.kill(primary).await.expect("killed");
    nodes.kill((primary + 2) % 3).await.expect("killed");
    let client = Client::with_uri_str(nodes.url_of(secondary, "admin")).await.expect("a client");
    loop {
        let hello = client.database("admin").run_command(doc! {"hello": 1}).await.expect("an answer");
        if !hello.contains_key("primary") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let url = format!("{}&{PATIENCE}", nodes.url("rocketchat"));
    says(&url, "the replica set rs0 has no primary, so nothing can be read or written");
    nodes.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_by_a_name_that_leads_nowhere_can_be_reached_directly() {
    let mongo = Mongo::start_own(&|step| eprintln!("{step}")).await.expect("a MongoDB");
    is_taken(&[("MONGO_URL", &format!("mongodb://{}/rocketchat?directConnection=true", mongo.place()))]);
    mongo.stop().await.expect("stopped");
}
