//! How Linux schedules a thread. A package of its own, because this takes a system call for which there is no safe crate,
//! and everywhere else unsafe code is forbidden.

use std::io;
use std::time::Duration;

/// How a thread is scheduled among others of the usual policy (`SCHED_OTHER`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheduling {
    /// From -20 to 19: which share of the processor it gets where others want it, too. To lower it takes a privilege.
    pub niceness: i32,
    /// For how long it would run at a time. Whoever asks for less interrupts it at once, and waits for the end of the slice
    /// otherwise. From 0.1 ms to 100 ms; Linux before 6.12 has only the usual slice.
    pub slice: Duration,
}

/// For the thread that calls.
///
/// # Errors
/// What the system says, which may have a filter of calls (seccomp); then nothing is changed. Always elsewhere than on Linux.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "there is no safe wrapper of sched_setattr for this policy")]
pub fn schedule(scheduling: Scheduling) -> io::Result<()> {
    let attributes = libc::sched_attr {
        size: u32::try_from(size_of::<libc::sched_attr>()).map_err(io::Error::other)?,
        sched_policy: libc::SCHED_OTHER.cast_unsigned(),
        sched_flags: 0,
        sched_nice: scheduling.niceness,
        sched_priority: 0,
        sched_runtime: u64::try_from(scheduling.slice.as_nanos()).map_err(io::Error::other)?,
        sched_deadline: 0,
        sched_period: 0,
    };
    // SAFETY: the system reads `size` bytes of the attributes, which outlive the call, and writes none. Thread 0 is the
    // caller.
    let outcome = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0_u32) };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(not(target_os = "linux"))]
pub fn schedule(_: Scheduling) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "reads what the system tells, and serves nobody")]
mod tests {
    use super::*;
    use std::fs::read_to_string;

    const LONG: Scheduling = Scheduling { niceness: 19, slice: Duration::from_millis(100) };

    /// The niceness of the thread that calls: the 19th word, of which the second may hold spaces.
    fn niceness() -> i32 {
        let stat = read_to_string("/proc/thread-self/stat").expect("readable");
        let (_, behind_name) = stat.rsplit_once(") ").expect("a name");
        behind_name.split(' ').nth(16).expect("a word").parse().expect("a number")
    }

    /// Its slice in nanoseconds, where the system tells.
    fn slice() -> Option<u128> {
        let told = read_to_string("/proc/thread-self/sched").ok()?;
        let line = told.lines().find(|line| line.starts_with("se.slice"))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    /// Whether the system has slices of threads' own.
    fn has_slices() -> bool {
        let release = read_to_string("/proc/sys/kernel/osrelease").expect("readable");
        let mut numbers = release.split('.').map_while(|number| number.parse::<u32>().ok());
        numbers.next().zip(numbers.next()).is_some_and(|version| version >= (6, 12))
    }

    #[test]
    fn a_thread_is_scheduled_as_it_asks() {
        let before = (niceness(), slice());
        let changed = std::thread::spawn(|| {
            schedule(LONG).expect("allowed");
            (niceness(), slice())
        });
        let (niceness_then, slice_then) = changed.join().expect("no panic");
        assert_eq!(niceness_then, LONG.niceness);
        if has_slices() {
            assert!(slice_then.is_none_or(|slice| slice == LONG.slice.as_nanos()), "{slice_then:?}");
        }
        assert_eq!((niceness(), slice()), before);
        assert!(schedule(Scheduling { slice: Duration::MAX, ..LONG }).is_err());
    }
}
