//! The client's side of SMTP (RFC 5321): one dialogue with one server, step by step.
//!
//! It stands beside `lettre`, which composes the mails, because `lettre`'s client has no time limit for each step, knows
//! neither HELO nor CRAM-MD5, and reads logins only in the standard's spelling. What it does where servers differ is what
//! the original's client does. Source: `docs/behaviour/email.md` section 2.
//!
//! Replies are typed and bounded, each step has its own deadline ([`MailPatience`]), no command can hold a line break, and
//! nothing that is sent or received shows in a `Debug`.

mod capabilities;
mod connect;
mod dialogue;
mod error;
mod handover;
mod login;
mod patience;
mod reply;
mod trace;
mod wire;

pub use dialogue::Dialogue;
pub use error::{Fault, SmtpError, Step};
pub use login::Mechanism;
pub use patience::MailPatience;
pub use trace::{StepTaken, Trace};
