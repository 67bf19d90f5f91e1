use super::counts;
use crate::run::{Outcome, Results};

/// The form that build servers read: <https://github.com/testmoapp/junitxml>.
pub fn write(results: &Results) -> String {
    let counts = counts(results);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"conformance {}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
        results.version,
        results.cases.len(),
        counts.failed,
        counts.skipped
    );
    for (case, outcome) in &results.cases {
        let (subject, name) = case.id.split_once('/').unwrap_or(("", &case.id));
        let inside = match outcome {
            Outcome::Passed => String::new(),
            Outcome::Skipped(why) => format!("<skipped message=\"{}\"/>", escape(why)),
            Outcome::Failed(faults) => failure(&faults.join("\n")),
            Outcome::Broken(error) => failure(error),
        };
        let (subject, name) = (escape(subject), escape(name));
        xml.push_str(&format!("  <testcase classname=\"{subject}\" name=\"{name}\">{inside}</testcase>\n"));
    }
    xml.push_str("</testsuite>\n");
    xml
}

fn failure(text: &str) -> String {
    format!("<failure message=\"not as it should be\">{}</failure>", escape(text))
}

/// Characters that XML 1.0 cannot hold at all become the replacement character.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_an_answer_breaks_the_document() {
        assert_eq!(escape("a<b>&\"\u{0}\n"), "a&lt;b&gt;&amp;&quot;\u{FFFD}\n");
    }
}
