//! HTTP: the only room that knows it. Credentials, client address, body, limits, and the envelope of answers.
//!
//! Source: `docs/behaviour/http-api.md`.

mod announcing;
mod answer;
mod audit;
mod body_budget;
mod bridge;
mod call_limit;
mod connection;
mod cors;
mod deadline;
mod drain;
mod envelope;
mod error;
mod extract;
mod health;
mod incoming;
mod notes;
mod patience;
mod rate_limit;
mod reply;
mod request_log;
mod root_path;
mod routes;
mod save_profile;
mod service;
mod state;

pub use body_budget::BodyBudget;
pub use connection::watched;
pub use extract::Proxies;
pub use health::register as register_health;
pub use patience::Patience;
pub use rate_limit::RateLimiter;
pub use root_path::strip as strip_root_path;
pub use service::configure;
pub use state::{Api, Shared, WorkerStore};
