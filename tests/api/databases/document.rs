//! The tables of docs/DATABASES.md, held against the program's own and against the tests.

use super::{LINES, MEMBER_LINES};
use rc_account::mongo_url::{Fate, KNOWN};
use std::path::Path;

/// The cells of each row below that heading, without head and rule.
pub fn rows(heading: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/DATABASES.md");
    let text = std::fs::read_to_string(path).expect("the document");
    let section = text.lines().skip_while(|line| line.trim_start_matches('#').trim() != heading).skip(1);
    let section = section.take_while(|line| !line.starts_with('#'));
    let rows: Vec<Vec<String>> = section
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    assert!(!rows.is_empty(), "no table below {heading}");
    rows
}

/// What stands in code quotes first.
pub fn code(cell: &str) -> &str {
    cell.split('`').nth(1).unwrap_or_else(|| panic!("no code in {cell}"))
}

/// The example of an option, and its name.
pub fn option(cell: &str) -> (String, String) {
    let example = code(cell).to_owned();
    let name = match example.strip_prefix('{') {
        Some(object) => object.split('"').nth(1).expect("a name"),
        None => example.split('=').next().expect("a name"),
    };
    let name = name.to_owned();
    (example, name)
}

#[test]
fn every_option_of_the_driver_has_its_row_and_every_row_its_option() {
    for (heading, fate) in [("Taken", Fate::Taken), ("Ignored", Fate::Ignored), ("Refused", Fate::Refused)] {
        let known: Vec<String> = KNOWN
            .iter()
            .filter(|known| known.fate() == fate)
            .map(|known| format!("{}: {}", known.name, known.why().unwrap_or_default()))
            .collect();
        let written: Vec<String> = rows(heading)
            .iter()
            .map(|cells| {
                let why = if fate == Fate::Taken { "" } else { &cells[1] };
                format!("{}: {why}", option(&cells[0]).1)
            })
            .collect();
        for row in &known {
            assert!(written.contains(row), "docs/DATABASES.md, {heading}, lacks: {row}");
        }
        assert_eq!(written, known, "{heading}");
    }
}

#[test]
fn every_line_about_a_database_is_documented_and_every_documented_one_tested() {
    let mut tested: Vec<&str> = LINES.iter().chain(&MEMBER_LINES).copied().collect();
    tested.sort_unstable();
    let documented = rows("What is said where it does not work");
    let mut lines: Vec<&str> = documented.iter().map(|cells| code(&cells[1])).collect();
    lines.sort_unstable();
    assert_eq!(lines, tested);
}

#[test]
fn every_test_that_is_named_is_there() {
    let mut sources = String::new();
    for file in [
        "databases.rs",
        "databases/login.rs",
        "databases/reached.rs",
        "databases/srv.rs",
        "databases/tls.rs",
        "databases/options.rs",
        "databases/variables.rs",
        "check_database.rs",
        "settings.rs",
        "rate_limit_scope.rs",
        "flood.rs",
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api").join(file);
        sources += &std::fs::read_to_string(path).expect(file);
    }
    for file in [
        "src/store/connect/tests.rs",
        "src/mongo_url/tests.rs",
        "src/mongo_url/tests/parts.rs",
        "src/config/tests.rs",
    ] {
        sources += &std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect(file);
    }
    for heading in ["Forms", "Taken", "What is said where it does not work", "Rocket.Chat's other variables"]
    {
        for cells in rows(heading) {
            let named: Vec<&str> = cells.last().expect("a cell").split('`').skip(1).step_by(2).collect();
            assert!(!named.is_empty(), "{heading}: no test for {}", cells[0]);
            for test in named {
                let name = test.rsplit("::").next().expect("a name");
                assert!(sources.contains(&format!("fn {name}(")), "{heading}: there is no {test}");
            }
        }
    }
}
