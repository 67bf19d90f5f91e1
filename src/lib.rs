//! `rc-account` answers Rocket.Chat's own-profile API straight on a Rocket.Chat MongoDB.
//!
//! Where to begin reading: [`app`] builds the parts; `api::routes` receives a request; `profile` decides and
//! saves. The way of a request is drawn in `docs/ARCHITECTURE.md`.
//!
//! Public is what the command line, the tests and the benchmarks use.

pub mod app;
pub mod check;
pub mod clock;
pub mod command_line;
pub mod config;
pub mod effects;
pub mod hashing;
pub mod healthcheck;
pub mod mail;
pub mod mongo_url;
pub mod release;
pub mod store;
pub mod telemetry;
pub mod workspace;

mod account;
mod announce;
mod api;
mod caller;
mod deadline;
mod decide_again;
mod domain_error;
mod draining;
mod ecmascript;
mod email_address;
mod forwarded;
mod heartbeat;
mod mail_domains;
mod mail_limit;
mod ops;
mod outgoing;
mod profile;
mod random;
mod readiness;
mod record;
mod refusal;
mod second_factor;
mod session;
mod supervisor;
