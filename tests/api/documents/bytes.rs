//! Whether a write has left alone what it should.

use mongodb::bson::raw::{RawBsonRef, RawDocument};
use mongodb::bson::{RawDocumentBuf, cstr};

/// The first path at which the documents differ, byte for byte, though it is not below one of those that may be touched.
/// Where something that is no document stood in the way of one of those, it may be gone, too.
pub fn first_other(before: &RawDocument, after: &RawDocument, touched: &[&str]) -> Option<String> {
    other_within(before, after, touched, "")
}

fn other_within(before: &RawDocument, after: &RawDocument, touched: &[&str], parent: &str) -> Option<String> {
    let keys = |document: &RawDocument| -> Vec<String> {
        document.iter().map(|entry| entry.expect("valid BSON").0.as_str().to_owned()).collect()
    };
    let (keys_before, keys_after) = (keys(before), keys(after));
    for key in keys_before.iter().chain(keys_after.iter().filter(|key| !keys_before.contains(key))) {
        let path = if parent.is_empty() { key.clone() } else { format!("{parent}.{key}") };
        if touched.contains(&path.as_str()) {
            continue;
        }
        let is_on_the_way = touched.iter().any(|touched| touched.starts_with(&format!("{path}.")));
        let (old, new) = (before.get(key).expect("valid BSON"), after.get(key).expect("valid BSON"));
        match (old, new) {
            (Some(RawBsonRef::Document(old)), Some(RawBsonRef::Document(new))) if is_on_the_way => {
                if let Some(other) = other_within(old, new, touched, &path) {
                    return Some(other);
                }
            }
            (Some(RawBsonRef::Document(_)), _) if is_on_the_way => return Some(path),
            (_, Some(RawBsonRef::Document(_))) if is_on_the_way => {}
            (old, new) if bytes(old) != bytes(new) => return Some(path),
            _ => {}
        }
    }
    let stay = |keys: &[String], others: &[String]| -> Vec<String> {
        keys.iter().filter(|key| others.contains(key)).cloned().collect()
    };
    (stay(&keys_before, &keys_after) != stay(&keys_after, &keys_before))
        .then(|| format!("the order of the keys of {parent:?}"))
}

fn bytes(value: Option<RawBsonRef<'_>>) -> Option<Vec<u8>> {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("v"), value?);
    Some(document.into_bytes())
}
