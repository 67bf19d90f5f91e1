//! Development only: what the tests, the demo and the benchmarks of `rc-account` stand on.
//!
//! [`mongo`] gets and starts a real MongoDB replica set, [`workspace`] fills a database of it the way
//! Rocket.Chat leaves one, [`smtp`] is a mailbox, [`nats`] connects processes, [`http`] calls what runs here. Nothing
//! here knows the service; the package `demo` puts them together.

#![expect(
    clippy::disallowed_methods,
    reason = "development only: it starts programs and reads the developer's environment"
)]

mod debian;
pub mod http;
pub mod mongo;
pub mod nats;
pub mod smtp;
pub mod supervised;
pub mod workspace;
