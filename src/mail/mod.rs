//! Mail: what the workspace's mails say, which server takes them, and handing them over. Source: `docs/behaviour/email.md`.
//!
//! [`compose`] writes a [`Mail`] from the settings, purely; [`Mailer`] hands it to the mail server that is configured now.
//! Mails that must survive a crash are effects; that room uses this one.

pub mod compose;
mod error;
mod mailer;
mod message;
mod server;
mod template;
mod texts;
mod transport;

pub use compose::Letterhead;
pub use error::MailError;
pub use mailer::{Mailer, NoCertificates, read_certificates};
pub use message::{Mail, Sender};
pub use server::{Encryption, Login, MailServer};
pub use transport::Transport;
