//! The real service as a process that can be killed.

use devstack::supervised::Supervised;
use std::process::Command;
use std::time::{Duration, Instant};

const START_PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

/// How long a request may take: longer than a MongoDB that is only slow, shorter than the silence after which the
/// service calls itself not ready.
pub const DEADLINE: Duration = Duration::from_secs(3);

pub struct Sidecar {
    process: Supervised,
}

impl Sidecar {
    /// Starts it at that place and waits until it listens.
    pub async fn start(place: &str, mongo_url: &str) -> Sidecar {
        let (host, port) = place.split_once(':').expect("a place");
        let process = Supervised::start("service", |folder| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_rc-account"));
            for (name, _) in std::env::vars_os() {
                if name.to_string_lossy().starts_with("RC_ACCOUNT_") {
                    command.env_remove(name);
                }
            }
            std::fs::write(folder.join("empty.toml"), "")?;
            command.arg("serve").env("RC_ACCOUNT_CONFIG", folder.join("empty.toml"));
            command.env("MONGO_URL", mongo_url).env("BIND_IP", host).env("PORT", port);
            command.env("RC_ACCOUNT_OPS_BIND", "").env("HTTP_FORWARDED_COUNT", "1");
            // One call of each client in ten minutes: so everybody who calls has an address of their own.
            command.env("RC_ACCOUNT_RATE_LIMIT", "1/600000");
            command.env("RC_ACCOUNT_DEADLINE_MS", DEADLINE.as_millis().to_string());
            command.env("RC_ACCOUNT_DRAIN_MS", "4000");
            Ok(command)
        });
        let sidecar = Sidecar { process: process.expect("the service") };
        let deadline = Instant::now() + START_PATIENCE;
        while tokio::net::TcpStream::connect(place).await.is_err() {
            let log = || sidecar.process.log_tail(20);
            assert!(!sidecar.process.has_ended(), "the service has ended:\n{}", log());
            assert!(Instant::now() < deadline, "the service does not come up:\n{}", log());
            tokio::time::sleep(POLL).await;
        }
        sidecar
    }

    /// As a crash does.
    pub async fn kill(self) {
        self.process.kill().await.expect("killed");
    }

    /// As an operator does.
    pub async fn stop(self) {
        let ended = self.process.stop().await.expect("its end");
        assert!(ended.success(), "{ended}");
    }
}
