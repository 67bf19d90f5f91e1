//! What became of each case: its answers, its mails, and every document of the whole database that changed, given to the
//! case whose people it names.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mongodb::bson::{Bson, DateTime, Document};

use super::Sides;
use super::play::Plays;
use super::side::{Pass, Seen, Side};
use super::snapshot::{self, Change, Snapshot};
use super::tree::DOCUMENTS;

pub struct Gathered {
    /// In the order of the cases; the last one is what belongs to none.
    pub cases: Vec<Found>,
    /// Documents that the original writes by itself, under ids of their own, by collection.
    pub background: BTreeMap<String, usize>,
}

pub struct Found {
    pub trees: Sides<Document>,
    pub begun: Sides<DateTime>,
}

/// The documents that one side changed for a case: by collection, and by id.
type Changed = BTreeMap<String, BTreeMap<String, Option<Document>>>;

impl Gathered {
    /// # Errors
    /// MongoDB's.
    pub async fn of(
        sides: &Sides<Side>,
        before: &Sides<Snapshot>,
        own: &[String],
        plays: &Plays,
        passes: &Sides<Pass>,
    ) -> anyhow::Result<Gathered> {
        let owners = Owners::of(plays);
        let paired = Sides {
            original: (&sides.original, &before.original),
            repeat: (&sides.repeat, &before.repeat),
            candidate: (&sides.candidate, &before.candidate),
        };
        let changes = paired.each(async |(side, before)| before.changes(&side.database, own).await).await?;
        let mut changed = changes.map(|changes| owners.divide(changes));
        let mut background = BTreeMap::new();
        let mut cases = Vec::new();
        for n in 0..=plays.all.len() {
            let of_the_case = |changed: &mut Vec<Changed>| std::mem::take(&mut changed[n]);
            let mut own = Sides {
                original: of_the_case(&mut changed.original),
                repeat: of_the_case(&mut changed.repeat),
                candidate: of_the_case(&mut changed.candidate),
            };
            complete(sides, &mut own).await?;
            let is_elsewhere = n == plays.all.len();
            let documents = name_generated(own, is_elsewhere.then_some(&mut background));
            let nothing = Seen { begun: DateTime::now(), answers: Vec::new() };
            let seen = passes.map(|pass| pass.get(&n).unwrap_or(&nothing));
            let tree = |side: &Side, seen: &Seen, documents: Document| {
                let mut tree = Document::new();
                tree.insert("answers", seen.answers.clone());
                tree.insert("mails", plays.all.get(n).map_or(Vec::new(), |play| side.mails(play)));
                tree.insert(DOCUMENTS, documents);
                tree
            };
            let trees = Sides {
                original: tree(&sides.original, seen.original, documents.original),
                repeat: tree(&sides.repeat, seen.repeat, documents.repeat),
                candidate: tree(&sides.candidate, seen.candidate, documents.candidate),
            };
            cases.push(Found { trees, begun: seen.map(|seen| seen.begun) });
        }
        Ok(Gathered { cases, background })
    }
}

/// A document that changed on one side and not on another has there what it had before.
async fn complete(sides: &Sides<Side>, changed: &mut Sides<Changed>) -> anyhow::Result<()> {
    let mut all: BTreeMap<(String, String), usize> = BTreeMap::new();
    for changed in changed.as_array() {
        for (collection, documents) in changed {
            for id in documents.keys() {
                *all.entry((collection.clone(), id.clone())).or_default() += 1;
            }
        }
    }
    let Sides { original, repeat, candidate } = changed;
    let each = [(&sides.original, original), (&sides.repeat, repeat), (&sides.candidate, candidate)];
    for (side, changed) in each {
        for (collection, id) in all.iter().filter(|(_, count)| **count < 3).map(|(key, _)| key) {
            let documents = changed.entry(collection.clone()).or_default();
            if !documents.contains_key(id) {
                let document = snapshot::document(&side.database, collection, id).await?;
                documents.insert(id.clone(), document);
            }
        }
    }
    Ok(())
}

/// Documents that are on one side alone have ids that were made up there. They are told apart by their contents: numbered in
/// the order of what is in them. `background`: what belongs to no case is only counted.
fn name_generated(
    changed: Sides<Changed>,
    mut background: Option<&mut BTreeMap<String, usize>>,
) -> Sides<Document> {
    let mut present: HashMap<(String, String), usize> = HashMap::new();
    for changed in changed.as_array() {
        for (collection, documents) in changed {
            for (id, _) in documents.iter().filter(|(_, document)| document.is_some()) {
                *present.entry((collection.clone(), id.clone())).or_default() += 1;
            }
        }
    }
    let Sides { original, repeat, candidate } = changed;
    Sides::from_array([original, repeat, candidate].map(|changed| {
        let mut tree = Document::new();
        for (collection, documents) in changed {
            let (mut named, mut generated) = (Document::new(), Vec::new());
            for (id, document) in documents.into_iter().filter_map(|(id, found)| Some((id, found?))) {
                match present.get(&(collection.clone(), id.clone())) {
                    Some(1) => generated.push(document),
                    _ => {
                        named.insert(id, document);
                    }
                }
            }
            if let Some(background) = &mut background {
                *background.entry(collection.clone()).or_default() += generated.len();
                generated.clear();
            }
            generated.sort_by_cached_key(contents);
            let generated = generated.into_iter().enumerate();
            named.extend(generated.map(|(n, document)| (format!("new {}", n + 1), Bson::from(document))));
            tree.insert(collection, named);
        }
        tree
    }))
}

/// What a document holds, without what is likely to differ between two runs.
fn contents(document: &Document) -> String {
    let mut text = String::new();
    for (key, value) in document.iter().filter(|(key, _)| *key != "_id") {
        match value {
            Bson::String(value) if value.len() < 32 => text.push_str(&format!("{key}={value};")),
            Bson::Document(inner) => text.push_str(&format!("{key}={{{}}};", contents(inner))),
            Bson::Int32(_) | Bson::Boolean(_) => text.push_str(&format!("{key}={value};")),
            _ => text.push_str(&format!("{key};")),
        }
    }
    text
}

/// Which case an id or a username is of.
struct Owners {
    cases: HashMap<String, usize>,
    lengths: BTreeSet<usize>,
    count: usize,
}

impl Owners {
    fn of(plays: &Plays) -> Owners {
        let mut cases = HashMap::new();
        for (n, play) in plays.all.iter().enumerate() {
            for person in play.people.values() {
                cases.insert(person.id.clone(), n);
                cases.insert(person.username.clone(), n);
            }
        }
        let lengths = cases.keys().map(String::len).collect();
        Owners { cases, lengths, count: plays.all.len() }
    }

    /// By the numbers of the cases; the last is what belongs to none.
    fn divide(&self, changes: &[Change]) -> Vec<Changed> {
        let mut divided = vec![Changed::new(); self.count + 1];
        for Change { collection, id, document } in changes {
            let owner = self.in_text(id);
            let owner = owner.or_else(|| self.in_document(document.as_ref()?)).unwrap_or(self.count);
            let documents = divided[owner].entry(collection.clone()).or_default();
            documents.insert(id.clone(), document.clone());
        }
        divided
    }

    fn in_document(&self, document: &Document) -> Option<usize> {
        document.iter().find_map(|(key, value)| self.in_text(key).or_else(|| self.in_value(value)))
    }

    fn in_value(&self, value: &Bson) -> Option<usize> {
        match value {
            Bson::String(text) => self.in_text(text),
            Bson::Document(document) => self.in_document(document),
            Bson::Array(items) => items.iter().find_map(|item| self.in_value(item)),
            _ => None,
        }
    }

    /// An id may be a part of another one, as in the id of a direct room, and a username of an address.
    fn in_text(&self, text: &str) -> Option<usize> {
        self.lengths.iter().find_map(|length| {
            let last = text.len().checked_sub(*length)?;
            (0..=last).find_map(|begin| self.cases.get(text.get(begin..begin + length)?).copied())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongodb::bson::doc;

    #[test]
    fn documents_are_given_to_the_case_whose_people_they_name() {
        let cases = HashMap::from([("idOfOne".to_owned(), 0), ("other".to_owned(), 1)]);
        let owners = Owners { lengths: cases.keys().map(String::len).collect(), cases, count: 2 };
        let change = |id: &str, document: Document| Change {
            collection: "c".to_owned(),
            id: id.to_owned(),
            document: Some(document),
        };
        let divided = owners.divide(&[
            change("xidOfOney", doc! {}),
            change("1", doc! {"a": [{"b": "@other!"}]}),
            change("2", doc! {"a": "nobody"}),
        ]);
        let ids: Vec<Vec<_>> = divided.iter().map(|changed| changed["c"].keys().cloned().collect()).collect();
        assert_eq!(ids, [["xidOfOney"], ["1"], ["2"]]);
    }

    #[test]
    fn made_up_ids_are_paired_by_what_is_in_the_documents() {
        let side = |ids: [&str; 2]| {
            let documents = [doc! {"_id": ids[0], "msg": "b"}, doc! {"_id": ids[1], "msg": "a"}];
            let documents = ids.into_iter().map(str::to_owned).zip(documents.map(Some)).collect();
            Changed::from([("m".to_owned(), documents)])
        };
        let sides =
            Sides { original: side(["1", "2"]), repeat: side(["4", "3"]), candidate: side(["5", "6"]) };
        for tree in name_generated(sides.clone(), None).as_array() {
            let message =
                |name| tree.get_document("m").unwrap().get_document(name).unwrap().get_str("msg").unwrap();
            assert_eq!((message("new 1"), message("new 2")), ("a", "b"));
        }
        let mut background = BTreeMap::new();
        let trees = name_generated(sides, Some(&mut background));
        assert!(trees.original.get_document("m").unwrap().is_empty());
        assert_eq!(background["m"], 6);
    }
}
