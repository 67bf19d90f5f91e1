//! What a client asks for, as it came: nothing is checked yet beyond the types of the body's schema.

use indexmap::IndexMap;
use secrecy::SecretString;
use serde_json::value::RawValue;

/// A field of the request. The original treats "not sent", `null` and a text in three ways.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sent<T = String> {
    #[default]
    Absent,
    Null,
    Text(T),
}

impl<T> Sent<T> {
    /// The text, where one was sent.
    pub fn text(&self) -> Option<&T> {
        match self {
            Sent::Text(text) => Some(text),
            Sent::Absent | Sent::Null => None,
        }
    }
}

impl Sent<String> {
    /// The text, where JavaScript calls it truthy.
    pub fn truthy(&self) -> Option<&str> {
        self.text().map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Whether this is an edit of the stored value. Null counts as one (`docs/behaviour/update-own-basic-info.md`
    /// section 2, step 2).
    pub fn edits(&self, stored: Option<&str>) -> bool {
        match self {
            Sent::Absent => false,
            Sent::Null => true,
            Sent::Text(text) => Some(text.as_str()) != stored,
        }
    }
}

/// A request to change one's own profile.
#[derive(Debug, Default)]
pub struct Change {
    pub email: Sent,
    pub name: Sent,
    pub username: Sent,
    pub nickname: Sent,
    pub bio: Sent,
    pub status_type: Sent,
    pub status_text: Sent,
    /// SHA-256 digest of the present password, in hex. `None` where it was not sent or is empty.
    pub current_password: Option<SecretString>,
    /// The new password in plain text. `None` where it was not sent or is empty.
    pub new_password: Option<SecretString>,
    /// Values stay unread until a field of that name turns out to be defined.
    pub custom_fields: IndexMap<String, Box<RawValue>>,
}

impl Change {
    /// Whether nothing was sent that could be saved.
    pub fn is_empty(&self) -> bool {
        let Change {
            email,
            name,
            username,
            nickname,
            bio,
            status_type,
            status_text,
            current_password,
            new_password,
            custom_fields,
        } = self;
        let texts = [email, name, username, nickname, bio, status_type, status_text];
        let passwords = [current_password, new_password];
        texts.into_iter().all(|text| *text == Sent::Absent)
            && passwords.into_iter().all(Option::is_none)
            && custom_fields.is_empty()
    }

    /// Whether the change touches what a second factor protects.
    pub fn is_sensitive(&self) -> bool {
        self.email.truthy().is_some() || self.new_password.is_some()
    }
}
