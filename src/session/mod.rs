//! Signing in, for a stack without Rocket.Chat. Source: `docs/behaviour/login.md`.
//!
//! A typed [`LoginRequest`] names an [`Account`](crate::store::Account); [`Login`] proves that it is the client's, asks `rules`,
//! `throttle` and the second factor, and writes the new login token together with what the code spends.

mod error;
mod lifetime;
mod login;
mod request;
mod rules;
mod throttle;
mod write;

pub use error::{Ended, LoginError};
pub use lifetime::{expiry, hash_token};
pub use login::{LoggedIn, Login};
pub use request::{LoginRequest, Who};
