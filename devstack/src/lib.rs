//! Development only: what the tests, the demo and the benchmarks of `rc-account` stand on.
//!
//! [`mongo`] gets and starts a real MongoDB replica set, [`workspace`] fills a database of it the way
//! Rocket.Chat leaves one, [`smtp`] is a mailbox, [`nats`] connects processes, [`breaking_proxy`] breaks the lines
//! between them, [`http`] calls what runs here; [`wheel`] and [`debian`] get programs that a machine lacks. Nothing here knows the service; the package `demo` puts them together.

#![expect(
    clippy::disallowed_methods,
    reason = "development only: it starts programs and reads the developer's environment"
)]

pub mod breaking_proxy;
pub mod debian;
pub mod http;
pub mod mongo;
pub mod nats;
pub mod promtool;
pub mod smtp;
pub mod supervised;
pub mod wheel;
pub use workspace_seed as workspace;

use std::path::{Path, PathBuf};

/// Cargo's target folder, as far as a program can know it.
fn target_folder() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR").filter(|given| !given.is_empty()) {
        Some(given) => given.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target"),
    }
}
