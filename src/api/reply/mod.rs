//! The `user` of a successful answer, in the shape of the release.
//!
//! Source: `docs/behaviour/update-own-basic-info.md` section 1.5, `docs/DECISIONS.md` sections 2 and 3.

mod info;
mod json;
pub mod login_answer;
mod own;
mod reshaped;
pub mod second_factor;
mod services;
mod style;

pub use info::{info_projection, write_info};
pub use reshaped::to_json;
pub use style::ReplyStyle;
