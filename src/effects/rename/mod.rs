//! Carries a new username or name to all places where Rocket.Chat repeats it. Source: `docs/behaviour/side-effects.md` 2.2.
//!
//! A sequence of steps, each of which can be done again without harm. Where this differs from the original on purpose:
//! `docs/COMPATIBILITY.md`, "Renames".

mod events;
mod few;
mod group_names;
mod groups;
mod mentions;
mod run;
mod step;

pub use few::in_few_places;
pub use run::run;
use step::Step;
pub use step::catch_up;

use bson::{Document, doc};
use sha2::{Digest, Sha256};

/// What a user was called before and is called now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    pub old_username: String,
    pub username: String,
    /// The current name.
    pub name: Option<String>,
    /// A name was sent, even if it is the old one.
    pub name_sent: bool,
    /// The name is too long to be stored with the effect: it is read from the user when the rename is carried out.
    pub name_is_long: bool,
    /// The call history is among the places: the version has one.
    pub reaches_calls: bool,
}

/// The longest name that is stored with a rename, in bytes.
const LONGEST_NAME: usize = 4096;
/// A longer username is named in lanes by its digest, in bytes.
const LONGEST_IN_LANE: usize = 128;

impl Rename {
    #[must_use]
    pub fn new(
        old_username: String,
        username: String,
        name: Option<String>,
        name_sent: bool,
        reaches_calls: bool,
    ) -> Rename {
        Rename { old_username, username, name, name_sent, name_is_long: false, reaches_calls }
    }

    #[must_use]
    pub fn to_document(&self) -> Document {
        let name = self.name.as_deref().filter(|name| name.len() <= LONGEST_NAME);
        doc! {
            "old_username": &self.old_username, "username": &self.username, "name": name,
            "name_sent": self.name_sent, "name_is_long": name.is_none() && self.name.is_some(),
            "reaches_calls": self.reaches_calls,
        }
    }

    #[must_use]
    pub fn from_document(document: &Document) -> Option<Rename> {
        Some(Rename {
            old_username: document.get_str("old_username").ok()?.to_owned(),
            username: document.get_str("username").ok()?.to_owned(),
            name: document.get_str("name").ok().map(str::to_owned),
            name_sent: document.get_bool("name_sent").ok()?,
            name_is_long: document.get_bool("name_is_long").unwrap_or_default(),
            // Renames that were written down before there was this field reach it.
            reaches_calls: document.get_bool("reaches_calls").unwrap_or(true),
        })
    }

    #[must_use]
    pub fn username_changed(&self) -> bool {
        self.old_username != self.username
    }

    /// The lane of all renames of one user.
    #[must_use]
    pub fn lane(user_id: &str) -> String {
        format!("rename/{user_id}")
    }

    /// Renames that share one of these wait for each other: those of one user, and one that takes a username with the one
    /// that frees it.
    #[must_use]
    pub fn lanes(&self, user_id: &str) -> Vec<String> {
        let mut lanes = vec![Rename::lane(user_id)];
        if self.username_changed() {
            lanes.extend([username_lane(&self.old_username), username_lane(&self.username)]);
            lanes.dedup();
        }
        lanes
    }
}

/// The lane of those who free and take this username, in any letter case.
fn username_lane(username: &str) -> String {
    let username = username.to_lowercase();
    if username.len() <= LONGEST_IN_LANE {
        return format!("username/{username}");
    }
    format!("username-digest/{}", base16(&Sha256::digest(username)))
}

fn base16(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
