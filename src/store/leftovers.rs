//! Documents that MongoDB refuses to change while all others of a long change can be changed: noted, and left as they are.

use super::error::{self, refusal_of};
use super::{Store, StoreError};
use bson::Bson;
use mongodb::error::Error;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many are known one by one; of further ones it is known that there are more.
const KEPT: usize = 1000;
/// So many are told one by one.
const TOLD: usize = 5;
/// The longest id that is told, in characters.
const LONGEST_ID: usize = 64;

/// What was left. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Leftovers(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    /// Why, by collection and id.
    documents: BTreeMap<(String, String), String>,
    are_more: bool,
}

impl Leftovers {
    fn note(&self, collection: &str, id: &Bson, reason: String) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let id = id.chars().take(LONGEST_ID).collect();
        if noted.documents.len() < KEPT {
            noted.documents.insert((collection.to_owned(), id), reason);
        } else {
            noted.are_more = true;
        }
    }

    /// How many were left, which, and why; `None` if none was. Holds nothing that is stored but ids.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let some: Vec<String> = noted
            .documents
            .iter()
            .take(TOLD)
            .map(|((collection, id), reason)| format!("{collection} {id} ({reason})"))
            .collect();
        let more = if noted.are_more { "more than " } else { "" };
        match noted.documents.len() {
            0 => None,
            1 => Some(format!("1 document cannot take the name: {}", some.join(", "))),
            count => {
                let rest = if count > TOLD { ", …" } else { "" };
                Some(format!("{more}{count} documents cannot take the name: {}{rest}", some.join(", ")))
            }
        }
    }
}

impl Store {
    /// The same database for a long change: a document that MongoDB refuses to change is noted here and left out, and
    /// fails nothing.
    #[must_use]
    pub fn leaving_out(&self) -> (Store, Leftovers) {
        let leftovers = Leftovers::default();
        (Store { leftovers: Some(leftovers.clone()), ..self.clone() }, leftovers)
    }

    /// Whether each document should be tried by itself, because of what MongoDB says of one of them.
    pub(super) fn is_to_be_divided(&self, error: &Error) -> bool {
        self.leftovers.is_some() && refusal_of(error).is_some_and(|(code, _)| error::is_about_document(code))
    }

    /// Leaves out the document, where that is wanted and MongoDB's refusal is about it.
    ///
    /// # Errors
    /// Otherwise.
    pub(super) fn leave_out(
        &self,
        collection: &str,
        id: &Bson,
        code: i32,
        message: &str,
    ) -> Result<(), StoreError> {
        match &self.leftovers {
            Some(leftovers) if error::is_about_document(code) => {
                leftovers.note(collection, id, reason(code, message));
                Ok(())
            }
            _ if error::is_about_document(code) => {
                Err(StoreError::Refused(error::shown_refusal(code, message)))
            }
            _ => Err(StoreError::Unavailable(format!("write error ({code})"))),
        }
    }

    /// The same, for a write of one document.
    pub(super) fn leave_out_after(
        &self,
        collection: &str,
        id: &Bson,
        error: Error,
    ) -> Result<(), StoreError> {
        match refusal_of(&error) {
            Some((code, message)) if self.is_to_be_divided(&error) => {
                self.leave_out(collection, id, code, message)
            }
            _ => Err(error.into()),
        }
    }
}

/// Why, without a word of MongoDB's that may quote what is stored.
fn reason(code: i32, message: &str) -> String {
    if error::is_duplicate(code) {
        let index = message.split(" index: ").nth(1).and_then(|rest| rest.split(" dup key").next());
        return format!("a duplicate under the unique index {}", index.unwrap_or_default().trim());
    }
    if error::is_about_size(code) {
        return "it would be too large".to_owned();
    }
    if error::is_about_validation(code) {
        return "the collection's validator refuses it".to_owned();
    }
    format!("MongoDB refuses it, code {code}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_once_and_within_bounds() {
        let leftovers = Leftovers::default();
        assert_eq!(leftovers.told(), None);
        let message = "E11000 duplicate key error collection: rc.x index: a_1 dup key: { a: \"s3cret\" }";
        leftovers.note("x", &"1".into(), reason(11000, message));
        leftovers.note("x", &"1".into(), reason(11000, message));
        let one = "1 document cannot take the name: x 1 (a duplicate under the unique index a_1)";
        assert_eq!(leftovers.told().as_deref(), Some(one));
        for id in 0..3000 {
            leftovers.note("y", &id.into(), reason(121, "s3cret"));
        }
        leftovers.note("z", &"ä".repeat(1 << 20).into(), String::new());
        let told = leftovers.told().expect("something");
        assert!(told.starts_with("more than 1000 documents cannot take the name: "), "{told}");
        assert!(told.len() < 1000 && !told.contains("s3cret"), "{told}");
    }
}
