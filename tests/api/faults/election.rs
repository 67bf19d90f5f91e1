//! The primary is killed, with MongoDB's own election.

use super::{Caller, Service};
use devstack::mongo::{ThreeNodes, ThreeNodesOptions};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn requests_outlast_an_election_or_are_answered_503() {
    let nodes =
        ThreeNodes::start(ThreeNodesOptions::default(), &|step| eprintln!("{step}")).await.expect("three");
    let url = nodes.url("election");
    let callers = Caller::all(&url, ["plain", "admin", "totp", "email2fa"]).await;
    let service = Service::on(&url, &[]);
    for caller in &callers {
        caller.succeeds(&service).await;
    }
    let end = Instant::now() + Duration::from_secs(25);
    let load = callers.iter().map(async |caller| {
        let mut statuses = Vec::new();
        while Instant::now() < end {
            statuses.push(caller.changes(&service, &format!("{}", statuses.len())).await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        statuses
    });
    let kill = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        nodes.kill_primary().await.expect("killed");
    };
    let (statuses, ()) = futures_util::future::join(futures_util::future::join_all(load), kill).await;
    let mut counts = BTreeMap::new();
    for status in statuses.iter().flatten() {
        *counts.entry(*status).or_insert(0) += 1;
    }
    println!("answers while the primary was elected: {counts:?}");
    assert!(
        counts.keys().all(|status| matches!(status, Some(200 | 503))),
        "{counts:?} {:?}",
        service.logged("ERROR")
    );
    for caller in &callers {
        caller.succeeds(&service).await;
    }
    nodes.stop().await.expect("stopped");
}
