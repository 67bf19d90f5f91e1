//! The own account beside the profile, for a stack without Rocket.Chat: status, preferences, access tokens, addresses,
//! forgotten passwords. Source: `docs/behaviour/own-account.md`.
//!
//! Each goes the way of a change of the profile: a typed request, a pure plan from it, one guarded write ([`change`]).

mod access_tokens;
mod change;
mod confirmation;
mod expiry;
mod listed_tokens;
mod mailed_secret;
mod preferences;
mod roles;
mod slug;
mod status;
mod suggestion;
mod usernames;

pub use access_tokens::{TokenChange, TokenChangeKind, TokenHolder};
pub use change::{Changing, Decision, Subject, change};
pub use confirmation::Mailing;
pub use expiry::{StatusExpiry, Tell, end_claim_of};
pub use listed_tokens::list_tokens;
pub use mailed_secret::{NewPassword, Redeemed, Redeeming, UNKNOWN_ADDRESS};
pub use preferences::{Preferences, StoredPreferences, plan_preferences};
pub use roles::plan_roles_of_verified;
pub use status::{NewStatus, check_texts_allowed, plan_status, prepare_status};
pub use suggestion::suggest;
pub use usernames::is_available;
