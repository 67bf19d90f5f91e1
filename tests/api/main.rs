//! The service as its clients see it: HTTP from outside, a real MongoDB behind, one database per test.

mod atomic;
mod body;
mod characters;
mod codes;
mod credentials;
mod hostile;
mod rate_limit;
mod rate_limit_scope;
mod remembering;
mod round_trips;
mod routes;
mod seeds;
mod settings;
mod start;
mod support;
