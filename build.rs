//! Tells the program from which revision it is built, for `rc-account --version`, and which mail domains are throw-away.
//!
//! `GIT_REVISION` says it where the repository is not at hand, as in the image. Else git is asked, but only for a release:
//! otherwise each commit would build everything anew. Where nobody knows, it is unknown.

#![expect(clippy::disallowed_methods, reason = "a build script has an environment and runs programs")]

use std::path::PathBuf;
use std::process::Command;

const GIVEN: &str = "GIT_REVISION";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={GIVEN}");
    let given = std::env::var(GIVEN).ok().filter(|text| is_revision(text));
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let revision = given.or_else(|| is_release.then(asked).flatten());
    let revision =
        revision.as_deref().unwrap_or(if is_release { "unknown" } else { "of a development build" });
    println!("cargo::rustc-env=BUILT_FROM={revision}");
    write_throw_away_domains();
}

/// For `src/profile/throw_away_domains.rs`: a line for each, in the order of their bytes.
fn write_throw_away_domains() {
    let mut domains = mailchecker::blacklist();
    domains.sort_unstable();
    domains.dedup();
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo names a folder"));
    let text: String = domains.iter().flat_map(|domain| [domain, "\n"]).collect();
    std::fs::write(folder.join("throw_away_domains.txt"), text).expect("the folder can be written");
}

fn is_revision(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn asked() -> Option<String> {
    // Written by each commit and each checkout.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo::rerun-if-changed={log}");
    git(&["rev-parse", "--short=12", "HEAD"]).filter(|text| is_revision(text))
}

fn git(arguments: &[&str]) -> Option<String> {
    let ended = Command::new("git").args(arguments).output().ok().filter(|ended| ended.status.success())?;
    Some(String::from_utf8(ended.stdout).ok()?.trim().to_owned())
}
