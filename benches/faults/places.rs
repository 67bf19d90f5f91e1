//! Everything in which a rename is to be seen: the same as in the tests of renames.

#[path = "../../tests/api/rename/places.rs"]
mod shared;

pub use shared::{Everybody, Names, Places};
