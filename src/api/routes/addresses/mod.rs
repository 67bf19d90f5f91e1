//! Addresses that are to be confirmed, and passwords that were forgotten. Source: `docs/behaviour/own-account.md` sections 5
//! and 7.

mod confirm;
mod forgot;
mod verify;

use crate::api::deadline::timed;
use actix_web::web::{self, ServiceConfig};

pub fn register(routes: &mut ServiceConfig) {
    routes.route(confirm::PATH, web::post().to(timed(confirm::post)));
    routes.route(forgot::PATH, web::post().to(timed(forgot::post)));
    routes.route(verify::PATH, web::post().to(timed(verify::post)));
}
