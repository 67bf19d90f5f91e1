//! Three trees of values beside each other: what differs between the two runs of the original is noise, and what the
//! candidate has otherwise is a difference.

use std::collections::{BTreeMap, BTreeSet};

use mongodb::bson::{Bson, DateTime, Document};

use super::{Sides, shape};

/// Below such a place keys have an order: the body of an answer.
pub const ORDERED: &str = "body";
/// Below such a place stand collections, and in them documents by their ids.
pub const DOCUMENTS: &str = "documents";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Differs,
    OnlyOriginal,
    OnlyCandidate,
    /// The same keys, in another order.
    OtherOrder,
    /// The original differs from itself here, and the candidate has another type or shape.
    OtherShape,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub path: Vec<String>,
    pub what: What,
    pub original: Option<Bson>,
    pub candidate: Option<Bson>,
}

/// Where the original differs from itself.
#[derive(Debug, Default)]
pub struct Noise {
    /// By place, how often.
    pub places: BTreeMap<String, usize>,
    /// Texts in which only numbers differ, by place, without their digits. What is learnt of one case holds for all: a number
    /// of seconds may be the same twice by chance.
    texts: BTreeSet<(String, String)>,
}

/// The place of a path in all cases: without the numbers of lists and the ids of documents.
pub fn place(path: &[String]) -> String {
    let is_id = |n: usize| n >= 2 && path[n - 2] == DOCUMENTS;
    let parts = path.iter().enumerate().map(|(n, part)| {
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        if is_id(n) || is_number { "*" } else { part.as_str() }
    });
    parts.collect::<Vec<_>>().join(".")
}

impl Noise {
    /// Learns from two runs of the original.
    pub fn learn(&mut self, original: &Document, repeat: &Document) {
        self.learn_at(&mut Vec::new(), &Bson::from(original.clone()), &Bson::from(repeat.clone()));
    }

    fn learn_at(&mut self, path: &mut Vec<String>, original: &Bson, repeat: &Bson) {
        if original == repeat {
            return;
        }
        for key in keys_of_both(original, repeat) {
            if let (Some(one), Some(other)) = (child(Some(original), &key), child(Some(repeat), &key)) {
                path.push(key);
                self.learn_at(path, one, other);
                path.pop();
            }
        }
        if !is_branch(original) || !is_branch(repeat) {
            *self.places.entry(place(path)).or_default() += 1;
        }
        if let (Bson::String(one), Bson::String(other)) = (original, repeat)
            && shape::without_digits(one) == shape::without_digits(other)
        {
            self.texts.insert((place(path), shape::without_digits(one)));
        }
    }

    fn differs_only_in_a_known_number(&self, path: &[String], original: &Bson, candidate: &Bson) -> bool {
        let (Bson::String(original), Bson::String(candidate)) = (original, candidate) else { return false };
        let text = shape::without_digits(original);
        text == shape::without_digits(candidate) && self.texts.contains(&(place(path), text))
    }

    /// What the candidate has otherwise.
    pub fn compare(&self, trees: &Sides<Document>, begun: &Sides<DateTime>) -> Vec<Difference> {
        let trees = trees.map(|tree| Bson::from(tree.clone()));
        let mut walk = Walk { noise: self, begun, path: Vec::new(), found: Vec::new() };
        walk.go(&trees.map(Some));
        walk.found
    }
}

struct Walk<'a> {
    noise: &'a Noise,
    begun: &'a Sides<DateTime>,
    path: Vec<String>,
    found: Vec<Difference>,
}

impl Walk<'_> {
    fn go(&mut self, values: &Sides<Option<&Bson>>) {
        let Sides { original, repeat, candidate } = *values;
        let is_ordered = self.path.iter().any(|part| part == ORDERED);
        // Equal documents may have their keys in another order.
        if original == candidate && !original.is_some_and(is_branch) {
            return;
        }
        match (original, repeat, candidate) {
            (Some(one), Some(other), Some(third)) if are_alike(one, other) && are_alike(one, third) => {
                if is_ordered {
                    self.order(one, other, third);
                }
                for key in keys_of_both(one, third) {
                    let children = values.map(|value| child(*value, &key));
                    self.path.push(key);
                    self.go(&children);
                    self.path.pop();
                }
            }
            (one, _, third) if one == third => {}
            (Some(one), Some(other), Some(third)) if one != other => {
                // A list that is longer the second time can be of any length.
                let values = Sides { original: one, repeat: other, candidate: third };
                let is_open = matches!((one, other), (Bson::Array(_), Bson::Array(_)));
                if !is_open && !shape::fits(&values, self.begun) {
                    self.tell(What::OtherShape, original, candidate);
                }
            }
            (Some(one), Some(_), Some(third))
                if !self.noise.differs_only_in_a_known_number(&self.path, one, third) =>
            {
                self.tell(What::Differs, original, candidate);
            }
            (Some(_), Some(_), None) => self.tell(What::OnlyOriginal, original, candidate),
            (None, None, Some(_)) => self.tell(What::OnlyCandidate, original, candidate),
            // It differs only in a number, or the original has it in one run and not in the other.
            _ => {}
        }
    }

    fn order(&mut self, original: &Bson, repeat: &Bson, candidate: &Bson) {
        let [one, other, third] = [original, repeat, candidate].map(|value| match value {
            Bson::Document(document) => document.keys().cloned().collect::<Vec<_>>(),
            _ => Vec::new(),
        });
        let sorted = |keys: &[String]| keys.iter().cloned().collect::<BTreeSet<_>>();
        if one == other && one != third && sorted(&one) == sorted(&third) {
            let keys = |keys: Vec<String>| Some(Bson::from(keys));
            let (original, candidate) = (keys(one), keys(third));
            let path = self.path.clone();
            self.found.push(Difference { path, what: What::OtherOrder, original, candidate });
        }
    }

    fn tell(&mut self, what: What, original: Option<&Bson>, candidate: Option<&Bson>) {
        let (original, candidate) = (original.cloned(), candidate.cloned());
        self.found.push(Difference { path: self.path.clone(), what, original, candidate });
    }
}

fn is_branch(value: &Bson) -> bool {
    matches!(value, Bson::Document(_) | Bson::Array(_))
}

/// Whether two values are looked into: both documents, or lists of the same length.
fn are_alike(one: &Bson, other: &Bson) -> bool {
    match (one, other) {
        (Bson::Document(_), Bson::Document(_)) => true,
        (Bson::Array(one), Bson::Array(other)) => one.len() == other.len(),
        _ => false,
    }
}

fn keys_of_both(one: &Bson, other: &Bson) -> Vec<String> {
    let mut keys = keys(one);
    let more: Vec<String> = self::keys(other).into_iter().filter(|key| !keys.contains(key)).collect();
    keys.extend(more);
    keys
}

fn keys(value: &Bson) -> Vec<String> {
    match value {
        Bson::Document(document) => document.keys().cloned().collect(),
        Bson::Array(items) => (0..items.len()).map(|n| n.to_string()).collect(),
        _ => Vec::new(),
    }
}

fn child<'a>(value: Option<&'a Bson>, key: &str) -> Option<&'a Bson> {
    match value? {
        Bson::Document(document) => document.get(key),
        Bson::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
