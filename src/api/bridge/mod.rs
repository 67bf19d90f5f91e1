//! Meteor's methods over REST, as web and mobile clients up to 7.x call them: the message inside the body, what
//! the methods take, and the frame of the answer. Source: `docs/behaviour/http-api.md` section 7.2.

mod account;
mod answer;
mod matching;
mod method;
mod new_password;
mod profile_params;
mod save_user_profile;
mod two_factor;

pub use account::AccountMethod;
pub use answer::{failure, result};
pub use method::{MethodCall, MethodError};
pub use save_user_profile::save_user_profile;
pub use two_factor::TwoFactorMethod;
