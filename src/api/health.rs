//! `GET /health`: whether a proxy should send requests here. It is Rocket.Chat's own path and answer (`ok`), so that one
//! check of a proxy fits both.
//!
//! Outside of what every other answer passes: it is asked every second or two, and belongs in no line of the log.

use super::error::RETRY_AFTER_SECONDS;
use super::{Shared, envelope};
use actix_web::HttpResponse;
use actix_web::guard::{Any, Get, Head};
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::web::{self, Data, ServiceConfig};

const PATH: &str = "/health";

pub fn register(services: &mut ServiceConfig) {
    let asked = web::route().guard(Any(Get()).or(Head()));
    services.route(PATH, asked.to(answer));
}

async fn answer(shared: Data<Shared>) -> HttpResponse {
    let mut answer = if shared.readiness.is_ready() {
        HttpResponse::Ok()
    } else {
        let mut answer = HttpResponse::ServiceUnavailable();
        answer.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS));
        answer
    };
    answer.content_type(envelope::TEXT).insert_header((CACHE_CONTROL, "no-store"));
    answer.body(if shared.readiness.is_ready() { "ok" } else { "not ready" })
}
