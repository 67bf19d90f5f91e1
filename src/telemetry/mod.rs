//! What the service tells of itself: lines on standard output, and metrics. Secrets are passed to neither.
//!
//! The contracts: `docs/LOGGING.md`, `docs/OPERATIONS.md` section 3.

mod filter;
mod lines;
mod metrics;
#[cfg(feature = "traces")]
pub mod traces;

pub use filter::{AUDIT, LogFilter};
pub use lines::{Lines, LogFormat, start};
pub use metrics::{Metrics, upkeep};

#[cfg(feature = "traces")]
pub use traces::traceparent;

/// The header `traceparent` for whoever is called next: none, because this build sends no traces.
#[cfg(not(feature = "traces"))]
pub fn traceparent() -> Option<String> {
    None
}
