//! What only tests and benchmarks choose.

use crate::api::Patience;
use crate::clock::{self, Clock};
use crate::effects::RetryPolicy;
use crate::hashing::Hashing;
use crate::mail::MailPatience;
use crate::store::{CommandEvent, EventHandler};

/// What is not configuration. The service runs with the defaults; tests and benchmarks replace some.
pub struct Overrides {
    pub clock: Clock,
    /// Receives every command that is sent to MongoDB.
    pub commands: Option<EventHandler<CommandEvent>>,
    pub hashing: Hashing,
    /// How often and after which delays effects are tried again.
    pub retry_policy: RetryPolicy,
    /// How long clients are waited for.
    pub patience: Patience,
    /// How long mail servers are waited for.
    pub mail_patience: MailPatience,
}

impl Default for Overrides {
    fn default() -> Self {
        Overrides {
            clock: clock::system(),
            commands: None,
            hashing: Hashing::default(),
            retry_policy: RetryPolicy::default(),
            patience: Patience::default(),
            mail_patience: MailPatience::default(),
        }
    }
}
