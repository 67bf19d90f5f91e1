//! How findings are shown: lines for people, the worst first, or one JSON document for programs.

use super::{Finding, Level};
use anstyle::{AnsiColor, Style};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Duration;

/// What a run of all checks has shown.
#[derive(Debug, Clone)]
pub struct Report {
    pub time: DateTime<Utc>,
    /// The name of the workspace's database, where one could be reached.
    pub database: Option<String>,
    /// The worst first; of one level in the order in which they were found.
    pub findings: Vec<Finding>,
}

/// How lines are to look.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    pub is_coloured: bool,
    /// The terminal's, in characters. `None`: lines are as long as they are.
    pub width: Option<usize>,
}

impl Look {
    /// As fits this standard output: plain and of any length for a file, coloured for a terminal unless `NO_COLOR` is set.
    #[must_use]
    pub fn of_output() -> Look {
        let output = std::io::stdout();
        let choice = anstream::AutoStream::choice(&output);
        let width = terminal_size::terminal_size_of(&output).map(|(width, _)| usize::from(width.0));
        Look { is_coloured: choice != anstream::ColorChoice::Never, width }
    }
}

/// What stands before a message: the level and the check.
const INDENT: usize = 24;
/// A message is not squeezed into fewer columns.
const NARROWEST: usize = 40;

impl Report {
    /// 1 if anything is wrong, else 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        u8::from(self.count(Level::Error) > 0)
    }

    fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    /// Each finding with its remedy below it, and a last line that sums up.
    #[must_use]
    pub fn lines(&self, look: Look) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            let style = if look.is_coloured { style(finding.level) } else { Style::new() };
            let level = finding.level.name();
            let padding = " ".repeat(9_usize.saturating_sub(level.len()));
            // Writing into a text cannot fail.
            let _ = write!(text, "{style}{level}{style:#}{padding}{:<14} ", finding.check);
            write_wrapped(&mut text, &one_line(&finding.message), look);
            if let Some(remedy) = &finding.remedy {
                let _ = write!(text, "{:>23} ", "→");
                write_wrapped(&mut text, &one_line(remedy), look);
            }
        }
        let numbers = [Level::Error, Level::Warning, Level::Hint].map(|level| {
            let (number, name) = (self.count(level), level.name());
            format!("{number} {name}{}", if number == 1 { "" } else { "s" })
        });
        let _ = writeln!(text, "{}", numbers.join(", "));
        text
    }

    /// One object.
    #[must_use]
    pub fn json(&self) -> String {
        let findings: Vec<Value> = self.findings.iter().map(as_value).collect();
        let summary: serde_json::Map<String, Value> =
            Level::ALL.iter().map(|level| (level.name().to_owned(), self.count(*level).into())).collect();
        let report = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "time": self.time.to_rfc3339_opts(SecondsFormat::Millis, true),
            "database": self.database,
            "summary": summary,
            "findings": findings,
        });
        format!("{report:#}\n")
    }
}

fn as_value(finding: &Finding) -> Value {
    let mut value = json!({
        "check": finding.check,
        "level": finding.level.name(),
        "code": finding.code,
        "message": finding.message,
        "remedy": finding.remedy,
    });
    if let Some(details) = &finding.details {
        value["details"] = details.clone();
    }
    value
}

fn style(level: Level) -> Style {
    match level {
        Level::Ok => AnsiColor::Green.on_default(),
        Level::Hint => AnsiColor::Cyan.on_default(),
        Level::Warning => AnsiColor::Yellow.on_default(),
        Level::Error => AnsiColor::Red.on_default().bold(),
    }
}

/// What is to be pasted is never broken within a word.
fn write_wrapped(text: &mut String, message: &str, look: Look) {
    let Some(width) = look.width else {
        let _ = writeln!(text, "{message}");
        return;
    };
    let width = width.saturating_sub(INDENT).max(NARROWEST);
    let options = textwrap::Options::new(width).break_words(false);
    for (index, line) in textwrap::wrap(message, options).iter().enumerate() {
        let indent = if index == 0 { 0 } else { INDENT };
        let _ = writeln!(text, "{:indent$}{line}", "");
    }
}

/// The ending of a word of which there are so many.
pub(super) fn plural(number: u64) -> &'static str {
    if number == 1 { "" } else { "s" }
}

/// How long something has lasted, in the unit that fits.
pub fn in_words(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// A stored text can hold anything: it must not start a new line or control the terminal.
pub fn one_line(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut line, c| {
        if c.is_control() || is_invisible(c) {
            line.extend(c.escape_default())
        } else {
            line.push(c)
        }
        line
    })
}

/// Line separators, and characters that change the direction of writing.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests;
