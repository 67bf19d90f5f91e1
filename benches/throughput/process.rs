//! The service as an operator runs it, and what Linux says about a process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;

/// A running `rc-account serve`; killed when dropped.
pub struct Service {
    child: Child,
    pub address: SocketAddr,
    /// From its start until it said that it is ready.
    pub ready: Duration,
}

impl Service {
    pub fn start(program: &Path, environment: &[(&str, &str)]) -> anyhow::Result<Service> {
        let began = Instant::now();
        let mut command = Command::new(program);
        let folder = program.parent().context("the program is in a folder")?;
        command.arg("serve").env_clear().envs(environment.iter().copied()).current_dir(folder);
        let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn()?;
        let lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        let mut lines = lines.map_while(Result::ok);
        let line = lines.find(|line| line.contains("is ready")).context("it does not start")?;
        let ready = began.elapsed();
        let address = line.split("address=").nth(1).and_then(|rest| rest.split(' ').next());
        let address = address.context("it does not say where it listens")?.parse()?;
        // A full pipe would stop the program.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Service { child, address, ready })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Processor time that a process has used so far, of all its threads.
pub fn processor_time(id: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name in parentheses may hold blanks; what is counted stands behind it.
    let fields: Vec<&str> = stat.rsplit(')').next().context("no fields")?.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}

/// Resident memory of a process in MiB: now, and at its most.
pub fn memory(id: u32) -> anyhow::Result<(f64, f64)> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let field = |name: &str| -> anyhow::Result<f64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such field")?;
        Ok(line.split_whitespace().next().context("no number")?.parse::<f64>()? / 1024.0)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}
