//! Starts the service on a freshly seeded workspace, and talks to it.

mod answer;
mod app;
mod dump;
mod process;
mod raw;

pub use answer::Answer;
pub use app::{Options, ROUTE, TestApp, mongo, six_and_eight};
pub use process::{Service, folder, program, run};
pub use raw::{connect, exchange};
