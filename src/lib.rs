//! `rc-account` answers Rocket.Chat's own-profile API straight on a Rocket.Chat MongoDB.
//!
//! Where to begin reading: [`app`] builds the parts; `api::routes` receives a request; [`profile`] decides and
//! saves. The way of a request is drawn in `docs/ARCHITECTURE.md`.

pub mod announce;
pub mod api;
pub mod app;
pub mod caller;
pub mod check;
pub mod clock;
pub mod config;
pub mod deadline;
pub mod draining;
pub mod ecmascript;
pub mod effects;
pub mod email_address;
pub mod hashing;
pub mod heartbeat;
pub mod mail;
pub mod mail_domains;
pub mod profile;
pub mod random;
pub mod readiness;
pub mod refusal;
pub mod release;
pub mod second_factor;
pub mod session;
pub mod store;
pub mod telemetry;
pub mod workspace;
