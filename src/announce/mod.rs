//! Tells a running Rocket.Chat of what was saved, so that connected clients see it at once. Source:
//! `docs/behaviour/live-updates.md`.
//!
//! Always after the commit, and best effort: an announcement that cannot be delivered is lost, which the next
//! reconnect of a client repairs. Nobody waits for it, and no answer depends on it.
//!
//! Behind the doors of NATS and TCP stand brokers of the moleculer framework. We send them packets without ever
//! becoming one of their nodes: whoever joins would get requests, and be missed when gone.

mod announcer;
mod delivery;
mod door;
pub(crate) mod ejson;
mod event;
mod inbox;
mod mute;
mod nats;
mod nodes;
mod packet;
mod reach;
mod tcp;
mod touch;
mod transporter;
mod upstream;

pub use announcer::{Announcer, Announcing};
pub use door::Door;
pub use event::{Event, Named};
pub use touch::{LOOP_GUARD, Touch};
pub use transporter::{Topology, Transporter};
pub use upstream::{NoCertificates, Upstream};
