//! `docs/COMPATIBILITY.md`: its table by version is the one that the service goes by, and each row has a test that
//! there is.

use rc_account::release::{Certainty, ROWS, Row};
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn document() -> String {
    fs::read_to_string(Path::new(ROOT).join("docs/COMPATIBILITY.md")).expect("the document")
}

/// The sections with the lines of their tables, without heads and rules.
fn tables(document: &str) -> Vec<(String, Vec<Vec<String>>)> {
    let mut sections = Vec::new();
    for line in document.lines() {
        if let Some(title) = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))
        {
            sections.push((title.to_owned(), Vec::new()));
        } else if line.starts_with('|')
            && let Some((_, rows)) = sections.last_mut()
        {
            let cells = line.trim_matches('|').replace("\\|", "\u{0}");
            rows.push(cells.split('|').map(|cell| cell.trim().replace('\u{0}', "|")).collect::<Vec<_>>());
        }
    }
    sections.retain(|(_, rows)| !rows.is_empty());
    for (title, rows) in &mut sections {
        let rule = rows.get(1).and_then(|rule| rule.first());
        assert!(rule.is_some_and(|cell| cell.starts_with("---")), "{title} has no table head");
        rows.drain(..2);
    }
    sections
}

/// The behaviours as the document writes them.
fn behaviours(row: &Row) -> String {
    let said = |value: &str| match value.rsplit("::").next().unwrap_or(value).trim() {
        "true" => "yes".to_owned(),
        "false" => "no".to_owned(),
        // The fields of a struct are told in words.
        name => name.split('{').next().unwrap_or(name).trim().to_owned(),
    };
    let later = row.changes.iter().map(|(version, value)| format!("; **{version}** {}", said(value)));
    format!("{}{}", said(row.first), later.collect::<String>())
}

fn certainty(row: &Row) -> &'static str {
    match row.certainty {
        Certainty::Known => "known",
        Certainty::Bounded => "bounded",
        Certainty::Inferred => "inferred",
    }
}

#[test]
fn the_table_by_version_is_the_one_that_the_service_goes_by() {
    let tables = tables(&document());
    let (_, rows) = tables.iter().find(|(title, _)| title == "By version").expect("the section");
    let written: Vec<String> =
        rows.iter().map(|cells| [&cells[0], &cells[2], &cells[3]].map(String::as_str).join(" | ")).collect();
    let known: Vec<String> =
        ROWS.iter().map(|row| format!("`{}` | {} | {}", row.name, behaviours(row), certainty(row))).collect();
    for row in &known {
        assert!(written.contains(row), "docs/COMPATIBILITY.md lacks: {row}");
    }
    assert_eq!(written, known);
}

/// All Rust files below these folders, with their texts.
fn sources() -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(ROOT).join("tests"), Path::new(ROOT).join("src")];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("text");
                sources.push((path, text));
            }
        }
    }
    sources
}

/// A test by `file::name`, a whole file by its module, name or path, or a case by `subject/name`.
fn is_there(sources: &[(PathBuf, String)], test: &str) -> bool {
    if test.contains('/') && !test.ends_with(".rs") {
        return passes_as_a_case(test);
    }
    fn file<'a>(sources: &'a [(PathBuf, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
        sources.iter().filter(move |(path, _)| path.ends_with(name)).map(|(_, text)| text.as_str())
    }
    match test.rsplit_once("::") {
        None => file(sources, test)
            .any(|text| ["#[test]", "#[tokio::test", "proptest!"].iter().any(|mark| text.contains(mark))),
        Some((module, name)) => {
            let module = format!("{}.rs", module.replace("::", "/"));
            let whole = format!("{}.rs", test.replace("::", "/"));
            file(sources, &module).any(|text| text.contains(&format!("fn {name}(")))
                || file(sources, &whole).next().is_some()
        }
    }
}

/// A case of the conformance kit that passes at one version at least.
fn passes_as_a_case(id: &str) -> bool {
    let results = fs::read_dir(Path::new(ROOT).join("conformance/results")).expect("the results");
    results.into_iter().any(|file| {
        let text = fs::read_to_string(file.expect("an entry").path()).expect("text");
        text.contains(&format!("\"{id}\": \"passed\""))
    })
}

#[test]
fn every_row_names_tests_that_there_are() {
    let sources = sources();
    let mut missing = Vec::new();
    for (title, rows) in tables(&document()) {
        for cells in rows.iter().filter(|_| title != "Not there yet") {
            let named = cells.last().expect("a cell");
            let tests: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
            if tests.is_empty() {
                missing.push(format!("{title}: no test holds: {}", cells[0]));
            }
            for test in tests.into_iter().filter(|test| !is_there(&sources, test)) {
                missing.push(format!("{title}: there is no {test}"));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}
