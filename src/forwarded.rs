//! How many entries `X-Forwarded-For` has, against what `HTTP_FORWARDED_COUNT` says: noted by requests, told by the
//! heartbeat, reported by `rc-account check`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// By this header `rc-account check` finds out whether the public route leads here. It says nothing to who sends it.
pub const MARK_HEADER: &str = "x-rc-account-check";
/// The latest marks are kept: anybody can send some.
const MARKS: usize = 16;
/// Of a mark, in characters.
const LONGEST_MARK: usize = 64;

/// A request with a mark, and how it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub mark: String,
    /// Of `X-Forwarded-For`.
    pub entries: u64,
    /// Whether the headers of the machine that sent it are believed.
    pub is_believed: bool,
}

/// What the requests of this process have shown.
#[derive(Debug)]
pub struct ForwardedEntries {
    /// `HTTP_FORWARDED_COUNT`
    count: u64,
    as_said: AtomicU64,
    more: Deviation,
    fewer: Deviation,
    marks: Mutex<VecDeque<Mark>>,
}

#[derive(Debug, Default)]
struct Deviation {
    looks: AtomicU64,
    latest: AtomicU64,
    is_said: AtomicBool,
}

/// How often the header was looked at, and what it was like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// `HTTP_FORWARDED_COUNT`
    pub count: u64,
    pub as_said: u64,
    /// With more entries than `count`; how many entries the latest of them had.
    pub more: u64,
    pub latest_more: u64,
    /// With fewer.
    pub fewer: u64,
    pub latest_fewer: u64,
}

impl Deviation {
    /// Whether it is the first one.
    fn note(&self, entries: u64) -> bool {
        self.looks.fetch_add(1, Ordering::Relaxed);
        self.latest.store(entries, Ordering::Relaxed);
        !self.is_said.swap(true, Ordering::Relaxed)
    }
}

impl ForwardedEntries {
    pub fn new(count: usize) -> ForwardedEntries {
        ForwardedEntries {
            count: count.try_into().unwrap_or(u64::MAX),
            as_said: AtomicU64::new(0),
            more: Deviation::default(),
            fewer: Deviation::default(),
            marks: Mutex::default(),
        }
    }

    /// A request came with this mark. What `check` would not have sent is not kept.
    pub fn note_mark(&self, mark: &str, entries: usize, is_believed: bool) {
        if mark.len() > LONGEST_MARK || !mark.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return;
        }
        let entries = entries.try_into().unwrap_or(u64::MAX);
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        if marks.len() == MARKS {
            marks.pop_front();
        }
        marks.push_back(Mark { mark: mark.to_owned(), entries, is_believed });
    }

    /// The latest marks.
    pub fn marks(&self) -> Vec<Mark> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The header of a request from a proxy that is believed had so many entries. Each kind of deviation is said once in
    /// the life of the process: a client, too, can send the header.
    pub fn note(&self, entries: usize) {
        let entries = entries.try_into().unwrap_or(u64::MAX);
        if entries == self.count {
            self.as_said.fetch_add(1, Ordering::Relaxed);
        } else if entries > self.count {
            if self.more.note(entries) {
                tracing::warn!(
                    entries,
                    HTTP_FORWARDED_COUNT = self.count,
                    "X-Forwarded-For has more entries than HTTP_FORWARDED_COUNT says: if that is so for every request, \
                     there are more proxies, and clients share one rate limit"
                );
            }
        } else if self.fewer.note(entries) {
            tracing::warn!(
                entries,
                HTTP_FORWARDED_COUNT = self.count,
                "X-Forwarded-For has fewer entries than HTTP_FORWARDED_COUNT says: if that is so for every request, \
                 there are fewer proxies, and clients share one rate limit, or choose their address"
            );
        }
    }

    pub fn seen(&self) -> Forwarded {
        let value = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Forwarded {
            count: self.count,
            as_said: value(&self.as_said),
            more: value(&self.more.looks),
            latest_more: value(&self.more.latest),
            fewer: value(&self.fewer.looks),
            latest_fewer: value(&self.fewer.latest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_bounded() {
        let entries = ForwardedEntries::new(1);
        for wrong in ["not hex", "$where", &"a".repeat(LONGEST_MARK + 1)] {
            entries.note_mark(wrong, 1, true);
        }
        assert_eq!(entries.marks(), []);
        for number in 0..100 {
            entries.note_mark(&format!("{number}"), 2, false);
        }
        let marks = entries.marks();
        assert_eq!(marks.len(), MARKS);
        assert_eq!(marks.last(), Some(&Mark { mark: "99".to_owned(), entries: 2, is_believed: false }));
    }
}
