//! Whether a server behaves as Rocket.Chat does where users change their own account: cases as data, and the kit that
//! holds a server against them over HTTP, MongoDB and SMTP. Nothing here knows `rc-account`.
//!
//! Begin with `conformance/README.md` (what a case says), then [`case`] (reading them), [`run`] (all of them), [`step`] (one
//! request), [`expect`] (what is compared). [`hostile`] is the other half: input that must break nothing. [`compare`] holds no
//! expectation at all: it sends the same to two servers.

#![expect(
    clippy::disallowed_methods,
    reason = "a program of its own: it reads its command line, the clock and the state of a process"
)]

pub mod arguments;
pub mod case;
pub mod command_line;
pub mod compare;
pub mod expect;
pub mod family;
pub mod fill;
pub mod hostile;
pub mod mailbox;
pub mod person;
pub mod report;
pub mod request;
pub mod run;
pub mod shapes;
pub mod step;
pub mod values;
pub mod wire;
pub mod workspace;
