//! Whom a request is about, where it may name somebody.

use super::query::Query;
use crate::caller::Caller;
use crate::store::Whom;

/// By id or by username; empty texts name nobody.
#[derive(Debug, Default)]
pub struct Target {
    user_id: Option<String>,
    username: Option<String>,
    user: Option<String>,
}

impl Target {
    pub const KEYS: [&'static str; 3] = ["userId", "username", "user"];

    pub fn new(user_id: Option<String>, username: Option<String>, user: Option<String>) -> Target {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Target { user_id: filled(user_id), username: filled(username), user: filled(user) }
    }

    pub fn of_query(query: &Query) -> Target {
        let text = |key| query.filled(key).map(str::to_owned);
        Target { user_id: text("userId"), username: text("username"), user: text("user") }
    }

    /// Whether that is the caller, who is also meant where nobody is named.
    pub fn is(&self, caller: &Caller) -> bool {
        let Target { user_id, username, user } = self;
        let is_own_name = |name: &Option<String>| name.is_some() && *name == caller.username;
        (user_id.is_none() && username.is_none() && user.is_none())
            || user_id.as_deref() == Some(caller.id.as_str())
            || is_own_name(username)
            || is_own_name(user)
    }

    /// Who is looked up: the id before the names.
    pub fn whom(&self) -> Whom<'_> {
        match (&self.user_id, self.username.as_ref().or(self.user.as_ref())) {
            (Some(id), _) => Whom::Id(id),
            (None, Some(username)) => Whom::Username(username),
            (None, None) => Whom::Id(""),
        }
    }
}
