//! Every dependency is used, and docs/ARCHITECTURE.md says in one line what for.

#![expect(clippy::disallowed_methods, reason = "reads the sources, without a runtime")]

use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::Path;

/// A package's folder, and where its code is.
const PACKAGES: [(&str, &[&str]); 7] = [
    ("", &["src", "tests", "benches", "build.rs"]),
    ("conformance", &["conformance/src", "conformance/tests"]),
    ("contract", &["contract/src", "contract/tests"]),
    ("demo", &["demo/src", "demo/tests"]),
    ("devstack", &["devstack/src", "devstack/tests"]),
    ("scheduling", &["scheduling/src"]),
    ("seed", &["seed/src"]),
];
/// Packages of the workspace itself: the table of rooms has them.
const OWN: [&str; 5] = ["contract", "devstack", "rc-account", "scheduling", "workspace-seed"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn dependencies(folder: &str) -> BTreeSet<String> {
    let manifest = read_to_string(root().join(folder).join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"].map(|name| manifest.get(name));
    tables
        .into_iter()
        .flatten()
        .flat_map(|table| table.as_table().expect("a table").keys().cloned())
        .collect()
}

fn read_code(path: &Path, code: &mut String) {
    if path.is_dir() {
        let entries = path.read_dir().expect("a folder");
        entries.for_each(|entry| read_code(&entry.expect("an entry").path(), code));
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        code.push_str(&read_to_string(path).expect("code"));
    }
}

#[test]
fn every_dependency_is_used() {
    for (folder, code_folders) in PACKAGES {
        let mut code = String::new();
        code_folders.iter().for_each(|folder| read_code(&root().join(folder), &mut code));
        let words: BTreeSet<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for name in dependencies(folder) {
            // The one crate whose library is called otherwise.
            let library = if name == "md-5" { "md5".to_owned() } else { name.replace('-', "_") };
            assert!(words.contains(library.as_str()), "{folder}/Cargo.toml: {name} is not used");
        }
    }
}

#[test]
fn the_table_of_dependencies_is_complete_and_holds_no_other() {
    let document = read_to_string(root().join("docs/ARCHITECTURE.md")).expect("the document");
    let (_, section) = document.split_once("\n## Dependencies\n").expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let told: BTreeSet<String> = rows
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    let mut used: BTreeSet<String> = PACKAGES.iter().flat_map(|(folder, _)| dependencies(folder)).collect();
    used.retain(|name| !OWN.contains(&name.as_str()));
    assert_eq!(told, used);
}
