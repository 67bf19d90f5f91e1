//! The page for people, as there is no web client here: it signs in, changes the profile and shows what happens; the links in
//! mails lead to it. And the document of the API with a viewer.
//!
//! Nothing happens on a GET: those who only look at links confirm nothing. Source: `docs/behaviour/own-account.md` sections
//! 5.2 and 7.2. Why never beside a Rocket.Chat, and what may leave: `docs/SECURITY.md`.

mod files;
mod people;
mod stored;

use crate::api::deadline::timed;
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse};
use files::{DOCS, INDEX, RESET};
use std::future::ready;

pub fn register(routes: &mut ServiceConfig) {
    routes.route("/", super::get().to(index));
    routes.route("/docs", super::get().to(docs));
    routes.route("/reset-password/{token}", super::get().to(reset));
    routes.route(people::PATH, super::get().to(timed(people::get)));
    routes.route(stored::PATH, super::get().to(timed(stored::get)));
    for file in files::below_the_page() {
        let path = file.path;
        routes.route(path, super::get().to(move |request: HttpRequest| ready(file.answer(&request))));
    }
}

async fn index(request: HttpRequest) -> HttpResponse {
    INDEX.answer(&request)
}

async fn docs(request: HttpRequest) -> HttpResponse {
    DOCS.answer(&request)
}

async fn reset(request: HttpRequest) -> HttpResponse {
    RESET.answer(&request)
}
