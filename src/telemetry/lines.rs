//! The lines of the log: their form, and how they leave the process.

use super::filter::LogFilter;
#[cfg(feature = "traces")]
use super::traces::Traces;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write, stdout};
use std::thread;
use std::time::Duration;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::{Layer, SubscriberExt};

/// How many lines may wait to be written. Where they are, whoever logs waits: a line is not lost because a disk is slow.
const WAITING: usize = 10_000;

/// How long lines are gathered before they are written together.
const GATHERED_FOR: Duration = Duration::from_millis(5);

/// `RC_ACCOUNT_LOG_FORMAT`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    #[default]
    Text,
    /// One object for each line.
    Json,
}

/// Held as long as there may be lines; dropped, it waits until they are written.
#[must_use]
pub struct Lines {
    _written: Option<WorkerGuard>,
    #[cfg(feature = "traces")]
    _traces: Option<Traces>,
}

/// Starts logging, and the sending of traces to this endpoint. A second call in one process changes nothing.
///
/// Lines are written by a thread of its own, with one call of the system for all that came within some milliseconds: so a
/// request does not pay for writing its line, nor for waking that thread.
pub fn start(filter: &LogFilter, format: LogFormat, traces_to: Option<&str>) -> Lines {
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING)
        .lossy(false)
        .thread_name("log")
        .finish(Gathered(BufWriter::new(stdout())));
    // A closed pipe is no reason to write a line on the other one for each that could not be written.
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).log_internal_errors(false);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(stdout().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(filter.targets()));
    #[cfg(feature = "traces")]
    let traces = traces_to.map(Traces::start);
    #[cfg(feature = "traces")]
    let subscriber =
        subscriber.with(traces.as_ref().and_then(|traces| traces.as_ref().ok()).map(Traces::layer));
    let is_first = tracing::subscriber::set_global_default(subscriber).is_ok();
    #[cfg(feature = "traces")]
    if let Some(Err(error)) = &traces {
        tracing::warn!(%error, "OTEL_EXPORTER_OTLP_ENDPOINT: no traces are sent");
    }
    #[cfg(not(feature = "traces"))]
    if traces_to.is_some() {
        tracing::warn!("OTEL_EXPORTER_OTLP_ENDPOINT: this program was built without the feature `traces`");
    }
    Lines {
        _written: is_first.then_some(guard),
        #[cfg(feature = "traces")]
        _traces: traces.and_then(Result::ok),
    }
}

/// Standard output, written to now and then. The thread that owns it flushes it whenever no line waits.
struct Gathered(BufWriter<Stdout>);

impl Write for Gathered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    #[expect(clippy::disallowed_methods, reason = "the thread does nothing else")]
    fn flush(&mut self) -> io::Result<()> {
        thread::sleep(GATHERED_FOR);
        self.0.flush()
    }
}
