//! What the service tells of itself: structured lines on standard output, and metrics. Secrets are passed to neither.

mod metrics;

pub use metrics::{Metrics, upkeep};

use std::io::IsTerminal;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};

/// Starts logging at this level. A second call in one process changes nothing.
pub fn start(level: LevelFilter) {
    let lines = tracing_subscriber::fmt::layer().with_target(true);
    let lines = if std::io::stdout().is_terminal() { lines } else { lines.with_ansi(false) };
    let _ = tracing::subscriber::set_global_default(
        tracing_subscriber::registry().with(lines.with_filter(wanted(level))),
    );
}

/// The HTTP library calls each malformed request an error. Anybody can send those: they are said only to who debugs.
fn wanted(level: LevelFilter) -> Targets {
    let of_strangers = if level >= LevelFilter::DEBUG { level } else { LevelFilter::OFF };
    Targets::new().with_default(level).with_target("actix_http", of_strangers)
}
