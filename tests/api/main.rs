//! The service as its clients see it: HTTP from outside, a real MongoDB behind, one database per test.

mod atomic;
mod codes;
mod manage_email2fa;
mod manage_totp;
mod method_call;
mod remembering;
mod round_trips;
mod seeds;
mod settings;
mod support;
