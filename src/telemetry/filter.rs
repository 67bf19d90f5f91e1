//! `RC_ACCOUNT_LOG`: which lines are written.

use std::str::FromStr;
use tracing_subscriber::filter::{LevelFilter, Targets};

/// The target of what an auditor wants to see, whatever the level of the rest.
pub const AUDIT: &str = "audit";

/// The target of spans that are sent to a collector; no line shows them.
pub(super) const TRACES: &str = "traces";

/// A level for everything, and levels for single modules, as in `info,rc_account::mail=debug`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter {
    level: LevelFilter,
    modules: Vec<(String, LevelFilter)>,
}

/// Neither a level nor `MODULE=LEVEL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoFilter;

impl Default for LogFilter {
    fn default() -> Self {
        LogFilter { level: LevelFilter::INFO, modules: Vec::new() }
    }
}

impl FromStr for LogFilter {
    type Err = NoFilter;

    fn from_str(text: &str) -> Result<LogFilter, NoFilter> {
        let mut filter = LogFilter::default();
        let mut levels = 0;
        for part in text.split(',').map(str::trim) {
            if let Some((module, level)) = part.split_once('=') {
                filter.modules.push((module_name(module)?, level_named(level)?));
            } else {
                filter.level = level_named(part)?;
                levels += 1;
            }
        }
        if levels > 1 { Err(NoFilter) } else { Ok(filter) }
    }
}

fn level_named(text: &str) -> Result<LevelFilter, NoFilter> {
    match text.trim() {
        "off" => Ok(LevelFilter::OFF),
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err(NoFilter),
    }
}

fn module_name(text: &str) -> Result<String, NoFilter> {
    let text = text.trim();
    let is_name = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_:-".contains(c));
    if is_name { Ok(text.to_owned()) } else { Err(NoFilter) }
}

impl LogFilter {
    /// The HTTP library calls each malformed request an error. Anybody can send those: they are said only to who debugs.
    /// Audit events are left out only where that is asked for.
    pub(super) fn targets(&self) -> Targets {
        let of_strangers = if self.level >= LevelFilter::DEBUG { self.level } else { LevelFilter::OFF };
        let of_audit =
            if self.level == LevelFilter::OFF { self.level } else { self.level.max(LevelFilter::INFO) };
        let targets = Targets::new()
            .with_default(self.level)
            .with_target("actix_http", of_strangers)
            .with_target(AUDIT, of_audit)
            .with_target(TRACES, LevelFilter::OFF);
        self.modules.iter().fold(targets, |targets, (module, level)| targets.with_target(module, *level))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    fn enabled(filter: &str, target: &str) -> Option<Level> {
        let targets = filter.parse::<LogFilter>().expect(filter).targets();
        let levels = [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR];
        levels.into_iter().find(|level| targets.would_enable(target, level))
    }

    #[test]
    fn a_filter_is_a_level_and_levels_of_modules() {
        for (filter, target, level) in [
            ("info", "some::room", Some(Level::INFO)),
            ("warn", "some::room", Some(Level::WARN)),
            ("info,some::room=debug", "some::room::smtp", Some(Level::DEBUG)),
            ("info,some::room=debug", "another", Some(Level::INFO)),
            ("some::room=off", "some::room", None),
            (" error , mongodb = trace ", "mongodb::sdam", Some(Level::TRACE)),
            ("info", "actix_http::h1", None),
            ("debug", "actix_http::h1", Some(Level::DEBUG)),
            ("info,actix_http=warn", "actix_http::h1", Some(Level::WARN)),
            ("error", AUDIT, Some(Level::INFO)),
            ("error,audit=off", AUDIT, None),
            ("off", AUDIT, None),
        ] {
            assert_eq!(enabled(filter, target), level, "{filter} {target}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["loud", "", "info,", "info,debug", "=info", "a b=info", "rc_account=loud", "3", "a=b=info"]
        {
            assert_eq!(text.parse::<LogFilter>(), Err(NoFilter), "{text}");
        }
    }
}
