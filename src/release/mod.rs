//! What differs between the versions of Rocket.Chat, as one table of named behaviours ([`table`]).
//!
//! The column of a version is computed once, by [`Release::at`]; nothing else in the program asks for a version.
//! Sources: `docs/behaviour/versions.md` section 1, `docs/DECISIONS.md` section 2.

mod account_behaviour;
mod behaviour;
mod summary;
mod table;
mod version;

pub use account_behaviour::*;
pub use behaviour::*;
pub use summary::summary;
pub use table::{Certainty, ROWS, Release, Row};
pub use version::{ReleaseChoice, Version, VersionError};
