//! Time as a parameter, so that nothing in the domain reads a clock of its own.

use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Tells the present moment. `main` passes [`system`], tests pass what they need.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The machine's clock.
#[must_use]
pub fn system() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "this file owns the clock")]
    Arc::new(Utc::now)
}
