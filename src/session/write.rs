//! The one write of a login: the token, `lastLogin`, and what the second factor spends.

use super::account::Account;
use super::lifetime::hash_token;
use crate::second_factor::Confirmation;
use crate::store::Commit;
use bson::{DateTime, Document, doc};
use chrono::Utc;
use secrecy::{ExposeSecret, SecretString};

const LOGIN_TOKENS: &str = "services.resume.loginTokens";

pub(super) enum Write<'a> {
    New {
        token: SecretString,
        /// The password's hash at today's cost, where the stored one has another.
        renewed_hash: Option<String>,
    },
    Resumed(&'a SecretString),
}

impl Write<'_> {
    pub fn token(&self) -> &SecretString {
        match self {
            Write::New { token, .. } => token,
            Write::Resumed(token) => token,
        }
    }
}

pub(super) fn plan(
    account: &Account,
    write: &Write<'_>,
    confirmation: &Confirmation,
    projection: Document,
    now: chrono::DateTime<Utc>,
) -> Commit {
    let caller = &account.caller;
    let now = DateTime::from_chrono(now);
    let (mut guard, mut set, mut update) = (Document::new(), Document::new(), Document::new());
    if account.is_visitor() {
        // Nobody looks at a visitor's last login; but something must be written for the guard to count.
        set.insert("type", "visitor");
    } else {
        guard.insert("active", true);
        set.extend(doc! {"lastLogin": now, "_updatedAt": now});
    }
    match write {
        Write::New { token, renewed_hash } => {
            let hash = caller.services.password_hash.as_ref().map(ExposeSecret::expose_secret);
            guard.insert("services.password.bcrypt", hash);
            let entry = doc! {"when": now, "hashedToken": hash_token(token.expose_secret())};
            update.insert("$addToSet", doc! {LOGIN_TOKENS: entry});
            if let Some(hash) = renewed_hash {
                set.insert("services.password.bcrypt", hash);
            }
        }
        Write::Resumed(token) => {
            let hashed = hash_token(token.expose_secret());
            if caller.login_token.contains_key("hashedToken") {
                guard.insert(format!("{LOGIN_TOKENS}.hashedToken"), hashed);
            } else {
                // A relic that was stored as it is; from now on only its hash is.
                guard.insert(format!("{LOGIN_TOKENS}.token"), token.expose_secret());
                let entry = doc! {"hashedToken": hashed, "when": caller.login_token.get("when").cloned()};
                set.insert(format!("{LOGIN_TOKENS}.$"), entry);
            }
        }
    }
    update.insert("$set", set);
    let spent_totp_step = spend(confirmation, &mut guard, &mut update);
    Commit {
        user_id: caller.id.clone(),
        guard,
        update,
        projection,
        array_filters: Vec::new(),
        claims: Vec::new(),
        spent_totp_step,
        subscription_custom_fields: None,
        only_session: None,
        effects: Vec::new(),
        now,
    }
}

/// A code is spent by the login that it allows: guarded while it is there, and removed.
fn spend(confirmation: &Confirmation, guard: &mut Document, update: &mut Document) -> Option<u64> {
    match confirmation {
        Confirmation::NotAsked | Confirmation::Password(_) | Confirmation::ReusableTotp => {}
        Confirmation::TotpStep(step) => return Some(*step),
        Confirmation::BackupCode(hash) => {
            guard.insert("services.totp.hashedBackup", hash);
            update.insert("$pull", doc! {"services.totp.hashedBackup": hash});
        }
        Confirmation::EmailCode(hash) => {
            guard.insert("services.emailCode.code", hash);
            update.insert("$unset", doc! {"services.emailCode": ""});
        }
    }
    None
}
