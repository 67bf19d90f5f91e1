//! The threads that bcrypt runs on. Those for strangers, and for many users at a time, stand behind everything else on the
//! machine: behind the requests of this process, MongoDB, and the hashing of a user who is alone. So a storm of logins or of new
//! passwords takes what the others leave.

use super::HashingError;
use scheduling::{Scheduling, schedule};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// As nice as that to others: as nice as can be. Where others want all of the machine, such a thread gets a seventieth of what
/// another one gets; with more, a bio waits several times as long while many change passwords (docs/PERFORMANCE.md).
pub(super) const BEHIND: i32 = 19;
/// As long as can be: so whoever wakes up goes on at once, and not when the usual slice is over, which is noticed every few
/// milliseconds only.
const SLICE: Duration = Duration::from_millis(100);

/// So many threads at most; they end when there is nothing to do for a while.
#[derive(Debug)]
pub(super) struct Threads(Option<Runtime>);

impl Threads {
    pub(super) fn new(count: usize, niceness: i32) -> Threads {
        let runtime = Builder::new_current_thread()
            .thread_name("bcrypt")
            .max_blocking_threads(count)
            .on_thread_start(move || give_way(niceness))
            .build();
        Threads(runtime.ok())
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        let task = match &self.0 {
            Some(runtime) => runtime.spawn_blocking(work),
            None => tokio::task::spawn_blocking(work),
        };
        task.await.map_err(|_| HashingError::Cancelled)
    }
}

impl Drop for Threads {
    /// Nobody waits any more for what still runs.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// As good as it goes: hashing is right without it, too.
fn give_way(niceness: i32) {
    if niceness != 0 {
        let _ = schedule(Scheduling { niceness, slice: SLICE });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "reads what the system tells, and serves nobody")]
    async fn they_give_way_to_the_others() {
        // The 19th word, of which the second may hold spaces.
        let niceness = || -> Option<i32> {
            let stat = std::fs::read_to_string("/proc/thread-self/stat").ok()?;
            stat.rsplit_once(") ")?.1.split(' ').nth(16)?.parse().ok()
        };
        let own = niceness();
        assert!(own.is_some());
        for (given, expected) in [(BEHIND, Some(BEHIND)), (0, own)] {
            let threads = Threads::new(1, given);
            assert_eq!(threads.run(niceness).await.expect("it runs"), expected);
        }
        assert_eq!(niceness(), own);
    }
}
