//! A replica set whose majority with data is not there: what is written stays on the primary alone.

use super::{Caller, Service, eventually};
use crate::support::{program, run};
use devstack::mongo::{ThreeNodes, ThreeNodesOptions};
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_majority_cannot_confirm_is_an_unknown_outcome_and_no_hang() {
    let options = ThreeNodesOptions { arbiter: true, ..ThreeNodesOptions::default() };
    let nodes = ThreeNodes::start(options, &|step| eprintln!("{step}")).await.expect("three");
    let url = nodes.url("minority");
    let caller = Caller::of(&url).await;
    let service = Service::on(&url, &[("RC_ACCOUNT_DEADLINE_MS", "4000")]);
    caller.succeeds(&service).await;
    nodes.kill(1).await.expect("killed");

    for data in [json!({"bio": "alone"}), json!({"bio": "alone", "username": "all.alone"})] {
        let asked = Instant::now();
        let (status, body) = caller.sends(&service, &data).await.expect("an answer");
        assert_eq!(status, 500, "{body}");
        assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
        eventually("logged", async || !service.logged("error-outcome-unknown").is_empty()).await;
    }
    let checked = run(program(&["check"], &[("MONGO_URL", &url), ("PORT", "0")]));
    let report = String::from_utf8_lossy(&checked.stdout);
    assert!(report.contains("no majority"), "{report}");
    let stored = caller.stored(&nodes.url_of(0, "minority")).await;
    assert_eq!(
        stored.get_str("bio").ok(),
        Some("alone"),
        "the user's write is the one that is not confirmed"
    );
    nodes.stop().await.expect("stopped");
}
