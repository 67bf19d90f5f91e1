//! The kit against `rc-account` at four versions: every result is the one that is kept in `conformance/results`, and
//! `RC_UPDATE_RESULTS=1` writes them anew. The kit is run as its own program, with nothing but addresses. A witness between
//! the two holds what they say against `docs/openapi.json`.

#![expect(
    clippy::disallowed_methods,
    reason = "a test: it reads and writes files and the developer's environment"
)]

mod compare;
mod rows;
mod support;
mod witness;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::Service;
use witness::Witness;

/// Runs the kit's program.
async fn run(service: &Service, arguments: &[&str]) -> Output {
    run_against(&service.base, service, arguments).await
}

/// The same, against another address that leads to the service.
async fn run_against(base: &str, service: &Service, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rc-conformance"));
    if arguments.first() == Some(&"hostile") {
        command.arg("hostile");
    }
    command.args(["--base-url", base, "--mongo-url", &service.mongo_url]);
    command.args(arguments.iter().filter(|argument| **argument != "hostile"));
    tokio::task::spawn_blocking(move || command.output()).await.expect("no panic").expect("the kit's program")
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

async fn results_are_those_that_are_kept(version: &str) {
    let service = Service::start(version).await;
    let (found, junit) = (
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{version}.json")),
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{version}.xml")),
    );
    let (found, junit) = (found.to_string_lossy().into_owned(), junit.to_string_lossy().into_owned());
    let witness = Witness::start(&service.base).await;
    let arguments =
        ["--version", version, "--smtp-listen", "127.0.0.1:0", "--json", &found, "--junit", &junit];
    let output = run_against(&witness.base, &service, &arguments).await;
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let read = |file: &Path| std::fs::read_to_string(file).unwrap_or_default();
    let found = read(Path::new(&found));
    let xml = read(Path::new(&junit));
    assert_eq!(xml.matches("<testcase ").count(), found.matches("\": \"").count() - 1, "{xml}");
    let (short, _) = version.rsplit_once('.').expect("a version");
    let kept = folder("results").join(format!("{short}.json"));
    if std::env::var_os("RC_UPDATE_RESULTS").is_some() {
        std::fs::write(&kept, &found).expect("written");
    }
    assert_eq!(read(&kept), found, "{}: RC_UPDATE_RESULTS=1 writes it anew", kept.display());
    let looked_at = witness.end();
    assert!(looked_at > 700, "{looked_at}");
    service.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_6_13() {
    results_are_those_that_are_kept("6.13.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_7_10() {
    results_are_those_that_are_kept("7.10.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_8_6() {
    results_are_those_that_are_kept("8.6.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_9_0() {
    results_are_those_that_are_kept("9.0.0").await;
}

/// A thousand hostile requests; `RC_DEV_HOSTILE=100000` sends more.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_requests_break_nothing() {
    let service = Service::start("8.8.1").await;
    let requests = std::env::var("RC_DEV_HOSTILE").unwrap_or_else(|_| "1000".to_owned());
    let output = run(&service, &["hostile", "--requests", &requests]).await;
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    service.end().await;
}

/// A server that is no Rocket.Chat at all fails, and is told why.
#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_answer_is_told() {
    let service = Service::start("8.8.0").await;
    let nobody = Command::new(env!("CARGO_BIN_EXE_rc-conformance"))
        .args(["--base-url", "http://127.0.0.1:9", "--mongo-url", &service.mongo_url])
        .output()
        .expect("the kit's program");
    let told = String::from_utf8_lossy(&nobody.stderr);
    assert_eq!(nobody.status.code(), Some(1), "{told}");
    assert!(told.contains("connecting"), "{told}");
    let wrong = run(&service, &["--nonsense"]).await;
    assert_eq!(wrong.status.code(), Some(2));
    service.end().await;
}
