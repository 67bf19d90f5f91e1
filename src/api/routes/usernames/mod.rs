//! Usernames that could be taken. Source: `docs/behaviour/own-account.md` section 4.

mod availability;
mod suggestion;

use crate::api::deadline::timed;
use actix_web::web::ServiceConfig;

pub fn register(routes: &mut ServiceConfig) {
    routes.route(availability::PATH, super::get().to(timed(availability::get)));
    routes.route(suggestion::PATH, super::get().to(timed(suggestion::get)));
}
