//! What a handler needs from a request, one file each.

mod authenticated;
pub mod basic_info;
mod body;
mod client_address;
mod credentials;
mod header;
pub mod json;
pub mod login_body;
pub mod one_text;
pub mod schema;
pub mod second_factor;
pub mod touch;

pub use authenticated::Authenticated;
pub use body::{Body, BodyError};
pub use client_address::ClientAddress;
use credentials::Credentials;
