//! Programs that Debian packages, installed where they are missing and we may.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use tokio::sync::Mutex;

/// One at a time: the package manager allows no second.
static INSTALLING: Mutex<()> = Mutex::const_new(());

/// Makes sure that the program is there; root installs its package first.
pub(crate) async fn install(program: &'static str, package: &'static str) -> anyhow::Result<()> {
    let _one = INSTALLING.lock().await;
    tokio::task::spawn_blocking(move || install_now(program, package)).await?
}

fn install_now(program: &str, package: &str) -> anyhow::Result<()> {
    if Path::new(program).exists() {
        return Ok(());
    }
    for arguments in [&["update"][..], &["install", "-y", "--no-install-recommends", package]] {
        let mut apt = Command::new("apt-get");
        let output = apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").output();
        let output = output.with_context(|| format!("{program} is missing; install {package}"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{program} is missing; install {package} as root ({said})");
    }
    Ok(())
}
