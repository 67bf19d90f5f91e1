//! `examples/` holds what it says: proxies, containers, units, rules and manifests, each tried with the program that reads
//! it.

#![expect(
    clippy::disallowed_methods,
    reason = "starts programs, reads examples and the developer's environment"
)]

mod files;
mod lacking;
mod proxies;
mod supervisor;
