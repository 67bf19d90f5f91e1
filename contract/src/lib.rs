//! The contract: what `docs/openapi.json` says of every request and answer, and a check of what was really sent.
//!
//! The document is put together from the parts in `docs/openapi/` ([`put_together`]). Tests hand each exchange with the
//! service to [`Contract::check`].

#![expect(clippy::disallowed_methods, reason = "tests read files before they serve")]

mod check;
mod coerced;
mod document;
mod exchange;
mod parts;
mod schemas;
mod tally;

pub use check::Contract;
pub use document::{Operation, Standing, resolve, schemas_of};
pub use exchange::{Exceptions, Exchange};
pub use parts::{committed, put_together, root};
pub use schemas::Schemas;
pub use tally::Tally;
