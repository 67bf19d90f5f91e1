//! Starts the service on a freshly seeded workspace, and talks to it.

mod answer;
mod app;
pub mod codes;
mod dump;

pub use answer::Answer;
pub use app::{Options, ROUTE, TestApp, six_and_eight};
