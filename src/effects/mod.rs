//! What happens because of a change but outlasts its request: the mails of a new address, and a new name in all the
//! places where Rocket.Chat repeats it.
//!
//! An effect is written to the outbox in the transaction of the change itself (`store::commit`) and carried out by the
//! [`Worker`] of whichever instance is first. It happens at least once, and twice only if an instance dies between the
//! effect and its deletion from the outbox, or if a mail server takes a mail and its answer is lost. Both copies of the
//! mail then carry the same `Message-ID`; a rename that is done twice finds nothing left to do.

mod mail;
mod rename;
mod retry_policy;
mod runner;
mod upkeep;
mod worker;

pub use mail::Notice;
pub use rename::{Rename, catch_up, in_few_places};
pub use retry_policy::RetryPolicy;
pub use worker::Worker;

use crate::store::{NewEffect, StoreError, StoredEffect};
use bson::{Document, doc};
use secrecy::ExposeSecret;

/// One thing that is to happen.
#[derive(Debug, Clone)]
pub enum Effect {
    Mail(Notice),
    /// Write new names wherever they are repeated.
    Rename(Rename),
}

const EMAIL_CHANGED: &str = "email-changed";
const VERIFY_EMAIL: &str = "verify-email";
const RESET_PASSWORD: &str = "reset-password";
const ENROLMENT: &str = "enrolment";
const RENAME: &str = "rename";

/// How many verification mails, and notices to former addresses, of one user may wait beside the one that is being sent.
/// The same of the ways to a new password. Only the newest verification has a token that counts. Of the notices, those to the addresses that the user had first
/// are kept, and the newest.
const WAITING_VERIFICATIONS: u32 = 1;
const WAITING_NOTICES: u32 = 10;
/// The longest address that is mailed to, in bytes: RFC 5321 has 64 for the name, 255 for the domain.
const LONGEST_ADDRESS: usize = 320;
/// What a mail shows of a name or of another address, in characters.
const LONGEST_SHOWN: usize = 300;

impl Effect {
    /// The kinds that this version can carry out. Any other kind is of a later version, and left to it.
    pub const MAILS: &'static [&'static str] = &[EMAIL_CHANGED, VERIFY_EMAIL, RESET_PASSWORD, ENROLMENT];
    pub const RENAMES: &'static [&'static str] = &[RENAME];

    fn kind(&self) -> &'static str {
        match self {
            Effect::Mail(Notice::EmailChanged { .. }) => EMAIL_CHANGED,
            Effect::Mail(Notice::VerifyEmail { .. }) => VERIFY_EMAIL,
            Effect::Mail(Notice::ResetPassword { .. }) => RESET_PASSWORD,
            Effect::Mail(Notice::Enrolment { .. }) => ENROLMENT,
            Effect::Rename(_) => RENAME,
        }
    }

    /// The lane of all mails of this kind to one user.
    fn mail_lane(kind: &str, user_id: &str) -> String {
        format!("{kind}/{user_id}")
    }

    /// The lane that all effects of this kind and user have in common; `None` for a kind of a later version.
    fn lane_of_parked(kind: &str, user_id: &str) -> Option<String> {
        if Effect::RENAMES.contains(&kind) {
            return Some(Rename::lane(user_id));
        }
        Effect::MAILS.contains(&kind).then(|| Effect::mail_lane(kind, user_id))
    }

    fn lanes(&self, user_id: &str) -> Vec<String> {
        match self {
            Effect::Mail(_) => vec![Effect::mail_lane(self.kind(), user_id)],
            Effect::Rename(rename) => rename.lanes(user_id),
        }
    }

    /// As it is to be stored. What it holds is bounded. `None` for a mail that no server can take.
    #[must_use]
    pub fn to_new(&self, user_id: &str) -> Option<NewEffect> {
        let max_waiting = match self {
            Effect::Rename(_) => None,
            Effect::Mail(notice) => {
                if notice.recipient().len() > LONGEST_ADDRESS {
                    return None;
                }
                let is_notice = matches!(notice, Notice::EmailChanged { .. });
                Some(if is_notice { WAITING_NOTICES } else { WAITING_VERIFICATIONS })
            }
        };
        Some(NewEffect::new(self.kind(), self.lanes(user_id), self.to_document(), max_waiting))
    }

    /// `None` when what is stored is no effect of this kind.
    #[must_use]
    pub fn from_stored(stored: &StoredEffect) -> Option<Effect> {
        Effect::from_document(&stored.kind, &stored.document)
    }

    fn to_document(&self) -> Document {
        match self {
            Effect::Mail(Notice::EmailChanged { old, new }) => {
                doc! {"old": old, "new": cut(new)}
            }
            Effect::Mail(
                Notice::VerifyEmail { address, token, name } | Notice::ResetPassword { address, token, name },
            ) => {
                doc! {"address": address, "token": token.expose_secret(), "name": name.as_deref().map(cut)}
            }
            Effect::Mail(Notice::Enrolment { address, name }) => {
                doc! {"address": address, "name": name.as_deref().map(cut)}
            }
            Effect::Rename(rename) => rename.to_document(),
        }
    }

    fn from_document(kind: &str, document: &Document) -> Option<Effect> {
        let text = |key| document.get_str(key).ok().map(str::to_owned);
        let notice = match kind {
            EMAIL_CHANGED => Notice::EmailChanged { old: text("old")?, new: text("new")? },
            VERIFY_EMAIL => Notice::VerifyEmail {
                address: text("address")?,
                token: text("token")?.into(),
                name: text("name"),
            },
            ENROLMENT => Notice::Enrolment { address: text("address")?, name: text("name") },
            RESET_PASSWORD => Notice::ResetPassword {
                address: text("address")?,
                token: text("token")?.into(),
                name: text("name"),
            },
            RENAME => return Rename::from_document(document).map(Effect::Rename),
            _ => return None,
        };
        Some(Effect::Mail(notice))
    }
}

/// As much of the text as a mail shows.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Why an effect has not happened. The reason is shown to operators and holds no secret.
#[derive(Debug)]
enum Failure {
    /// Trying again may help, after a delay that grows with the number of attempts.
    Transient(String),
    /// Only an operator can help; then it is tried again at once.
    NeedsOperator(String),
    /// Trying again is useless.
    Permanent(String),
    /// Another instance has taken the effect over.
    LeaseLost,
    /// The service stops.
    Stopped,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Transient(match error {
            StoreError::Refused(message) | StoreError::Duplicate { message } => message,
            unavailable @ (StoreError::Unavailable(_) | StoreError::Unknown(_)) => unavailable.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_read_as_it_was_written() {
        let (old, new) = ("a@b.example".to_owned(), "c@d.example".to_owned());
        let verify =
            |name| Effect::Mail(Notice::VerifyEmail { address: new.clone(), token: "t0ken".into(), name });
        for effect in [
            Effect::Mail(Notice::EmailChanged { old: old.clone(), new: new.clone() }),
            verify(None),
            verify(Some("Name".to_owned())),
            Effect::Mail(Notice::ResetPassword { address: new.clone(), token: "t0ken".into(), name: None }),
            Effect::Mail(Notice::Enrolment { address: new.clone(), name: Some("Name".to_owned()) }),
            Effect::Rename(Rename {
                old_username: old.clone(),
                username: new.clone(),
                name: None,
                name_sent: true,
                name_is_long: false,
                reaches_calls: false,
            }),
        ] {
            assert!([Effect::MAILS, Effect::RENAMES].concat().contains(&effect.kind()));
            let read = Effect::from_document(effect.kind(), &effect.to_document()).expect("readable");
            assert_eq!((read.kind(), read.to_document()), (effect.kind(), effect.to_document()));
            assert!(!format!("{effect:?}").contains("t0ken"));
        }
        assert!(Effect::from_document(VERIFY_EMAIL, &doc! {"address": "x"}).is_none());
    }

    #[test]
    fn what_an_effect_holds_is_bounded() {
        let huge = || "ä".repeat(3 << 20);
        let size = |effect: Effect| {
            let new = effect.to_new("u").expect("an effect");
            new.document.to_vec().expect("BSON").len()
        };
        let address = "a@b.example".to_owned();
        let (token, name) = ("t0ken".into(), Some(huge()));
        let verify = Effect::Mail(Notice::VerifyEmail { address: address.clone(), token, name });
        assert!(size(verify) < 4096);
        assert!(size(Effect::Mail(Notice::EmailChanged { old: address.clone(), new: huge() })) < 4096);
        let (old_username, username) = ("old".to_owned(), "new".to_owned());
        let rename = Rename::new(old_username, username, Some(huge()), true, true);
        let stored = rename.to_document();
        assert!(size(Effect::Rename(rename.clone())) < 4096);
        assert_eq!(Rename::from_document(&stored), Some(Rename { name: None, name_is_long: true, ..rename }));
        // Nobody can be mailed at such an address.
        assert!(Effect::Mail(Notice::EmailChanged { old: huge(), new: address }).to_new("u").is_none());
    }
}
