//! The real service as a child process: this very program, which holds the service's command line, too. So one build
//! makes both.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use devstack::supervised::{Supervised, free_port};

use crate::record;
use crate::script::PATH;

/// As the first argument of this program: what follows is the service's command line.
pub const COMMAND: &str = "rc-account";

const START_PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(100);
const LOG_LINES: usize = 20;

/// That port of 127.0.0.1 if nothing listens there, else a free one; and whether it is taken.
pub fn port_or_free(port: u16) -> anyhow::Result<(u16, bool)> {
    match std::net::TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok((port, false)),
        Err(_) => Ok((free_port()?, true)),
    }
}

/// A running service that answers.
pub struct Service {
    process: Supervised,
    root_url: String,
}

impl Service {
    /// Starts it stand-alone on that port of 127.0.0.1, with that mail server. With a folder to record in, all of its log
    /// goes there.
    pub async fn start(
        mongo_url: &str,
        mail_url: &str,
        record: Option<&Path>,
        port: u16,
    ) -> anyhow::Result<Self> {
        let root_url = format!("http://127.0.0.1:{port}");
        let program = std::env::current_exe().context("where is this program?")?;
        let process = Supervised::start("service", |folder| {
            let mut command = std::process::Command::new(program);
            // What the user has set for a service of their own must not change what the demo shows.
            for (name, _) in std::env::vars_os() {
                if name.to_string_lossy().starts_with("RC_ACCOUNT_") {
                    command.env_remove(name);
                }
            }
            for name in ["HTTP_FORWARDED_COUNT", "MONGO_OPTIONS", "MONGO_URL_FILE", "MAIL_URL_FILE"] {
                command.env_remove(name);
            }
            command.args([COMMAND, "serve"]);
            command.env("RC_ACCOUNT_STANDALONE", "true");
            command.env("RC_ACCOUNT_OPS_BIND", "").env("MAIL_URL", mail_url);
            command.env("MONGO_URL", mongo_url).env("PORT", port.to_string()).env("BIND_IP", "127.0.0.1");
            command.env("ROOT_URL", &root_url);
            if let Some(record) = record {
                command.env("RC_ACCOUNT_LOG", "trace");
                let log = record.canonicalize().context("cannot record there")?.join(record::LOG);
                std::fs::write(&log, "").context("cannot record there")?;
                // The folder of the process goes away with it, this log does not.
                std::os::unix::fs::symlink(&log, folder.join("log"))?;
            }
            Ok(command)
        })?;
        let service = Self { process, root_url };
        service.wait_until_it_answers().await?;
        Ok(service)
    }

    pub fn root_url(&self) -> &str {
        &self.root_url
    }

    /// Ends when the service has ended without being asked to, and says what it last said.
    pub async fn unexpected_end(&self) -> String {
        while !self.process.has_ended() {
            tokio::time::sleep(POLL).await;
        }
        self.log()
    }

    /// Asks the service to stop (SIGTERM) and insists on a clean end.
    pub async fn stop(self) -> anyhow::Result<()> {
        let status = self.process.stop().await.context("the service")?;
        ensure!(status.success(), "the service did not stop cleanly: {status}");
        Ok(())
    }

    /// A call without credentials costs nothing and must be refused with 401.
    async fn wait_until_it_answers(&self) -> anyhow::Result<()> {
        let client = devstack::http::client();
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            let seen = match client.post(format!("{}{PATH}", self.root_url)).send().await {
                Ok(answer) if answer.status() == 401 => return Ok(()),
                Ok(answer) => {
                    format!("it answers a call without credentials with {}, not 401", answer.status())
                }
                Err(_) => "nothing answers".to_owned(),
            };
            if self.process.has_ended() {
                bail!("the service did not come up: it has ended. {}", self.log());
            }
            if Instant::now() > deadline {
                let seconds = START_PATIENCE.as_secs();
                bail!("the service did not come up in {seconds} s: {seen}. {}", self.log());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    fn log(&self) -> String {
        match self.process.log_tail(LOG_LINES) {
            log if log.is_empty() => "It printed nothing".to_owned(),
            log => format!("The end of its log:\n{log}"),
        }
    }
}
