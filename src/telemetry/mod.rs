//! What the service tells of itself: lines on standard output, and metrics. Secrets are passed to neither.
//!
//! The contracts: `docs/LOGGING.md`, `docs/OPERATIONS.md` section 3.

mod filter;
mod lines;
mod metrics;

pub use filter::{AUDIT, LogFilter};
pub use lines::{Lines, LogFormat, start};
pub use metrics::{Metrics, upkeep};
