//! Holds the code against `docs/ARCHITECTURE.md`: nothing below knows anything above, files stay small, and what the
//! comments cite exists.

#![expect(clippy::disallowed_methods, reason = "reads the sources, without a runtime")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const TABLE: &str = "docs/ARCHITECTURE.md";
const MOST_LINES: usize = 300;
const MOST_LINES_OF_NINE_IN_TEN: usize = 180;

/// The rooms of the table from top to bottom, each with those that it may use; `None`: all below it.
struct Rooms(Vec<(String, Option<Vec<String>>)>);

impl Rooms {
    fn read() -> Rooms {
        let text = fs::read_to_string(TABLE).expect(TABLE);
        let table = text.lines().skip_while(|line| !line.starts_with("| Room |")).skip(2);
        let mut rooms = Vec::new();
        for row in table.take_while(|line| line.starts_with('|')) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
            let [names, _, may_use] = cells[..] else { panic!("{TABLE}: not three cells: {row}") };
            let may_use = (may_use.trim() != "all below").then(|| in_code_quotes(may_use));
            rooms.extend(in_code_quotes(names).into_iter().map(|name| (name, may_use.clone())));
        }
        Rooms(rooms)
    }

    fn floor(&self, room: &str) -> Option<usize> {
        self.0.iter().position(|(name, _)| name == room)
    }

    /// Why `user` may not use `used`.
    fn refusal(&self, user: &str, used: &str) -> Option<String> {
        let Some(floor) = self.floor(user) else { return Some(format!("{user} is not in the table")) };
        match (self.floor(used), &self.0[floor].1) {
            (None, _) => Some(format!("{used} is not in the table")),
            (Some(below), None) if below > floor => None,
            (Some(_), Some(listed)) if listed.iter().any(|name| name == used) => None,
            _ => Some(format!("{user} may not use {used}")),
        }
    }
}

fn in_code_quotes(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every file below the folder that ends so, in the order of their names.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.to_string_lossy().ends_with(ending) {
                found.push(entry);
            }
        }
    }
    found.sort();
    found
}

/// The first name of the path below `src`.
fn room_of(file: &Path) -> String {
    let path = file.strip_prefix("src").expect("below src");
    let first = path.components().next().expect("a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// Every `crate::room` (in the binary: `rc_account::room`) with its line, also those in a group `crate::{a, b::C}`.
/// Comments do not count.
fn uses(text: &str) -> Vec<(usize, String)> {
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n").replace("rc_account::", "crate::");
    let mut found = Vec::new();
    for (at, prefix) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            None => found.push((line, first_name(rest))),
            Some(group) => found.extend(members(group).into_iter().map(|member| (line, member))),
        }
    }
    found
}

/// The first names of a group of `use`, up to the brace that ends it.
fn members(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut members = vec![String::new()];
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => members.push(String::new()),
            c => members.last_mut().expect("one at least").push(c),
        }
    }
    members.iter().map(|member| first_name(member.trim())).filter(|name| !name.is_empty()).collect()
}

fn first_name(path: &str) -> String {
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_room_uses_only_rooms_that_the_table_grants_it() {
    let rooms = Rooms::read();
    let mut faults = Vec::new();
    for file in files("src", ".rs") {
        let (room, text) = (room_of(&file), fs::read_to_string(&file).expect("text"));
        if room != "lib" && rooms.floor(&room).is_none() {
            faults.push(format!("{}: {room} is not in the table", file.display()));
        }
        for (line, used) in uses(&text).into_iter().filter(|(_, used)| *used != room) {
            if let Some(refusal) = rooms.refusal(&room, &used) {
                faults.push(format!("{}:{line}: {refusal} ({TABLE}, Rooms)", file.display()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn no_room_of_the_table_may_use_one_above_itself() {
    let rooms = Rooms::read();
    let mut faults = Vec::new();
    for (floor, (room, may_use)) in rooms.0.iter().enumerate() {
        for used in may_use.iter().flatten() {
            if rooms.floor(used).is_none_or(|below| below <= floor) {
                faults.push(format!("{TABLE}: {room} names {used}, which is not below it"));
            }
        }
        if !Path::new(&format!("src/{room}")).exists() && !Path::new(&format!("src/{room}.rs")).exists() {
            faults.push(format!("{TABLE}: there is no room {room}"));
        }
    }
    assert_none(&faults);
    assert!(rooms.0.len() > 10, "{TABLE}: the table is not read");
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let text = "use crate::a::B; // crate::no\nuse crate::{c, d::{E, F}, g};\nlet x = crate::h::i();";
    let found: Vec<String> = uses(text).into_iter().map(|(line, room)| format!("{line}{room}")).collect();
    assert_eq!(found, ["1a", "2c", "2d", "2g", "3h"]);
}

#[test]
fn files_stay_small() {
    let mut lines = BTreeMap::new();
    for file in files("src", ".rs") {
        let text = fs::read_to_string(&file).expect("text");
        lines.insert(file.display().to_string(), text.lines().count());
    }
    let above = |most: usize| -> Vec<String> {
        let above = lines.iter().filter(|(_, count)| **count > most);
        above.map(|(file, count)| format!("{file}: {count} lines, more than {most}")).collect()
    };
    assert_none(&above(MOST_LINES));
    let large = above(MOST_LINES_OF_NINE_IN_TEN);
    assert!(large.len() * 10 <= lines.len(), "more than one file in ten is large:\n{}", large.join("\n"));
}

/// `docs/….md`, optionally with the number of a section: both must be there.
#[test]
fn what_comments_cite_exists() {
    let mut faults = Vec::new();
    let (mut cited, folders) =
        (0, ["src", "tests", "benches", "contract", "devstack", "scheduling", "seed", "conformance"]);
    for file in folders.into_iter().flat_map(|folder| files(folder, ".rs")) {
        let text = fs::read_to_string(&file).expect("text").replace("\n//! ", " ").replace("\n/// ", " ");
        for (at, _) in text.match_indices("docs/").filter(|(at, _)| !text[..*at].ends_with("../")) {
            let Some((path, rest)) = text[at..].split_once(".md") else { continue };
            if path.contains(|c: char| !(c.is_alphanumeric() || "/_-".contains(c))) {
                continue;
            }
            cited += 1;
            let path = format!("{path}.md");
            let Ok(document) = fs::read_to_string(&path) else {
                faults.push(format!("{}: there is no {path}", file.display()));
                continue;
            };
            let section = section(rest);
            if !section.is_empty() && !has_section(&document, &section) {
                faults.push(format!("{}: {path} has no section {section}", file.display()));
            }
        }
    }
    assert_none(&faults);
    assert!(cited > 50, "only {cited} citations are seen");
}

/// The number after a cited path, such as `2.1`; empty where the document as a whole is cited.
fn section(rest: &str) -> String {
    let rest = rest.trim_start_matches('`').trim_start();
    let rest = rest.strip_prefix("sections").or_else(|| rest.strip_prefix("section")).unwrap_or(rest);
    let number: String = rest.trim_start().chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    number.trim_end_matches('.').to_owned()
}

fn has_section(document: &str, section: &str) -> bool {
    let headings = document.lines().filter(|line| line.starts_with('#'));
    let mut numbers = headings.filter_map(|line| line.trim_start_matches('#').split_whitespace().next());
    numbers.any(|number| number.trim_end_matches('.') == section)
}
