//! Prometheus's own judge of metrics, from Debian's package.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::debian;

const PROGRAM: &str = "usr/bin/promtool";
const PACKAGE: &str = "prometheus";

/// Has `promtool check metrics` look at a page of metrics.
///
/// # Errors
/// What it finds fault with; and that it is missing and cannot be fetched.
pub async fn check_metrics(page: &str) -> anyhow::Result<()> {
    let program = program().await?;
    let mut child = Command::new(program)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().context("no way in")?.write_all(page.as_bytes())?;
    let output = child.wait_with_output()?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    ensure!(output.status.success() && said.trim().is_empty(), "promtool: {said}");
    Ok(())
}

/// The installed one, else that of the package, which is only unpacked: installed, it would start a server.
///
/// # Errors
/// Where it is missing and cannot be fetched.
pub async fn program() -> anyhow::Result<PathBuf> {
    let installed = Path::new("/").join(PROGRAM);
    if installed.exists() {
        return Ok(installed);
    }
    Ok(debian::unpacked(PACKAGE, &[]).await?.join(PROGRAM))
}
