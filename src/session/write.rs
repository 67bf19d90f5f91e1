//! The one write of a login: the token, `lastLogin`, and what the second factor spends.

use super::lifetime::hash_token;
use crate::caller::still_truthy;
use crate::second_factor::{Confirmation, Write};
use crate::store::{Account, Commit};
use bson::{DateTime, Document, doc};
use chrono::Utc;
use secrecy::{ExposeSecret, SecretString};

const LOGIN_TOKENS: &str = "services.resume.loginTokens";

pub(super) enum LoginToken<'a> {
    New {
        token: SecretString,
        /// The password's hash at today's cost, where the stored one has another.
        renewed_hash: Option<String>,
    },
    Resumed(&'a SecretString),
}

impl LoginToken<'_> {
    pub fn token(&self) -> &SecretString {
        match self {
            LoginToken::New { token, .. } => token,
            LoginToken::Resumed(token) => token,
        }
    }
}

pub(super) fn plan(
    account: &Account,
    login_token: &LoginToken<'_>,
    confirmation: &Confirmation,
    projection: Document,
    now: chrono::DateTime<Utc>,
) -> Commit {
    let caller = &account.caller;
    let at = DateTime::from_chrono(now);
    let mut write = Write::default();
    if account.is_visitor() {
        // Nobody looks at a visitor's last login; but something must be written for the guard to count.
        write.set.insert("type", "visitor");
    } else {
        write.guard.insert("active", true);
        write.set.extend(doc! {"lastLogin": at, "_updatedAt": at});
    }
    match login_token {
        LoginToken::New { token, renewed_hash } => {
            let hash = caller.services.password_hash.as_ref().map(ExposeSecret::expose_secret);
            write.guard.insert("services.password.bcrypt", hash);
            // A method that is turned on meanwhile must be asked for. One that is turned off has been.
            let services = &caller.services;
            if !services.totp_enabled {
                write.guard.insert("services.totp.enabled", doc! {"$ne": true});
            }
            if !services.email2fa_enabled {
                write.guard.insert("services.email2fa.enabled", still_truthy(false));
            }
            let entry = doc! {"when": at, "hashedToken": hash_token(token.expose_secret())};
            write.add_to_set.insert(LOGIN_TOKENS, entry);
            if let Some(hash) = renewed_hash {
                write.set.insert("services.password.bcrypt", hash);
            }
        }
        LoginToken::Resumed(token) => {
            let hashed = hash_token(token.expose_secret());
            if caller.login_token.contains_key("hashedToken") {
                write.guard.insert(format!("{LOGIN_TOKENS}.hashedToken"), hashed);
            } else {
                // A relic that was stored as it is; from now on only its hash is.
                write.guard.insert(format!("{LOGIN_TOKENS}.token"), token.expose_secret());
                let entry = doc! {"hashedToken": hashed, "when": caller.login_token.get("when").cloned()};
                write.set.insert(format!("{LOGIN_TOKENS}.$"), entry);
            }
        }
    }
    write.spend(confirmation);
    write.into_commit(&caller.id, projection, now)
}
