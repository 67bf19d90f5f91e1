//! From a saved request to what is announced of it, in Rocket.Chat's own order.

mod announcement;
mod changed_user;
mod closing;
mod emails;
mod preferences;
mod sessions;
mod status;

pub use announcement::{Announcement, projection};
pub use emails::emails_changed;
pub use preferences::preferences_changed;
pub use sessions::sessions_changed;
pub use status::{end_status_of, presence_fields, status_changed, watch_statuses};
