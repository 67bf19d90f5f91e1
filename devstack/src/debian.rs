//! Programs that Debian packages, installed where they are missing and we may.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use tokio::sync::Mutex;

use crate::target_folder;

/// One at a time: the package manager allows no second.
static INSTALLING: Mutex<()> = Mutex::const_new(());

/// Makes sure that the program is there; root installs its package first.
///
/// # Errors
/// Where it is missing and cannot be installed.
pub async fn install(program: &'static str, package: &'static str) -> anyhow::Result<()> {
    let _one = INSTALLING.lock().await;
    tokio::task::spawn_blocking(move || install_now(program, package)).await?
}

fn install_now(program: &str, package: &str) -> anyhow::Result<()> {
    if Path::new(program).exists() {
        return Ok(());
    }
    for arguments in [&["update"][..], &["install", "-y", "--no-install-recommends", package]] {
        let said = run(Command::new("apt-get").args(arguments));
        said.with_context(|| format!("{program} is missing; install {package} as root"))?;
    }
    Ok(())
}

/// The files of a package that cannot be installed beside others, or would start something, and of the libraries that it
/// needs, unpacked together below cargo's target folder; fetched first where they are missing.
///
/// # Errors
/// Where there is no apt, or no network.
pub async fn unpacked(package: &'static str, libraries: &'static [&'static str]) -> anyhow::Result<PathBuf> {
    let _one = INSTALLING.lock().await;
    tokio::task::spawn_blocking(move || unpack_now(package, libraries)).await?
}

fn unpack_now(package: &str, libraries: &[&str]) -> anyhow::Result<PathBuf> {
    let folder = target_folder().join("devstack");
    let unpacked = folder.join(package);
    if unpacked.exists() {
        return Ok(unpacked);
    }
    // Another process may do the same at the same time.
    let workshop = folder.join(format!("{package}-{}", std::process::id()));
    std::fs::create_dir_all(&workshop)?;
    run(Command::new("apt-get").arg("update"))?;
    run(Command::new("apt-get").args(["download", package]).args(libraries).current_dir(&workshop))?;
    let unpack = "for package in *.deb; do dpkg -x \"$package\" files || exit; done";
    run(Command::new("sh").args(["-c", unpack]).current_dir(&workshop))?;
    if std::fs::rename(workshop.join("files"), &unpacked).is_err() {
        ensure!(unpacked.exists(), "{} cannot be made", unpacked.display());
    }
    std::fs::remove_dir_all(&workshop).ok();
    Ok(unpacked)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.env("DEBIAN_FRONTEND", "noninteractive").output();
    let output = output.with_context(|| format!("{command:?} cannot be started"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {said}");
    Ok(())
}
