//! Mail: what the workspace's mails say, which server takes them, and handing them over. Source: `docs/behaviour/email.md`.
//!
//! [`compose`] writes a [`Mail`] from the settings, purely; [`Mailer`] hands it to the mail server that is configured now,
//! over [`smtp`]. Mails that must survive a crash are effects; that room uses this one.

mod address;
mod client_name;
pub mod compose;
mod error;
mod mail_url;
mod mailer;
mod message;
mod sender;
mod server;
mod smtp;
mod template;
mod texts;
mod tls;
mod transport;
mod trial;

pub use compose::Letterhead;
pub use error::MailError;
pub use mail_url::BadMailUrl;
pub use mailer::Mailer;
pub use message::{Mail, Sender};
pub use sender::{FoundSender, find_sender};
pub use server::{Encryption, Login, MailServer, ServerOptions};
pub use smtp::{MailPatience, StepTaken};
pub use tls::{Certificate, NoCertificates, read_certificates};
pub use trial::{Reachable, Trial, try_mail, try_server};
