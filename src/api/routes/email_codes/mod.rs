//! One's own codes by e-mail: on, off, a new one. Source: `docs/behaviour/two-factor.md` section 8.

mod disable;
mod enable;
mod send;

use crate::api::deadline::timed;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};

pub fn register(routes: &mut ServiceConfig) {
    routes.route(enable::PATH, web::method(Method::POST).to(timed(enable::post)));
    routes.route(disable::PATH, web::method(Method::POST).to(timed(disable::post)));
    routes.route(send::PATH, web::method(Method::POST).to(timed(send::post)));
}
