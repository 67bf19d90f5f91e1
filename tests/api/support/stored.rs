use mongodb::bson::{Bson, Document};

/// In the changes of [`assert_changed`]: the field is no longer there.
pub const GONE: Bson = Bson::Undefined;

/// The value at a dotted path; elements of arrays by their number.
pub fn at<'a>(document: &'a Document, path: &str) -> Option<&'a Bson> {
    let (head, mut rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let mut value = document.get(head)?;
    while let Some(path) = rest {
        let (head, tail) = path.split_once('.').map_or((path, None), |(head, tail)| (head, Some(tail)));
        value = match value {
            Bson::Document(inner) => inner.get(head)?,
            Bson::Array(items) => items.get(head.parse::<usize>().ok()?)?,
            _ => return None,
        };
        rest = tail;
    }
    Some(value)
}

/// The user is as before, but for these changes by dotted path, and for what every success leaves: an empty
/// `settings.profile`, and a newer `_updatedAt`.
#[track_caller]
pub fn assert_changed(before: &Document, after: &Document, changes: &Document, about: &str) {
    let mut expected = before.clone();
    put(&mut expected, "settings.profile", &Bson::Document(Document::new()));
    for (path, value) in changes {
        put(&mut expected, path, value);
    }
    let moment = |user: &Document| *user.get_datetime("_updatedAt").expect("a BSON date");
    assert!(moment(after) > moment(before), "{about}: _updatedAt has not moved");
    expected.insert("_updatedAt", moment(after));
    for field in expected.keys().chain(after.keys()) {
        assert_eq!(after.get(field), expected.get(field), "{about}: {field}");
    }
}

fn put(document: &mut Document, path: &str, value: &Bson) {
    if let Some((head, rest)) = path.split_once('.') {
        let inner = document.entry(head.to_owned()).or_insert_with(|| Document::new().into());
        put(inner.as_document_mut().expect("a document on the way"), rest, value);
    } else if *value == GONE {
        document.remove(path);
    } else {
        document.insert(path, value.clone());
    }
}
