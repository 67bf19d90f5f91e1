//! Where the links in mails lead to, as there is no web client here: a page that hands the secret in the link to the method
//! that it is for. Source: `docs/behaviour/own-account.md` sections 5.2 and 7.2.
//!
//! Nothing happens on a GET: those who only look at links confirm nothing.

use crate::api::envelope::uncached_page;
use actix_web::HttpResponse;
use actix_web::web::ServiceConfig;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const PAGE: &str = include_str!("account.html");
const SCRIPT: &str = include_str!("account.js");

static WITH_SCRIPT: LazyLock<String> = LazyLock::new(|| PAGE.replace("SCRIPT", SCRIPT));
/// Only this script runs, and it talks to nobody else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; script-src 'sha256-{digest}'; connect-src 'self'; form-action 'none'; \
         frame-ancestors 'none'; base-uri 'none'"
    )
});

pub fn register(routes: &mut ServiceConfig) {
    routes.route("/", super::get().to(page));
    routes.route("/reset-password/{token}", super::get().to(page));
}

async fn page() -> HttpResponse {
    uncached_page(&WITH_SCRIPT, &POLICY)
}
