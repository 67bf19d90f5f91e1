//! `--repair`: carries the present usernames to the places where old ones were found.

use super::Finding;
use super::finding::users;
use crate::store::{HalfRenamed, Store};

/// Finishes the renames of these users, except those that are in progress.
pub(super) async fn half_renamed(_store: &Store, half: &[HalfRenamed]) -> Vec<Finding> {
    let left = half.iter().filter(|user| !user.in_progress).count();
    if left == 0 {
        return vec![Finding::ok("repair", "there is nothing to repair")];
    }
    let left = users(u64::try_from(left).unwrap_or(u64::MAX));
    let message =
        format!("nothing was changed for {left}: this version finds half renames, and repairs none");
    vec![Finding::error(
        "repair",
        message,
        "rename the user to something else and back in Rocket.Chat's administration",
    )]
}
