//! What each path answers.

use super::Told;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::web::Data;
use metrics::gauge;
use serde_json::json;

/// Prometheus's text format.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The process answers: whoever restarts it does so only where this does not come.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok")
}

/// Whether requests should be sent here, and why not. The outbox does not count: effects that are late are no reason to
/// refuse changes, which would only have to go elsewhere into the same outbox.
pub async fn ready(told: Data<Told>) -> HttpResponse {
    let (readiness, freshness) = (&told.readiness, told.workspace.freshness());
    let is_ready = readiness.is_ready();
    let body = json!({
        "ready": is_ready,
        "mongodb": {
            "ok": readiness.database_answers(),
            "answered_seconds_ago": readiness.silence().as_secs_f64(),
        },
        // They are read before anybody listens, so they are there.
        "settings": {
            "ok": freshness.is_watched(),
            "read_seconds_ago": freshness.age().as_secs_f64(),
        },
        "outbox": told.outbox.to_json(),
        "draining": readiness.is_draining(),
    });
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut answer = HttpResponse::build(status);
    answer.insert_header((CACHE_CONTROL, "no-store"));
    if !is_ready {
        answer.insert_header((RETRY_AFTER, "5"));
    }
    answer.content_type("application/json").body(body.to_string())
}

/// Everything that is counted, and what is known only when it is asked for.
pub async fn metrics(told: Data<Told>) -> HttpResponse {
    let number = |is: bool| if is { 1.0 } else { 0.0 };
    gauge!("rc_account_ready").set(number(told.readiness.is_ready()));
    gauge!("rc_account_mongodb_silence_seconds").set(told.readiness.silence().as_secs_f64());
    gauge!("rc_account_settings_age_seconds").set(told.workspace.freshness().age().as_secs_f64());
    gauge!("rc_account_settings_watched").set(number(told.workspace.freshness().is_watched()));
    gauge!("rc_account_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    // By numbers, because a label would leave that of before an upgrade behind.
    let version = told.workspace.now().release.version;
    for (part, number) in [("major", version.major), ("minor", version.minor), ("patch", version.patch)] {
        gauge!("rc_account_imitated_version", "part" => part).set(f64::from(number));
    }
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type(EXPOSITION)
        .body(told.metrics.render())
}
