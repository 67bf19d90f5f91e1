//! How findings are shown: lines for people, one JSON document for programs.

use super::{Finding, Level};
use serde_json::{Value, json};
use std::fmt::Write;

#[must_use]
pub fn render(findings: &[Finding], as_json: bool) -> String {
    if as_json { json(findings) } else { text(findings) }
}

/// 1 if anything is wrong, else 0.
#[must_use]
pub fn exit_code(findings: &[Finding]) -> u8 {
    u8::from(findings.iter().any(|finding| finding.level == Level::Error))
}

/// One line for each finding, its remedy below it, and a last line that sums up.
fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let (level, check) = (finding.level.name(), finding.check);
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{level:<8} {check:<14} {}", one_line(&finding.message));
        if let Some(remedy) = &finding.remedy {
            let _ = writeln!(text, "{:>23} {}", "→", one_line(remedy));
        }
    }
    let (errors, warnings) = (count(findings, Level::Error), count(findings, Level::Warning));
    let _ = writeln!(text, "{errors} error{}, {warnings} warning{}", plural(errors), plural(warnings));
    text
}

/// An array of `{check, level, message, remedy, details?}`.
fn json(findings: &[Finding]) -> String {
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let mut value = json!({
                "check": finding.check,
                "level": finding.level.name(),
                "message": finding.message,
                "remedy": finding.remedy,
            });
            if let Some(details) = &finding.details {
                value["details"] = details.clone();
            }
            value
        })
        .collect();
    format!("{:#}\n", Value::Array(findings))
}

fn plural(number: usize) -> &'static str {
    if number == 1 { "" } else { "s" }
}

fn count(findings: &[Finding], level: Level) -> usize {
    findings.iter().filter(|finding| finding.level == level).count()
}

/// A stored text can hold anything: it must not start a new line or control the terminal.
pub(super) fn one_line(text: &str) -> String {
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
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        vec![
            Finding::ok("mongodb", "MongoDB 7.0.5"),
            Finding::warning("mail", "no mail server is configured", "set SMTP_Host"),
            Finding::error("renames", "a\nok\u{1b}[2J\u{202e}", "look").details(json!({"users": ["a"]})),
        ]
    }

    #[test]
    fn a_finding_is_one_line_with_its_remedy_below_it() {
        let expected = "\
ok       mongodb        MongoDB 7.0.5
warning  mail           no mail server is configured
                      → set SMTP_Host
error    renames        a\\nok\\u{1b}[2J\\u{202e}
                      → look
1 error, 1 warning
";
        assert_eq!(render(&findings(), false), expected);
        assert_eq!(render(&[], false), "0 errors, 0 warnings\n");
    }

    #[test]
    fn warnings_are_no_failure() {
        assert_eq!(exit_code(&findings()[..2]), 0);
        assert_eq!(exit_code(&findings()), 1);
    }

    #[test]
    fn the_json_holds_every_finding_and_details_only_where_there_are_any() {
        let read: Value = serde_json::from_str(&render(&findings(), true)).expect("JSON");
        let expected = json!([
            {"check": "mongodb", "level": "ok", "message": "MongoDB 7.0.5", "remedy": null},
            {"check": "mail", "level": "warning", "message": "no mail server is configured", "remedy": "set SMTP_Host"},
            {
                "check": "renames", "level": "error", "message": "a\nok\u{1b}[2J\u{202e}", "remedy": "look",
                "details": {"users": ["a"]},
            },
        ]);
        assert_eq!(read, expected);
    }
}
