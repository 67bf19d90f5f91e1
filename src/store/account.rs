//! The account of a login, as it is read.

use super::users::UserFilter;
use crate::caller::Caller;
use bson::error::Error;
use bson::{Bson, Document, doc};

/// A user's document as far as a login looks at it.
pub struct Account {
    /// `login_token` is the one that a resume login came with.
    pub caller: Caller,
    /// `active` is exactly true.
    pub is_active: bool,
    /// `roles` is an array.
    pub has_roles: bool,
    /// How many login tokens of all kinds are stored.
    pub login_tokens: usize,
}

impl Account {
    /// `token`: the value of a login token's key, for a login by token.
    pub fn projection(token: Option<(&str, &str)>) -> Document {
        let mut projection = match token {
            Some((key, value)) => {
                Document::try_from(Caller::projection_with_token(key, value)).unwrap_or_default()
            }
            None => Caller::projection(),
        };
        projection.extend(doc! {
            "active": 1,
            "loginTokens": {"$cond": [
                {"$isArray": "$services.resume.loginTokens"}, {"$size": "$services.resume.loginTokens"}, 0,
            ]},
        });
        projection
    }

    pub fn from_document(user: &Document) -> Result<Account, Error> {
        Ok(Account {
            caller: Caller::from_document(user)?,
            is_active: user.get_bool("active").unwrap_or(false),
            has_roles: matches!(user.get("roles"), Some(Bson::Array(_))),
            login_tokens: user.get_i32("loginTokens").ok().and_then(|n| n.try_into().ok()).unwrap_or(0),
        })
    }

    /// Whether that is this account's name, letter case aside. The database also takes other likenesses for the
    /// same, such as wide letters.
    pub fn is_named(&self, name: UserFilter<'_>) -> bool {
        let same = |stored: &str, typed: &str| stored.to_lowercase() == typed.to_lowercase();
        match name {
            UserFilter::Username(typed) => {
                self.caller.username.as_deref().is_some_and(|username| same(username, typed))
            }
            UserFilter::EmailAddress(typed) => {
                self.caller.emails.iter().any(|email| same(&email.address, typed))
            }
        }
    }

    pub fn is_visitor(&self) -> bool {
        self.caller.kind.as_deref() == Some("visitor")
    }
}
