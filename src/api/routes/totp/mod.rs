//! One's own TOTP: the five routes of 8.8. Source: `docs/behaviour/two-factor.md` section 8.

mod codes_remaining;
mod disable;
mod enable;
mod regenerate_codes;
mod validate;

use crate::api::deadline::timed;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};

pub fn register(routes: &mut ServiceConfig) {
    routes.route(enable::PATH, web::method(Method::POST).to(timed(enable::post)));
    routes.route(validate::PATH, web::method(Method::POST).to(timed(validate::post)));
    routes.route(disable::PATH, web::method(Method::POST).to(timed(disable::post)));
    routes.route(regenerate_codes::PATH, web::method(Method::POST).to(timed(regenerate_codes::post)));
    routes.route(codes_remaining::PATH, web::method(Method::GET).to(timed(codes_remaining::get)));
}
