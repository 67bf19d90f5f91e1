//! The parts of the document, as people write them.

use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the repository.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The document that is served.
///
/// # Panics
/// When it is not there, or no JSON.
pub fn committed() -> Value {
    read(&root().join("docs/openapi.json"))
}

/// The document that the parts make: `document.json`, and in it what the files of `paths/` and `components/` hold.
///
/// # Panics
/// When a part is no JSON, or two say the same thing.
pub fn put_together() -> Value {
    let folder = root().join("docs/openapi");
    let mut document = read(&folder.join("document.json"));
    let (mut paths, mut components) = (Map::new(), Map::new());
    for file in files(&folder.join("paths")) {
        merge(&mut paths, read(&file), &file);
    }
    for file in files(&folder.join("components")) {
        let Value::Object(kinds) = read(&file) else { panic!("{}: no object", file.display()) };
        for (kind, members) in kinds {
            let all = components.entry(kind).or_insert_with(|| Value::Object(Map::new()));
            merge(all.as_object_mut().expect("an object"), members, &file);
        }
    }
    document["paths"] = paths.into();
    document["components"] = components.into();
    document
}

fn merge(all: &mut Map<String, Value>, more: Value, file: &Path) {
    let Value::Object(more) = more else { panic!("{}: no object", file.display()) };
    for (name, value) in more {
        let known = all.insert(name.clone(), value);
        assert!(known.is_none(), "{}: {name} is there already", file.display());
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn read(file: &Path) -> Value {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
