//! Changing one's own profile: a typed [`Change`], the [`Facts`] it needs, a pure [`plan`](plan::plan), one commit.
//!
//! [`save`] is the whole way of a request through this room. One file per field rule; each says in its head
//! which section of the behaviour specification it follows. The rules do no I/O and read no clock: where one
//! needs to know something, it asks a [`Question`](facts::Question).

mod change;
mod custom_fields;
mod editing;
mod email;
mod facts;
mod identity;
mod password;
mod password_policy;
mod plan;
mod planned;
mod save;
mod session;
mod status;
mod text;

pub use change::{Change, Sent};
pub use facts::{Facts, MailDomains};
pub use save::{Saved, Saving, save};
