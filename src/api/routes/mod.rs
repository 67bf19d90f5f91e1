//! One file per route.

mod admission;
mod email_codes;
mod method_call;
mod totp;
mod update_own_basic_info;

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};

/// What is served beside a Rocket.Chat.
pub fn beside_rocket_chat(routes: &mut ServiceConfig) {
    routes.route(update_own_basic_info::PATH, web::method(Method::POST).to(update_own_basic_info::post));
    routes.route(method_call::PATH, web::method(Method::POST).to(method_call::post));
}

/// What a stack without Rocket.Chat needs in addition.
pub fn instead_of_rocket_chat(routes: &mut ServiceConfig) {
    routes.configure(email_codes::register);
    routes.configure(totp::register);
}
