//! The page in a real browser: Debian's Chromium, headless, against the real service on a real MongoDB, with a mailbox.
//!
//! `target/page-screenshots/` shows what was seen.

#![expect(clippy::disallowed_methods, reason = "starts a browser, and writes down what it shows")]

mod access_tokens;
mod browser;
mod document;
mod driver;
mod looks;
mod mails;
mod person;
mod profile;
mod second_factors;
mod served;
mod signing_in;
mod stage;
