//! `docs/MAIL.md`: each row of its table of servers names tests that there are.

use std::fs;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const FEWEST_ROWS: usize = 20;

fn texts_below(folder: &Path, texts: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts_below(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push_str(&fs::read_to_string(&path).expect("text"));
        }
    }
}

#[test]
fn every_row_about_a_server_names_tests_that_there_are() {
    let document = fs::read_to_string(Path::new(ROOT).join("docs/MAIL.md")).expect("the document");
    let (_, section) = document.split_once("\n## Servers\n").expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() >= FEWEST_ROWS, "{}", rows.len());
    let mut texts = String::new();
    for folder in ["src", "tests/api"] {
        texts_below(&Path::new(ROOT).join(folder), &mut texts);
    }
    for row in rows {
        let tests = row.trim_matches('|').rsplit('|').next().expect("a cell");
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test: {row}");
        for name in names {
            assert!(texts.contains(&format!("fn {name}()")), "{name} is no test: {row}");
        }
    }
}
