//! Logs: structured lines on standard output. Secrets are never passed to them.

use std::io::IsTerminal;
use tracing_subscriber::filter::LevelFilter;

/// Starts logging at this level. A second call in one process changes nothing.
pub fn start(level: LevelFilter) {
    let lines = tracing_subscriber::fmt().with_max_level(level).with_target(true);
    let lines = if std::io::stdout().is_terminal() { lines } else { lines.with_ansi(false) };
    let _ = tracing::subscriber::set_global_default(lines.finish());
}
