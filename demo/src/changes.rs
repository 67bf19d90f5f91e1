//! What differs between two states of a stored document, by path.

use mongodb::bson::{Bson, Document};

use crate::masked;

/// Lines `- path: old` and `+ path: new`, in the order of the documents.
pub fn between(before: &Document, after: &Document) -> Vec<String> {
    let (before, after) = (leaves(before), leaves(after));
    let mut lines = Vec::new();
    for (path, old) in &before {
        let new = find(&after, path);
        if new != Some(*old) {
            lines.push(format!("- {path}: {}", masked::stored(path, old)));
            lines.extend(new.map(|new| format!("+ {path}: {}", masked::stored(path, new))));
        }
    }
    let added = after.iter().filter(|(path, _)| find(&before, path).is_none());
    lines.extend(added.map(|(path, new)| format!("+ {path}: {}", masked::stored(path, new))));
    lines
}

type Leaf<'a> = (String, &'a Bson);

fn find<'a>(leaves: &[Leaf<'a>], path: &str) -> Option<&'a Bson> {
    leaves.iter().find(|(found, _)| found == path).map(|(_, value)| *value)
}

fn leaves(document: &Document) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    for (name, value) in document {
        collect(name.clone(), value, &mut found);
    }
    found
}

fn collect<'a>(path: String, value: &'a Bson, found: &mut Vec<Leaf<'a>>) {
    match value {
        Bson::Document(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                collect(format!("{path}.{name}"), value, found);
            }
        }
        Bson::Array(elements) if !elements.is_empty() => {
            for (index, value) in elements.iter().enumerate() {
                collect(format!("{path}[{index}]"), value, found);
            }
        }
        leaf => found.push((path, leaf)),
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::*;

    #[test]
    fn only_what_differs_is_listed() {
        let before = doc! { "_id": "a", "bio": "old", "list": [{ "x": 1 }, { "x": 2 }], "gone": true };
        let after = doc! { "_id": "a", "bio": "new", "list": [{ "x": 1 }], "come": {} };
        let expected = ["- bio: \"old\"", "+ bio: \"new\"", "- list[1].x: 2", "- gone: true", "+ come: {}"]
            .map(str::to_owned);
        assert_eq!(
            between(&before, &after).iter().map(|line| line.replace("{ }", "{}")).collect::<Vec<_>>(),
            expected
        );
    }
}
