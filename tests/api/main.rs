//! The service as its clients see it: HTTP from outside, a real MongoDB behind, one database per test.

mod atomic;
mod mail;
mod mail_codes;
mod mail_failures;
mod mail_tls;
mod round_trips;
mod seeds;
mod settings;
mod support;
