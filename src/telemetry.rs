//! Logs: structured lines on standard output. Nothing secret is ever handed to them.

use std::io::IsTerminal;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

/// Starts logging at this level. A second call in one process changes nothing.
pub fn start(level: LevelFilter) {
    let lines = tracing_subscriber::fmt().with_max_level(level).with_target(true);
    let lines = if std::io::stdout().is_terminal() { lines } else { lines.with_ansi(false) };
    // At trace level this crate shows the password with which it signs in.
    let discreet =
        Targets::new().with_default(level).with_target("async_nats", level.min(LevelFilter::DEBUG));
    let _ = tracing::subscriber::set_global_default(lines.finish().with(discreet));
}
