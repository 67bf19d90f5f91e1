//! `rocketchat_call_history`, from release 8 on. Source: `docs/behaviour/side-effects.md` 2.2 B8.

use super::batches::{any_other, setting};
use super::{Store, StoreError};
use bson::{Bson, doc};

const CALLS: &str = "rocketchat_call_history";

impl Store {
    /// Writes the user's names into others' calls with them; `name` is left alone where it is `None`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rename_contact(
        &self,
        user_id: &str,
        username: &str,
        name: Option<&str>,
    ) -> Result<u64, StoreError> {
        let mut names = doc! {"contactUsername": username};
        names.extend(name.map(|name| ("contactName".to_owned(), Bson::from(name))));
        let filter = doc! {"contactId": user_id, "$or": any_other("", &names)};
        self.update_in_batches(CALLS, filter, setting(names), Vec::new()).await
    }
}
