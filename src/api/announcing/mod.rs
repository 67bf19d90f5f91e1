//! From a saved request to what is announced of it, in Rocket.Chat's own order.

mod announcement;
mod changed_user;
mod closing;
mod sessions;

pub use announcement::{Announcement, projection};
