//! Who gets the events that go through NATS.

use super::InstanceForm;
use super::nodes::Nodes;
use crate::store::Store;

/// Who gets the events.
pub(super) enum Listeners {
    /// The nodes with a service that listens to them.
    Services { prefix: String, nodes: Nodes },
    /// Every process that is entered in the database.
    Instances(Store, InstanceForm),
    /// Anyone who has subscribed to the event's own subject.
    Subscribers,
}

impl Listeners {
    /// What to tell an operator when none listens.
    pub(super) fn absence(&self) -> &'static str {
        match self {
            Listeners::Services { .. } => {
                "no service on the NATS server listens to them: is MS_NAMESPACE that of Rocket.Chat?"
            }
            Listeners::Subscribers => "nobody can be seen to listen",
            Listeners::Instances(..) => "no Rocket.Chat is entered in `instances`",
        }
    }
}
