//! Personal access tokens. Source: `docs/behaviour/own-account.md` section 6.

mod change;
mod list;

use crate::api::deadline::timed;
use actix_web::web::{self, ServiceConfig};

pub fn register(routes: &mut ServiceConfig) {
    routes.route(change::GENERATE, web::post().to(timed(change::generate)));
    routes.route(change::REGENERATE, web::post().to(timed(change::regenerate)));
    routes.route(change::REMOVE, web::post().to(timed(change::remove)));
    routes.route(list::PATH, super::get().to(timed(list::get)));
}
