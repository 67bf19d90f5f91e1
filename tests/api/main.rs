//! The service as its clients see it: HTTP from outside, a real MongoDB behind, one database per test.

mod atomic;
mod body;
mod characters;
mod claims;
mod codes;
mod credentials;
mod custom_fields;
mod email;
mod hostile;
mod identity;
mod password;
mod rate_limit;
mod rate_limit_scope;
mod refusals;
mod remembering;
mod round_trips;
mod routes;
mod second_factor;
mod seeds;
mod settings;
mod start;
mod status;
mod support;
mod texts;
