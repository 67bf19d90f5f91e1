//! Changing one's own profile: a typed [`Change`], the [`Facts`](facts::Facts) it needs, a pure [`plan`](plan::plan), one commit.
//!
//! [`save`] is the whole way of a request through this room. One file per field rule; each says in its head
//! which section of the behaviour specification it follows. The rules do no I/O and read no clock: where one
//! needs to know something, it asks by a [`FactQuery`](facts::FactQuery).

mod change;
mod custom_fields;
mod editing;
mod email;
mod facts;
mod identity;
mod password;
mod password_policy;
mod plan;
mod plan_input;
mod protection;
mod save;
mod session;
pub mod status;
mod text;
mod throw_away_domains;

pub use change::{Change, Sent};
pub use custom_fields::{to_bson, to_number};
pub use facts::{Allowance, LimitedChange, MailDomains};
pub use identity::is_blocked;
pub use password::{check_password_history, check_password_policy, plan_new_hash};
pub use save::{Saving, Scope, save};
