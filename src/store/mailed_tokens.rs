//! Secrets that were mailed to a user, and who got them. Source: `docs/behaviour/own-account.md` sections 5.3 and 7.3.

use super::{Store, StoreError};
use crate::caller::Caller;
use bson::{Bson, Document, doc};
use chrono::{DateTime, Utc};

/// What a secret was mailed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailedFor {
    Verification,
    Reset,
    Enrolment,
}

impl MailedFor {
    /// Where such secrets are.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            MailedFor::Verification => "services.email.verificationTokens",
            MailedFor::Reset => "services.password.reset",
            MailedFor::Enrolment => "services.password.enroll",
        }
    }
}

/// Who was mailed a secret.
pub struct Addressee {
    pub user: Caller,
    /// Where it was mailed to.
    pub address: String,
    /// When. `None`: that is not known.
    pub when: Option<DateTime<Utc>>,
}

impl Store {
    /// Whom this secret was mailed to.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn addressee(
        &self,
        mailed_for: MailedFor,
        token: &str,
    ) -> Result<Option<Addressee>, StoreError> {
        let path = mailed_for.path();
        let mut projection = Caller::projection();
        projection.insert(path, 1);
        let users = self.users();
        let user = users.find_one(doc! {format!("{path}.token"): token}).projection(projection).await?;
        let Some(user) = user else { return Ok(None) };
        let key = if mailed_for == MailedFor::Verification { "address" } else { "email" };
        let stored = found(&user, path, token);
        let address = stored.and_then(|stored| Some((stored, stored.get_str(key).ok()?)));
        let Some((stored, address)) = address else { return Ok(None) };
        Ok(Some(Addressee {
            address: address.to_owned(),
            when: stored.get_datetime("when").ok().map(|when| when.to_chrono()),
            user: Caller::from_document(&user)?,
        }))
    }
}

/// The document that holds the secret, by itself or in a list.
fn found<'a>(user: &'a Document, path: &str, token: &str) -> Option<&'a Document> {
    let mut value = None;
    for key in path.split('.') {
        value = match value {
            None => user.get(key),
            Some(value) => Bson::as_document(value)?.get(key),
        };
        value?;
    }
    let holds = |stored: &&Document| stored.get_str("token").is_ok_and(|stored| stored == token);
    match value? {
        Bson::Document(stored) => Some(stored).filter(holds),
        Bson::Array(list) => list.iter().filter_map(Bson::as_document).find(holds),
        _ => None,
    }
}
