//! The own status: setting and reading it. Source: `docs/behaviour/own-account.md` sections 1 and 2.

mod get;
mod presence;
mod set;

use crate::api::Api;
use crate::api::announcing;
use crate::api::deadline::timed;
use crate::api::error::ApiError;
use crate::api::extract::{Query, Target};
use crate::refusal::Refusal;
use crate::release::{AccountRoutes, Release};
use actix_web::HttpRequest;
use actix_web::web::{self, ServiceConfig};
use bson::{Document, RawDocumentBuf, doc};

pub fn register(routes: &mut ServiceConfig) {
    routes.route(set::PATH, web::post().to(timed(set::post)));
    routes.route(get::PATH, super::get().to(timed(get::get)));
    routes.route(presence::PATH, super::get().to(timed(presence::get)));
}

/// Whom the query names; newer versions take no other keys.
fn read_target(request: &HttpRequest, release: &Release) -> Result<Target, ApiError> {
    let query = Query::of(request);
    match release.account_routes {
        AccountRoutes::Typed => query.check(None, &Target::KEYS).map_err(ApiError::InvalidQuery)?,
        AccountRoutes::Loose if query.is_repeated(&Target::KEYS) => {
            return Err(Refusal::plain("input.replace is not a function").into());
        }
        AccountRoutes::Loose => {}
    }
    Ok(Target::of_query(&query))
}

/// A user's status as it is now: one whose time is over has ended.
async fn read_status(api: &Api, user_id: &str) -> Result<RawDocumentBuf, ApiError> {
    announcing::end_status_of(api, user_id).await?;
    let fields: Document = doc! {
        "status": 1, "statusConnection": 1, "statusSource": 1, "statusExpiresAt": 1, "lastLogin": 1,
    };
    api.store.user(user_id, fields).await?.ok_or(ApiError::Unauthorized)
}

/// The text there, or `offline`.
fn or_offline<'a>(user: &'a RawDocumentBuf, field: &str) -> &'a str {
    user.get_str(field).ok().filter(|status| !status.is_empty()).unwrap_or("offline")
}
