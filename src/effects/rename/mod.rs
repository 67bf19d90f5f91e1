//! Carries a new username or name to all places where Rocket.Chat repeats it. Source: `docs/behaviour/side-effects.md` 2.2.
//!
//! A sequence of steps, each of which can be done again without harm. Where this differs from the original on purpose:
//! `docs/COMPATIBILITY.md`, "Renames".

mod events;
mod group_names;
mod mentions;
mod run;
mod step;

pub use run::run;
use step::Step;
pub use step::catch_up;

use bson::{Document, doc};

/// What a user was called before and is called now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    pub old_username: String,
    pub username: String,
    /// The current name.
    pub name: Option<String>,
    /// A name was sent, even if it is the old one.
    pub name_sent: bool,
}

impl Rename {
    #[must_use]
    pub fn to_document(&self) -> Document {
        doc! {
            "old_username": &self.old_username, "username": &self.username, "name": self.name.as_deref(),
            "name_sent": self.name_sent,
        }
    }

    #[must_use]
    pub fn from_document(document: &Document) -> Option<Rename> {
        Some(Rename {
            old_username: document.get_str("old_username").ok()?.to_owned(),
            username: document.get_str("username").ok()?.to_owned(),
            name: document.get_str("name").ok().map(str::to_owned),
            name_sent: document.get_bool("name_sent").ok()?,
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
            let of_name = |name: &str| format!("username/{}", name.to_lowercase());
            lanes.extend([of_name(&self.old_username), of_name(&self.username)]);
            lanes.dedup();
        }
        lanes
    }
}
