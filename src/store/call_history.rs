//! `rocketchat_call_history`, from release 8 on. Source: `docs/behaviour/side-effects.md` 2.2 B8.

use super::Replacement;
use super::batches::any_other;
use bson::{Bson, doc};

const CALLS: &str = "rocketchat_call_history";

impl Replacement {
    /// The user's names in others' calls with them; `name` is left alone where it is `None`.
    #[must_use]
    pub fn of_contact(user_id: &str, username: &str, name: Option<&str>) -> Replacement {
        let mut names = doc! {"contactUsername": username};
        names.extend(name.map(|name| ("contactName".to_owned(), Bson::from(name))));
        let outdated = doc! {"contactId": user_id, "$or": any_other("", &names)};
        Replacement::new(CALLS, outdated, names, Vec::new())
    }
}
