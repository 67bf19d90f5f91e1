//! A program that this machine lacks and that cannot be got is named, and what needs it left out; with `RC_DEV_EXAMPLES=all`,
//! as in the fence, that fails.

use std::fmt::Display;

/// What was got, if it was.
pub fn had<T, E: Display>(name: &str, got: Result<T, E>) -> Option<T> {
    match got {
        Ok(got) => Some(got),
        Err(error) if std::env::var("RC_DEV_EXAMPLES").is_ok_and(|wanted| wanted == "all") => {
            panic!("{name} cannot be had: {error:#}")
        }
        Err(error) => {
            eprintln!("left out: {name} cannot be had: {error:#}");
            None
        }
    }
}
