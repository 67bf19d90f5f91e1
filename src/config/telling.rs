//! What the service tells of itself, and to whom.

use super::ConfigError;
use super::value::{invalid, parsed};
use crate::telemetry::{LogFilter, LogFormat};

pub(super) fn log(text: &str) -> Result<LogFilter, ConfigError> {
    const EXPECTED: &str = "off, error, warn, info, debug or trace, and levels of single modules after commas, such as \
         info,rc_account::mail=debug";
    parsed("RC_ACCOUNT_LOG", text, EXPECTED)
}

pub(super) fn traces_to(text: Option<String>) -> Result<Option<String>, ConfigError> {
    const KEY: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let is_address = |text: &String| text.starts_with("http://") || text.starts_with("https://");
    match text {
        Some(text) if !is_address(&text) => Err(invalid(
            KEY,
            &text,
            "the address of an OTLP collector over HTTP, such as http://collector:4318",
        )),
        text => Ok(text),
    }
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, ConfigError> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(invalid("RC_ACCOUNT_LOG_FORMAT", other, "text or json")),
    }
}
