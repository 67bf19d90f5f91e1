//! Settings and values as JavaScript reads them: lists, patterns, numbers, custom fields.

mod checked;
mod custom_fields;
mod lists;
mod numbers;
mod patterns;
