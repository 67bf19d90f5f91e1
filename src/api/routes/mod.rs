//! One file per route.

mod access_tokens;
mod addresses;
mod admission;
mod email_codes;
mod info;
mod log_out_user;
mod login;
mod logout;
mod logout_other_clients;
mod me;
mod method_call;
mod method_call_anon;
mod openapi;
mod own_info;
mod pages;
mod preferences;
mod public_settings;
mod remove_other_tokens;
mod status;
mod totp;
mod update_own_basic_info;
mod usernames;

use crate::api::deadline::timed;
use actix_web::Route;
use actix_web::guard::{Any, Get, Head};
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};

/// What is served beside a Rocket.Chat.
pub fn beside_rocket_chat(routes: &mut ServiceConfig) {
    routes
        .route(update_own_basic_info::PATH, web::method(Method::POST).to(timed(update_own_basic_info::post)));
    routes.route(method_call::PATH, web::method(Method::POST).to(timed(method_call::post)));
}

/// What a stack without Rocket.Chat needs in addition.
pub fn instead_of_rocket_chat(routes: &mut ServiceConfig) {
    routes.route(login::PATH, web::post().to(timed(login::post)));
    routes.route(logout::PATH, web::post().to(timed(logout::answer)));
    routes.route(logout::PATH, get().to(timed(logout::answer)));
    routes.route(me::PATH, get().to(timed(me::get)));
    routes.route(logout_other_clients::PATH, web::post().to(timed(logout_other_clients::post)));
    routes.route(remove_other_tokens::PATH, web::post().to(timed(remove_other_tokens::post)));
    routes.route(method_call_anon::PATH, web::post().to(timed(method_call_anon::post)));
    routes.route(log_out_user::PATH, web::post().to(timed(log_out_user::post)));
    routes.route(own_info::PATH, get().to(timed(own_info::get)));
    routes.route(public_settings::PATH, get().to(timed(public_settings::get)));
    for path in info::PATHS {
        routes.route(path, get().to(info::get));
    }
    routes.configure(email_codes::register);
    routes.configure(access_tokens::register);
    routes.configure(addresses::register);
    routes.configure(openapi::register);
    routes.configure(pages::register);
    routes.configure(preferences::register);
    routes.configure(status::register);
    routes.configure(usernames::register);
    routes.configure(totp::register);
}

/// HEAD is answered like GET, but without a body.
fn get() -> Route {
    web::route().guard(Any(Get()).or(Head()))
}
