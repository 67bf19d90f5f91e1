//! Child processes that do not outlive us, however we end.
//!
//! Between us and the program stands a small shell script that reads a pipe from us: when the pipe closes, by our
//! own will or because we were killed, it terminates the program and removes the program's folder.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail, ensure};

/// More than the script's own patience (ten seconds) before it kills the program.
const STOP_PATIENCE: Duration = Duration::from_secs(15);
const STOP_POLL: Duration = Duration::from_millis(10);

/// A running program with a folder of its own, which holds its output (`log`) and goes away with it.
///
/// Dropping it stops the program and waits for that.
#[derive(Debug)]
pub struct Supervised {
    /// How the supervisor is started.
    shell: Command,
    supervisor: Child,
    folder: PathBuf,
}

impl Supervised {
    /// Starts what `describe` describes; it is told the folder, which is already there.
    ///
    /// Of the description only program, arguments and environment count.
    pub fn start(
        purpose: &str,
        describe: impl FnOnce(&Path) -> anyhow::Result<Command>,
    ) -> anyhow::Result<Self> {
        let folder = fresh_folder(purpose)?;
        let spawned = describe(&folder).and_then(|described| {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(include_str!("supervised.sh")).arg("supervised").arg(&folder);
            shell.arg(described.get_program()).args(described.get_args());
            for (name, value) in described.get_envs() {
                match value {
                    Some(value) => shell.env(name, value),
                    None => shell.env_remove(name),
                };
            }
            shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
            // Ctrl-C in a terminal reaches the whole foreground group; the program must not stop before we do.
            shell.process_group(0);
            let supervisor = shell.spawn().context("cannot start `sh`")?;
            Ok((shell, supervisor))
        });
        match spawned {
            Ok((shell, supervisor)) => Ok(Self { shell, supervisor, folder }),
            Err(error) => {
                std::fs::remove_dir_all(&folder).ok();
                Err(error)
            }
        }
    }

    /// Where the program may keep its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the program ended by itself.
    pub fn has_ended(&self) -> bool {
        self.folder.join("ended").exists()
    }

    /// The last lines of what the program printed.
    pub fn log_tail(&self, lines: usize) -> String {
        let log = std::fs::read(self.folder.join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let all: Vec<&str> = log.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }

    /// The id of the program's process.
    pub fn id(&self) -> anyhow::Result<u32> {
        let id = std::fs::read_to_string(self.folder.join("pid")).context("it has not started yet")?;
        id.trim().parse().context("it has not started yet")
    }

    /// Sends the program a signal, such as `KILL`, `STOP` or `CONT`.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        ensure!(!self.has_ended(), "{} has ended", self.folder.display());
        // The shell's own `kill` is there even where no program of that name is.
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.id()?)).status()?;
        ensure!(sent.success(), "{name} cannot be sent to {}", self.folder.display());
        Ok(())
    }

    /// Kills the program and waits until it is gone; its folder stays.
    pub async fn kill(&self) -> anyhow::Result<()> {
        self.signal("KILL")?;
        let deadline = Instant::now() + STOP_PATIENCE;
        while !self.has_ended() {
            ensure!(Instant::now() < deadline, "{} did not end", self.folder.display());
            tokio::time::sleep(STOP_POLL).await;
        }
        Ok(())
    }

    /// Ends the program, if it has not ended, and starts it again in the same folder.
    ///
    /// An owner that is killed meanwhile may leave the folder behind.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        std::fs::write(self.folder.join("keep"), "")?;
        self.end().await?;
        for file in ["ended", "pid", "keep"] {
            std::fs::remove_file(self.folder.join(file))?;
        }
        self.supervisor = self.shell.spawn().context("cannot start `sh`")?;
        Ok(())
    }

    /// Terminates the program, waits for its end and tells how it ended.
    pub async fn stop(mut self) -> anyhow::Result<ExitStatus> {
        self.end().await
    }

    async fn end(&mut self) -> anyhow::Result<ExitStatus> {
        self.let_go();
        let deadline = Instant::now() + STOP_PATIENCE;
        loop {
            if let Some(status) = self.supervisor.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                bail!("{} did not end", self.folder.display());
            }
            tokio::time::sleep(STOP_POLL).await;
        }
    }

    fn let_go(&mut self) {
        drop(self.supervisor.stdin.take());
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.let_go();
        let deadline = Instant::now() + STOP_PATIENCE;
        while let Ok(None) = self.supervisor.try_wait() {
            if Instant::now() > deadline {
                break;
            }
            std::thread::sleep(STOP_POLL);
        }
    }
}

/// A new empty folder among the temporary files, which no other process uses.
fn fresh_folder(purpose: &str) -> anyhow::Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let folder = std::env::temp_dir().join(format!(
        "rc-account-{purpose}-{}-{}-{:x}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed),
        since_epoch.as_nanos(),
    ));
    std::fs::create_dir(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    Ok(folder)
}

/// A port of 127.0.0.1 that nobody listens on right now.
pub fn free_port() -> anyhow::Result<u16> {
    let listener =
        std::net::TcpListener::bind(("127.0.0.1", 0)).context("cannot bind a port of 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}
