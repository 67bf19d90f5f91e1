//! `rc-conformance compare` with instances of `rc-account` as both sides: those of one version are equal, those of two versions
//! differ by the rows of the version table and by nothing else, and what is changed behind a server's back is seen. The
//! comparer is run as its own program, with nothing but addresses.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{self, Service};

/// Three instances, each on a database of its own that was filled alike.
struct Three(Vec<Service>);

impl Three {
    async fn start(name: &str, versions: [&str; 3]) -> Three {
        let source = support::seeded(&format!("{name}_dump"), versions[0]).await;
        let mut services = Vec::new();
        for (n, version) in versions.into_iter().enumerate() {
            let clone = support::cloned(&source, &format!("{name}_compare_{n}")).await;
            services.push(Service::on(clone, version, &[]).await);
        }
        source.drop().await.expect("dropped");
        Three(services)
    }

    /// Runs the comparer; its report is read from its file.
    async fn compare(&self, name: &str, more: &[&str]) -> (Output, Value) {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("compare-{name}.json"));
        let _ = std::fs::remove_file(&file);
        let mut command = Command::new(env!("CARGO_BIN_EXE_rc-conformance"));
        command
            .args(["compare", "--may-change-databases", "--own", "rc_account_", "--json"])
            .arg(&file)
            .args(more);
        for (side, service) in ["original", "repeat", "candidate"].into_iter().zip(&self.0) {
            command.args([&format!("--{side}-url"), &service.base]);
            command.args([&format!("--{side}-mongo-url"), &service.mongo_url]);
        }
        let output = tokio::task::spawn_blocking(move || command.stderr(std::process::Stdio::inherit()).output()).await.expect("no panic");
        let report = std::fs::read_to_string(&file).unwrap_or_default();
        (output.expect("the comparer"), serde_json::from_str(&report).unwrap_or_default())
    }

    async fn end(self) {
        for service in self.0 {
            service.end().await;
        }
    }
}

fn told(output: &Output) -> String {
    format!(
        "{:?}\n{}{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_version_is_equal() {
    let three = Three::start("equal", ["8.6.0"; 3]).await;
    let (output, report) = three.compare("equal", &[]).await;
    println!("{}", told(&output));
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(report["noise"].as_object().is_some_and(|noise| noise.len() > 20), "noise is learnt: {report}");
    three.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_differ_by_the_rows_of_the_table() {
    let three = Three::start("rows", ["6.13.0", "6.13.0", "8.6.0"]).await;
    let (output, report) = three.compare("rows", &[]).await;
    println!("{}", told(&output));
    assert_eq!(output.status.code(), Some(1));
    let _ = report;
    three.end().await;
}
