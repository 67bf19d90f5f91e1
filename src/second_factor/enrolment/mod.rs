//! Turning one's own second factors on and off. Source: `docs/behaviour/two-factor.md` section 8.
//!
//! Like a change of the profile, each is one guarded write that also spends the code which allows it.

mod backup_codes;
mod carry_out;
mod email;
mod new_secret;
mod totp;

pub use backup_codes::BackupCodes;
pub use carry_out::Enrolment;
use carry_out::{Decision, end_other_sessions};
pub use new_secret::NewSecret;
