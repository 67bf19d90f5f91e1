//! `mongodb+srv`: the hosts come out of the DNS. Its server in these tests is one of their own, at port 53 of an address of
//! this machine and in a `resolv.conf` that only the program sees, which root may arrange.

use super::both_say;
use crate::support::{SrvDns, run};
use devstack::mongo::Mongo;
use std::process::Output;

const NAME: &str = "cluster.rc.test";
const TARGET: &str = "mongodb0.rc.test";

fn said(ended: &Output) -> String {
    String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hosts_and_the_replica_set_come_out_of_the_dns() {
    let mongo = Mongo::start_own(&|step| eprintln!("{step}")).await.expect("a MongoDB");
    let port = mongo.place().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let Some(dns) = SrvDns::start(NAME, TARGET, port, "replicaSet=rs0") else {
        eprintln!("not tried: mongodb+srv needs root, for a DNS server at port 53");
        return;
    };
    let check = |url: &str| {
        let environment = [("MONGO_URL", url)];
        said(&run(dns.command(env!("CARGO_BIN_EXE_rc-account"), &["check"], &environment)))
    };
    let found = check(&format!("mongodb+srv://{NAME}/rocketchat?tls=false"));
    assert!(found.contains("replica set rs0, database rocketchat"), "{found}");
    // The record's options count only where the address has none.
    let other = check(&format!(
        "mongodb+srv://{NAME}/rocketchat?tls=false&replicaSet=other&serverSelectionTimeoutMS=1500"
    ));
    assert!(other.contains("replicaSet=other, but this MongoDB belongs to the replica set rs0"), "{other}");
    // TLS is on without a word.
    let tls = check(&format!("mongodb+srv://{NAME}/rocketchat?serverSelectionTimeoutMS=1500"));
    assert!(tls.contains(&format!("TLS is on, but the MongoDB at {TARGET}:{port} speaks none")), "{tls}");
    // Another service, and another name.
    for url in [
        "mongodb+srv://cluster.rc.test/rocketchat?srvServiceName=other",
        "mongodb+srv://other.rc.test/rocketchat",
    ] {
        let none = check(url);
        assert!(
            none.contains("the DNS has no usable record _mongodb._tcp.")
                || none.contains("the DNS has no usable record _other._tcp."),
            "{none}"
        );
    }
    mongo.stop().await.expect("stopped");
}

#[test]
fn a_service_that_the_dns_does_not_know_is_named() {
    both_say(
        &[("MONGO_URL", "mongodb+srv://hunter2:hunter2@cluster.nowhere.invalid/rocketchat")],
        "the DNS has no usable record _mongodb._tcp.cluster.nowhere.invalid",
    );
}
