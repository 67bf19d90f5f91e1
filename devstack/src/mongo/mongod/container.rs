//! `mongod` in a container: for machines that our package does not fit, such as ARM, macOS and musl.

use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::mongo::progress::{Progress, with_reminder};

/// Of the same series as the packaged one; there is one for x86_64 and one for ARM.
const IMAGE: &str = "mongo:6.0";
const ENGINES: [&str; 2] = ["docker", "podman"];

/// A container engine that works.
pub(in crate::mongo) struct Engine(&'static str);

impl Engine {
    /// The first that answers: a client alone, without its server, is none.
    pub(super) async fn find() -> Option<Engine> {
        for engine in ENGINES {
            if succeeds(engine, &["info"]).await {
                return Some(Engine(engine));
            }
        }
        None
    }

    /// Downloads the image unless it is there.
    pub(super) async fn fetch_image(&self, progress: Progress<'_>) -> anyhow::Result<()> {
        if succeeds(self.0, &["image", "inspect", IMAGE]).await {
            return Ok(());
        }
        progress(&format!("MongoDB: downloading the image {IMAGE} with {}, this once", self.0));
        let mut pull = tokio::process::Command::new(self.0);
        let output = pull.args(["pull", IMAGE]).stdin(Stdio::null()).kill_on_drop(true).output();
        let output = with_reminder(output, "MongoDB", "downloading", progress).await.context(self.0)?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{} cannot download {IMAGE}: {}", self.0, said.trim());
        Ok(())
    }

    /// Runs until it gets SIGTERM, which the engine hands on; leaves nothing behind. Inside, the port is the same as
    /// outside: under one address, the replica set finds itself and we find it.
    pub(super) fn command(&self, port: u16, options: &[String]) -> Command {
        let mut command = Command::new(self.0);
        command.args(["run", "--rm", "--publish"]).arg(format!("127.0.0.1:{port}:{port}"));
        command.args([IMAGE, "mongod", "--bind_ip_all"]).args(options);
        command
    }
}

async fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.kill_on_drop(true).status().await.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_reached_from_this_machine_only_and_removed_afterwards() {
        let command = Engine("podman").command(4321, &["--port".to_owned(), "4321".to_owned()]);
        let arguments: Vec<_> = command.get_args().filter_map(|argument| argument.to_str()).collect();
        let expected = "run --rm --publish 127.0.0.1:4321:4321 mongo:6.0 mongod --bind_ip_all --port 4321";
        assert_eq!(arguments.join(" "), expected);
    }
}
