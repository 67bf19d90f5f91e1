//! Values of a wrong type where an update has to pass: `null` where a document belongs, a text where a list does. MongoDB
//! refuses the whole update then. What such a value could mean is read nowhere; so the right type takes its place, empty, in
//! the write that needs it. Found only once MongoDB has refused, so other writes cost no more for it.

use super::users::USERS;
use super::{Commit, Committed, Store, StoreError};
use bson::{Bson, Document, bson, doc};
use mongodb::ClientSession;
use mongodb::results::UpdateResult;
use std::collections::BTreeMap;

/// The fields whose values are documents and lists of documents. In others only `null` gives way: a custom field that is copied
/// to `name.first` must not cost a user the name.
const CONTAINERS: [&str; 4] = ["services", "settings", "customFields", "emails"];

/// Not replaced by a document while anything with fields is in them: the caller's own session may be.
const HOLD_SESSIONS: [&str; 2] = ["services", "services.resume"];

/// What stands in the way, by its path: the value, and what takes its place.
pub(super) type Obstacles = BTreeMap<String, (Bson, Bson)>;

impl Store {
    /// Writes the commit. Where a value of a wrong type stands in its way, that gives way, in the same transaction.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written, unless it is [`StoreError::Unknown`].
    pub async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError> {
        let refused = match self.commit_as_it_is(commit).await {
            Err(StoreError::Refused(refused)) => refused,
            outcome => return outcome,
        };
        let obstacles = self.obstacles(&commit.user_id, &commit.update.operators()).await?;
        if obstacles.is_empty() {
            return Err(StoreError::Refused(refused));
        }
        let mut commit = commit.clone();
        commit.update.obstacles = obstacles;
        self.commit_as_it_is(&commit).await
    }

    /// What of the user stands in the way of an update by these operators.
    pub(super) async fn obstacles(
        &self,
        user_id: &str,
        operators: &Document,
    ) -> Result<Obstacles, StoreError> {
        let top = paths(operators).map(|(path, _)| path.split('.').next().unwrap_or(path));
        let projection: Document = top.map(|field| (field.to_owned(), 1.into())).collect();
        let found = self.users().find_one(doc! {"_id": user_id}).projection(projection).await?;
        Ok(found.map(|user| obstacles(operators, &user)).unwrap_or_default())
    }

    /// Puts the right types in their places. `false`: it is something else that stands there by now.
    pub(super) async fn make_way(
        &self,
        user_id: &str,
        obstacles: &Obstacles,
        session: Option<&mut ClientSession>,
    ) -> Result<bool, mongodb::error::Error> {
        let is_there = |(path, (value, _)): (&String, &(Bson, Bson))| -> Document {
            doc! {"$eq": [format!("${path}"), {"$literal": value}]}
        };
        let conditions: Vec<Document> = obstacles.iter().map(is_there).collect();
        let instead: Document =
            obstacles.iter().map(|(path, (_, instead))| (path.clone(), instead.clone())).collect();
        let users = self.collection(USERS);
        let filter = doc! {"_id": user_id, "$expr": {"$and": conditions}};
        let update = users.update_one(filter, doc! {"$set": instead});
        let done = match session {
            Some(session) => update.session(session).await?,
            None => update.await?,
        };
        Ok(done.matched_count > 0)
    }

    /// An update of one user that is no part of a transaction. `filter` needs no id.
    pub(super) async fn update_one_user(
        &self,
        user_id: &str,
        filter: Document,
        operators: Document,
    ) -> Result<UpdateResult, StoreError> {
        let users = self.collection(USERS);
        let mut whose = doc! {"_id": user_id};
        whose.extend(filter);
        let refused = match self.write(users.update_one(whose.clone(), operators.clone())).await {
            Err(StoreError::Refused(refused)) => refused,
            outcome => return outcome,
        };
        let obstacles = self.obstacles(user_id, &operators).await?;
        if obstacles.is_empty() {
            return Err(StoreError::Refused(refused));
        }
        self.write(self.make_way(user_id, &obstacles, None)).await?;
        self.write(users.update_one(whose, operators)).await
    }
}

/// The paths of an update, and whether a list belongs at their ends. To remove a field nothing has to be there.
fn paths(operators: &Document) -> impl Iterator<Item = (&str, bool)> {
    operators
        .iter()
        .filter(|(operator, _)| *operator != "$unset")
        .filter_map(|(operator, fields)| Some((operator != "$set", fields.as_document()?)))
        .flat_map(|(is_list, fields)| fields.keys().map(move |path| (path.as_str(), is_list)))
}

fn obstacles(operators: &Document, user: &Document) -> Obstacles {
    paths(operators).filter_map(|(path, is_list)| obstacle(path, is_list, user)).collect()
}

/// The first value on the path that is not of the type that is needed there.
fn obstacle(path: &str, ends_in_list: bool, user: &Document) -> Option<(String, (Bson, Bson))> {
    let mut at = path.find('.').unwrap_or(path.len());
    let mut value = user.get(&path[..at])?;
    let may_replace = CONTAINERS.contains(&&path[..at]);
    loop {
        let (here, rest) = (&path[..at], path[at..].strip_prefix('.'));
        let next = rest.map(|rest| rest.split('.').next().unwrap_or(rest));
        let is_list = next.map_or(ends_in_list, |next| next.starts_with('$'));
        match (value, next) {
            (_, None) if !is_list => return None,
            // No expression can name it.
            (_, Some("")) => return None,
            // What is in lists is MongoDB's matter.
            (Bson::Array(_), Some(next)) if is_list || next.parse::<u32>().is_ok() => return None,
            (Bson::Array(_), None) => return None,
            (Bson::Document(document), Some(next)) if !is_list => {
                value = document.get(next)?;
                at += 1 + next.len();
            }
            (value, _) if !may_replace && *value != Bson::Null => return None,
            (Bson::Document(_), _) => {
                return Some((here.to_owned(), (value.clone(), bson!([value.clone()]))));
            }
            (Bson::Array(elements), _)
                if HOLD_SESSIONS.contains(&here) && elements.iter().any(is_container) =>
            {
                return None;
            }
            _ => {
                let instead = if is_list { bson!([]) } else { bson!({}) };
                return Some((here.to_owned(), (value.clone(), instead)));
            }
        }
    }
}

fn is_container(value: &Bson) -> bool {
    matches!(value, Bson::Document(_) | Bson::Array(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(operators: Document, user: Document) -> Vec<(String, Bson)> {
        obstacles(&operators, &user).into_iter().map(|(path, (_, instead))| (path, instead)).collect()
    }

    #[test]
    fn what_is_no_document_or_no_list_is_found_where_one_is_needed() {
        let settings = doc! {"b": Bson::Null, "list": [1], "text": "t"};
        let user =
            || doc! {"settings": &settings, "emails": 5, "customFields": ["x"], "name": "n", "x": Bson::Null};
        for (operators, expected) in [
            (doc! {"$set": {"settings.b.c.d": 1}}, vec![("settings.b", bson!({}))]),
            (doc! {"$set": {"settings.b": 1, "emails": 1, "new.x.y": 1}}, vec![]),
            (
                doc! {"$set": {"emails.x": 1, "customFields.x": 1}},
                vec![("customFields", bson!({})), ("emails", bson!({}))],
            ),
            (
                doc! {"$push": {"settings.b": 1, "settings.list": 1, "settings.text.x": 1}},
                vec![("settings.b", bson!([])), ("settings.text", bson!({}))],
            ),
            (doc! {"$addToSet": {"emails": 1, "settings.new": 1}}, vec![("emails", bson!([]))]),
            (
                doc! {"$pull": {"settings": {"x": 1}}},
                vec![("settings", bson!([user().get("settings").cloned()]))],
            ),
            (doc! {"$unset": {"emails.x": 1, "settings.b.c": 1}}, vec![]),
            (doc! {"$set": {"customFields.0": 1, "customFields.$[own].x": 1, "settings.list.$": 1}}, vec![]),
            (doc! {"$set": {"emails.$[own].x": 1}}, vec![("emails", bson!([]))]),
            (doc! {"$set": {"name.first": 1}, "$addToSet": {"name": 1}}, vec![]),
            (doc! {"$set": {"x.y": 1}}, vec![("x", bson!({}))]),
        ] {
            let expected: Vec<_> =
                expected.into_iter().map(|(path, instead)| (path.to_owned(), instead)).collect();
            assert_eq!(found(operators.clone(), user()), expected, "{operators}");
        }
    }

    #[test]
    fn what_may_hold_a_session_is_kept_unless_it_is_empty() {
        let update = || doc! {"$set": {"services.resume.x": 1}};
        assert_eq!(found(update(), doc! {"services": [{"resume": 1}]}), []);
        assert_eq!(found(update(), doc! {"services": {"resume": [{"loginTokens": []}]}}), []);
        for empty in [bson!([]), bson!(["x"]), bson!([null])] {
            assert_eq!(found(update(), doc! {"services": empty}), [("services".to_owned(), bson!({}))]);
        }
    }
}
