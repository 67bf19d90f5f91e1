//! What was found, for people (the same difference once, with all cases that show it) and for machines (each difference).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::mask::Names;
use super::tree::{Difference, What, place};

pub struct Report {
    pub cases: Vec<Case>,
    pub requests: usize,
    pub left_out: Vec<(String, &'static str)>,
    /// Where the original differs from itself, and how often.
    pub noise: BTreeMap<String, usize>,
    /// Documents that belong to no case and have made-up ids, on all sides together, by collection.
    pub background: BTreeMap<String, usize>,
}

pub struct Case {
    pub id: String,
    pub says: String,
    pub differences: Vec<Shown>,
}

/// A difference as it may be shown: without secrets.
#[derive(Debug, Clone)]
pub struct Shown {
    pub path: String,
    /// The path without the numbers of lists and the ids of documents.
    pub place: String,
    pub what: What,
    pub original: String,
    pub candidate: String,
}

/// So many cases and values are named of the same difference.
const NAMED: usize = 3;

pub fn shown(names: &Names, difference: Difference) -> Shown {
    let Difference { path, what, original, candidate } = difference;
    Shown {
        path: names.path(&path),
        place: place(&path),
        what,
        original: names.value(&path, original.as_ref()),
        candidate: names.value(&path, candidate.as_ref()),
    }
}

fn in_words(what: What) -> &'static str {
    match what {
        What::Differs => "differs",
        What::OnlyOriginal => "only the original has it",
        What::OnlyCandidate => "only the candidate has it",
        What::OtherOrder => "keys in another order",
        What::OtherShape => "varies in the original, and has another type or shape in the candidate",
    }
}

impl Report {
    pub fn is_equal(&self) -> bool {
        self.cases.iter().all(|case| case.differences.is_empty())
    }

    pub fn text(&self) -> String {
        type Group<'a> = Vec<(&'a str, &'a Shown)>;
        let mut groups: BTreeMap<(&str, What), Group<'_>> = BTreeMap::new();
        for case in &self.cases {
            for shown in &case.differences {
                groups.entry((&shown.place, shown.what)).or_default().push((&case.id, shown));
            }
        }
        let mut text = String::new();
        for ((place, what), group) in groups {
            text.push_str(&format!("{place}: {}, {} times\n", in_words(what), group.len()));
            let mut values: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
            for (id, shown) in &group {
                values.entry((&shown.original, &shown.candidate)).or_default().push(id);
            }
            let mut values: Vec<_> = values.into_iter().collect();
            values.sort_by_key(|(_, ids)| std::cmp::Reverse(ids.len()));
            for ((original, candidate), ids) in values.iter().take(NAMED) {
                text.push_str(&format!("    {}\n", few(ids)));
                text.push_str(&format!("        original   {original}\n        candidate  {candidate}\n"));
            }
            if values.len() > NAMED {
                text.push_str(&format!("    and {} other pairs of values\n", values.len() - NAMED));
            }
        }
        let differ = self.cases.iter().filter(|case| !case.differences.is_empty()).count();
        let noise: usize = self.noise.values().sum();
        text.push_str(&format!(
            "{} cases with {} requests: {differ} differ, {} left out; noise at {} places, {noise} times\n",
            self.cases.len().saturating_sub(1),
            self.requests,
            self.left_out.len(),
            self.noise.len(),
        ));
        text
    }

    pub fn json(&self) -> Value {
        let differences = self.cases.iter().flat_map(|case| {
            case.differences.iter().map(|shown| {
                json!({
                    "case": case.id, "says": case.says, "path": shown.path, "place": shown.place,
                    "what": in_words(shown.what), "original": shown.original, "candidate": shown.candidate,
                })
            })
        });
        let left_out = self.left_out.iter().map(|(id, why)| json!({"case": id, "why": why}));
        json!({
            "equal": self.is_equal(), "cases": self.cases.len().saturating_sub(1), "requests": self.requests,
            "differences": differences.collect::<Value>(), "noise": self.noise,
            "leftOut": left_out.collect::<Value>(), "background": self.background,
        })
    }
}

fn few(ids: &[&str]) -> String {
    let named = ids.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match ids.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
