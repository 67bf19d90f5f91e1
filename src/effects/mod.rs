//! What happens because of a change but outlasts its request: today the two mails of a new address.
//!
//! An effect is written to the outbox in the transaction of the change itself (`store::commit`) and carried out by the
//! [`Worker`], in whichever instance is first. It happens at least once: twice only if an instance dies between
//! the effect and its deletion from the outbox, or if a mail server takes a mail and its answer is lost. Both
//! mails then carry the same `Message-ID`.

mod mail;
mod pace;
mod worker;

pub use pace::Pace;
pub use worker::Worker;

use bson::{Document, doc};
use secrecy::{ExposeSecret, SecretString};

/// One thing that is to happen.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Tell the old address of the new one.
    EmailChanged { old: String, new: String },
    /// Ask the new address for a confirmation. `name` is the user's, with the username in its place if there is none.
    VerifyEmail { address: String, token: SecretString, name: Option<String> },
}

const EMAIL_CHANGED: &str = "email-changed";
const VERIFY_EMAIL: &str = "verify-email";

impl Effect {
    /// The kinds that this version can carry out.
    pub const KINDS: &'static [&'static str] = &[EMAIL_CHANGED, VERIFY_EMAIL];

    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Effect::EmailChanged { .. } => EMAIL_CHANGED,
            Effect::VerifyEmail { .. } => VERIFY_EMAIL,
        }
    }

    #[must_use]
    pub fn to_document(&self) -> Document {
        match self {
            Effect::EmailChanged { old, new } => doc! {"old": old, "new": new},
            Effect::VerifyEmail { address, token, name } => {
                doc! {"address": address, "token": token.expose_secret(), "name": name.as_deref()}
            }
        }
    }

    /// `None` when the document is not of that kind.
    #[must_use]
    pub fn from_document(kind: &str, document: &Document) -> Option<Effect> {
        let text = |key| document.get_str(key).ok().map(str::to_owned);
        match kind {
            EMAIL_CHANGED => Some(Effect::EmailChanged { old: text("old")?, new: text("new")? }),
            VERIFY_EMAIL => Some(Effect::VerifyEmail {
                address: text("address")?,
                token: text("token")?.into(),
                name: text("name"),
            }),
            _ => None,
        }
    }
}

/// Why an effect has not happened. The reason is shown to operators and holds no secret.
#[derive(Debug)]
enum Failure {
    /// Trying again may help: after a pause by the number of attempts.
    Passing(String),
    /// Only an operator can help, after which trying again helps at once.
    Waiting(String),
    /// Trying again is useless.
    Final(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_read_as_it_was_written() {
        let (old, new) = ("a@b.example".to_owned(), "c@d.example".to_owned());
        let verify = |name| Effect::VerifyEmail { address: new.clone(), token: "t0ken".into(), name };
        for effect in [
            Effect::EmailChanged { old: old.clone(), new: new.clone() },
            verify(None),
            verify(Some("Name".to_owned())),
        ] {
            assert!(Effect::KINDS.contains(&effect.kind()));
            let read = Effect::from_document(effect.kind(), &effect.to_document()).expect("readable");
            assert_eq!((read.kind(), read.to_document()), (effect.kind(), effect.to_document()));
            assert!(!format!("{effect:?}").contains("t0ken"));
        }
        assert!(Effect::from_document(VERIFY_EMAIL, &doc! {"address": "x"}).is_none());
    }
}
