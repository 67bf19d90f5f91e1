//! `GET /api/info`, also under `/api/v1`: what anyone may know about the server.
//!
//! The original tells more to administrators, and in newer releases which clients it supports; no client of the
//! account routes needs that.

use crate::api::{Api, envelope};
use actix_web::HttpResponse;
use serde_json::json;

pub const PATHS: [&str; 2] = ["/api/info", "/api/v1/info"];

pub async fn get(api: Api) -> HttpResponse {
    envelope::answer(
        json!({"version": api.reply(&api.workspace.now()).short_version(), "success": true}).to_string(),
    )
}
