//! Starts the service on a freshly seeded workspace, and talks to it.

mod answer;
mod app;
mod dump;
mod outbox;

pub use answer::Answer;
pub use app::{HASTE, Options, ROUTE, TestApp, six_and_eight};
pub use outbox::{is_delivered, outbox};
