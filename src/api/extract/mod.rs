//! What a handler needs from a request, one file each.

mod authenticated;
pub mod basic_info;
mod body;
pub mod bounds;
mod client_address;
mod credentials;
mod header;
pub mod json;
pub mod login_body;
mod login_match;
mod lossy_text;
pub mod members;
mod nested_form;
pub mod one_text;
pub mod payload;
mod preference_schema;
mod preference_value;
pub mod preferences_body;
mod query;
pub mod schema;
pub mod second_factor;
pub mod status_body;
mod target;
pub mod token_body;
pub mod touch;
pub mod typed;

pub use authenticated::Authenticated;
pub use body::{Body, BodyError, Largest};
pub use client_address::{ClientAddress, Proxies};
use credentials::Credentials;
pub use query::Query;
pub use target::Target;
