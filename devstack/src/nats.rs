//! Debian's NATS server, which connects the processes of a Rocket.Chat that is more than one.

use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::debian;
use crate::supervised::{Supervised, free_port};

const PROGRAM: &str = "/usr/sbin/nats-server";
const PACKAGE: &str = "nats-server";
const START_PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

pub struct Nats {
    _process: Supervised,
    port: u16,
}

impl Nats {
    pub const USER: &str = "chat";
    pub const PASSWORD: &str = "S3cretOfNats";

    /// Starts a server that asks for [`Nats::USER`] and [`Nats::PASSWORD`]; root installs it first where it is missing.
    pub async fn start() -> anyhow::Result<Nats> {
        Nats::start_on(free_port()?).await
    }

    /// The same, on that port of 127.0.0.1.
    pub async fn start_on(port: u16) -> anyhow::Result<Nats> {
        debian::install(PROGRAM, PACKAGE).await?;
        let process = Supervised::start("nats", |_| {
            let mut command = Command::new(PROGRAM);
            command.args(["--addr", "127.0.0.1", "--port"]).arg(port.to_string());
            command.args(["--user", Nats::USER, "--pass", Nats::PASSWORD]);
            Ok(command)
        })?;
        let deadline = Instant::now() + START_PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if process.has_ended() || Instant::now() > deadline {
                bail!("the NATS server did not come up. The end of its log:\n{}", process.log_tail(20));
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(Nats { _process: process, port })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address, with user and password.
    pub fn url(&self) -> String {
        format!("nats://{}:{}@127.0.0.1:{}", Nats::USER, Nats::PASSWORD, self.port)
    }
}
