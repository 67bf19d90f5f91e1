//! The one write of a login: the token, `lastLogin`, and what the second factor spends.

use super::lifetime::hash_token;
use crate::second_factor::Confirmation;
use crate::store::{Account, Commit, Stored, UserUpdate};
use bson::{DateTime, Document, doc};
use chrono::Utc;
use secrecy::{ExposeSecret, SecretString};

const LOGIN_TOKENS: &str = "services.resume.loginTokens";

pub(super) enum LoginToken<'a> {
    New { token: SecretString },
    Resumed(&'a SecretString),
}

impl LoginToken<'_> {
    pub fn token(&self) -> &SecretString {
        match self {
            LoginToken::New { token } => token,
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
    let mut update = UserUpdate::default();
    if account.is_visitor() {
        // A visitor's last login is not kept; but something must be written for the guard to count.
        update.set("type", "visitor");
    } else {
        update.guard("active", Stored::True(true));
        update.set("lastLogin", at);
        update.set("_updatedAt", at);
    }
    match login_token {
        LoginToken::New { token } => {
            let services = &caller.services;
            let password_hash = services.password_hash.as_ref().map(ExposeSecret::expose_secret);
            update.guard("services.password.bcrypt", password_hash);
            // A method that is turned on meanwhile must be asked for. One that is turned off has been.
            if !services.totp_enabled {
                update.guard("services.totp.enabled", Stored::True(false));
            }
            if !services.email2fa_enabled {
                update.guard("services.email2fa.enabled", Stored::Truthy(false));
            }
            let entry = doc! {"when": at, "hashedToken": hash_token(token.expose_secret())};
            update.add_to_set(LOGIN_TOKENS, entry);
        }
        LoginToken::Resumed(token) => {
            let hashed = hash_token(token.expose_secret());
            if caller.login_token.contains_key("hashedToken") {
                update.guard_element(format!("{LOGIN_TOKENS}.hashedToken"), &hashed);
            } else {
                // A relic that was stored as it is; from now on only its hash is.
                update.guard_element(format!("{LOGIN_TOKENS}.token"), token.expose_secret());
                let entry = doc! {"hashedToken": hashed, "when": caller.login_token.get("when").cloned()};
                update.set(format!("{LOGIN_TOKENS}.$"), entry);
            }
        }
    }
    confirmation.spend(&mut update);
    Commit { user_id: caller.id.clone(), seen: caller.updated_at, update, projection, now: at }
}
