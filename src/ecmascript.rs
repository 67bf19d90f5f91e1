//! The JavaScript rules on which the original's results depend: what counts as white space, how long a text is, what a
//! pattern matches, and what becomes of a value where another type is wanted.
//!
//! Whatever a setting or a request holds is read here, and only here, so that each kind of value has one reading.

mod date;
mod json;
#[cfg(test)]
mod node;
mod number;
mod pattern;
mod text;
mod uri;
mod value;

pub use date::{iso, parse_date};
pub use json::parse_json;
pub use number::{array_index, number_to_string};
pub use pattern::{Pattern, PatternError, Tested};
pub use text::{escape_html, is_same_ignoring_case, length, split_filled_list, split_list, trim, truncate};
pub use uri::decode_uri;
pub use value::{Value, sort_keys};
