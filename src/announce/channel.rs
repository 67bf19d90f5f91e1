//! The channels to a running Rocket.Chat.

use super::{Transporter, Upstream};

/// Which one is used.
#[derive(Debug, Clone, Default)]
pub enum Channel {
    /// Nothing is announced.
    #[default]
    Off,
    /// Rocket.Chat's own REST route, as the user.
    Touch(Upstream),
    /// Events through the NATS server that connects Rocket.Chat's processes.
    Nats(Transporter),
    /// Events straight to the TCP ports of Rocket.Chat's processes.
    Tcp,
}
