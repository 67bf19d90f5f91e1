//! What is compared: [`text`] (patterns), [`json`] (bodies, with the order of keys), [`document`] (what changed in
//! MongoDB, with its types).

pub mod document;
pub mod json;
pub mod text;
