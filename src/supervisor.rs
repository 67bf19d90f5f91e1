//! What systemd is told where it has started the service (`Type=notify`): that it serves, and that it ends.
//!
//! Without `NOTIFY_SOCKET` nobody is told, and nobody is there who could not be told: a failure is a line in the log.

use sd_notify::NotifyState;

/// Requests are answered from now on.
pub fn serves() {
    tell(NotifyState::Ready);
}

/// The service has been told to end, and serves on until that is done.
pub fn ends() {
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}
