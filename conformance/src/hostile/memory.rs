//! The memory of a process on this machine, as Linux counts it.

use anyhow::Context;

#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Bytes.
    pub resident: u64,
}

impl Memory {
    /// That of the process now.
    ///
    /// # Errors
    /// There is no such process, or this is not Linux.
    pub fn of(process: u32) -> anyhow::Result<Memory> {
        let status = std::fs::read_to_string(format!("/proc/{process}/status"));
        let status = status.with_context(|| format!("--pid {process}: no such process here"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().context("VmRSS")?;
        Ok(Memory { resident: kilobytes * 1024 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory() {
        assert!(Memory::of(std::process::id()).unwrap().resident > 100_000);
        assert!(Memory::of(u32::MAX).is_err());
    }
}
