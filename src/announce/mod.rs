//! Tells a running Rocket.Chat of what was saved, so that connected clients see it at once. Source:
//! `docs/behaviour/live-updates.md`.
//!
//! Always after the commit, and best effort: what cannot be delivered is lost, and clients see it when they next
//! reconnect. No request waits for a delivery, and no answer depends on one.
//!
//! NATS and TCP lead to brokers of the moleculer framework. We send them packets without joining as a node: a node
//! would be sent requests, and reported as lost when it ends.

mod announcer;
mod channel;
mod delivery;
mod delivery_status;
pub(crate) mod ejson;
mod event;
mod listeners;
mod nats;
mod nodes;
mod packet;
mod queue;
mod tcp;
mod touch;
mod transporter;
mod unreachable_hosts;
mod upstream;

pub use crate::outgoing::NoCertificates;
pub use announcer::{Announcer, Announcing};
pub use channel::Channel;
pub use event::{Event, Named};
pub use touch::{LOOP_GUARD, Touch};
pub use transporter::{Topology, Transporter};
pub use upstream::Upstream;

use crate::release::InstanceEvents;
use std::sync::Arc;

/// How whole instances of the present version tell each other of events: it can change while we run.
pub type InstanceForm = Arc<dyn Fn() -> InstanceEvents + Send + Sync>;
