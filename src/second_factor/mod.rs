//! The confirmation of a sensitive change: which method counts, was it given.
//!
//! Also how users turn their own second factors on and off (`enrolment`).
//!
//! Source: `docs/behaviour/two-factor.md`. What confirms is spent in the very write that it allows (`confirmation`);
//! wrong attempts are counted at once (`attempt_budget`).

mod attempt_budget;
mod by_email;
mod confirmation;
mod email_code;
mod enrolment;
mod gate;
mod method;
mod new_code;
mod offered;
mod remember;
mod renewal;
mod requirement;
mod totp;

pub use attempt_budget::GuessedAt;
pub use attempt_budget::{AttemptBudget, GuessBudget};
pub use confirmation::Confirmation;
pub use email_code::{CodeMail, CodeToMail};
pub use enrolment::{BackupCodes, Enrolment, NewSecret};
pub use gate::Gate;
pub use method::Method;
pub use new_code::Replaces;
pub use offered::Offered;
pub use remember::{is_remembered, remembered};
pub use renewal::renew_hash;
pub use requirement::Requirement;
