//! Fields of users that are not of the type which they have in Rocket.Chat.

use super::{count, text};
use crate::store::stored::value_at;
use crate::store::users::USERS;
use crate::store::{Store, StoreError};
use bson::{Document, doc};

/// What belongs in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Document,
    /// A list of documents.
    Documents,
    /// A list of documents with a text `address`.
    Addresses,
    /// A list of texts.
    Texts,
    /// A text, or null.
    Text,
    Date,
}

/// The fields on whose types something rests.
const FIELDS: [(&str, FieldKind); 28] = [
    ("_updatedAt", FieldKind::Date),
    ("bio", FieldKind::Text),
    ("createdAt", FieldKind::Date),
    ("customFields", FieldKind::Document),
    ("emails", FieldKind::Addresses),
    ("language", FieldKind::Text),
    ("name", FieldKind::Text),
    ("nickname", FieldKind::Text),
    ("previousState", FieldKind::Document),
    ("roles", FieldKind::Texts),
    ("services", FieldKind::Document),
    ("services.email", FieldKind::Document),
    ("services.email.verificationTokens", FieldKind::Documents),
    ("services.email2fa", FieldKind::Document),
    ("services.password", FieldKind::Document),
    ("services.password.bcrypt", FieldKind::Text),
    ("services.passwordHistory", FieldKind::Texts),
    ("services.resume", FieldKind::Document),
    ("services.resume.loginTokens", FieldKind::Documents),
    ("services.totp", FieldKind::Document),
    ("services.totp.hashedBackup", FieldKind::Texts),
    ("settings", FieldKind::Document),
    ("settings.preferences", FieldKind::Document),
    ("status", FieldKind::Text),
    ("statusDefault", FieldKind::Text),
    ("statusText", FieldKind::Text),
    ("type", FieldKind::Text),
    ("username", FieldKind::Text),
];

/// A field that is of another type in some users.
#[derive(Debug)]
pub struct OddField {
    pub path: &'static str,
    pub kind: FieldKind,
    pub users: u64,
    /// Usernames or ids of some of them.
    pub some: Vec<String>,
}

impl FieldKind {
    /// The types, as `$type` names them, that are in order.
    #[must_use]
    pub fn types(self) -> &'static [&'static str] {
        match self {
            FieldKind::Document => &["object", "missing"],
            FieldKind::Documents | FieldKind::Addresses | FieldKind::Texts => &["array", "missing"],
            FieldKind::Text => &["string", "null", "undefined", "missing"],
            FieldKind::Date => &["date", "missing"],
        }
    }

    /// True where the field is of another type; what is below such a field is not looked at.
    fn is_odd(self, path: &str) -> Document {
        let value = value_at(path);
        let is_of_another_type = doc! {"$not": [{"$in": [{"$type": &value}, self.types().to_vec()]}]};
        let (element, kind) = match self {
            FieldKind::Documents => ("$$this", "object"),
            FieldKind::Addresses => ("$$this.address", "string"),
            FieldKind::Texts => ("$$this", "string"),
            FieldKind::Document | FieldKind::Text | FieldKind::Date => return is_of_another_type,
        };
        let of_elements = doc! {"$map": {"input": &value, "in": {"$ne": [{"$type": element}, kind]}}};
        doc! {"$cond": [{"$isArray": [value]}, {"$anyElementTrue": [of_elements]}, is_of_another_type]}
    }
}

impl Store {
    /// The fields that are of another type somewhere, by path. Reads `users` once, and twice more for each of them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn odd_fields(&self) -> Result<Vec<OddField>, StoreError> {
        let fields: Vec<Document> =
            FIELDS.iter().map(|(path, kind)| doc! {"path": *path, "odd": kind.is_odd(path)}).collect();
        let pipeline = vec![
            doc! {"$project": {"fields": {"$filter": {"input": fields, "cond": "$$this.odd"}}}},
            doc! {"$unwind": "$fields"},
            doc! {"$group": {"_id": "$fields.path", "users": {"$sum": 1}}},
        ];
        let found = self.inspected(USERS, pipeline).await?;
        let mut odd = Vec::new();
        for (path, kind) in FIELDS {
            let Some(of_path) = found.iter().find(|found| text(found, "_id").as_deref() == Some(path)) else {
                continue;
            };
            let (_, some) = self.number_and_some(doc! {"$expr": kind.is_odd(path)}).await?;
            odd.push(OddField { path, kind, users: count(of_path, "users"), some });
        }
        Ok(odd)
    }
}
