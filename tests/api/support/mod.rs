//! Starts the service on a freshly seeded workspace, and talks to it.

mod answer;
mod app;
mod checked;
pub mod codes;
mod dns;
mod dump;
mod moleculer;
mod options;
mod outbox;
mod process;
mod raw;
mod request;
mod shell;
mod standalone;
mod stored;
mod table;
mod upstream;
mod wire;

pub use answer::{Answer, plain_refusal, refusal};
pub use app::{ROUTE, TestApp, mongo, six_and_eight};
pub use checked::{check, check_with, resting};
pub use dns::Dns;
pub use moleculer::Node;
pub use options::{HASTE, Options};
pub use outbox::{is_delivered, outbox};
pub use process::{Service, folder, program, run};
pub use raw::{connect, exchange, reset};
pub use request::Request;
pub use shell::arguments;
pub use standalone::standalone;
pub use stored::{GONE, assert_changed, at};
pub use table::Row;
pub use upstream::{Behaviour, Received, Upstream};
pub use wire::{Wire, head};
