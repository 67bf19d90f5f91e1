//! Development only: what the tests, the demo and the benchmarks of `rc-account` stand on.
//!
//! [`mongo`] gets and starts a real MongoDB replica set, [`workspace`] fills a database of it the way
//! Rocket.Chat leaves one. Nothing here knows the service; the demo in `src/bin/demo` puts the three together.

pub mod mongo;
pub mod supervised;
pub mod workspace;
