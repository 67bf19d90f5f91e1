//! `POST /api/v1/users.setStatus`. Source: `docs/behaviour/own-account.md` section 1.

use crate::account::{self, Changing, Decision};
use crate::api::error::ApiError;
use crate::api::extract::status_body;
use crate::api::routes::admission::{admit_account, read_body, subject};
use crate::api::{Api, announcing, envelope};
use crate::release::{AccountRoutes, RouteLimit};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;
use std::sync::Arc;

pub const PATH: &str = "/api/v1/users.setStatus";
const LIMIT: RouteLimit = RouteLimit::Own { calls: 5, window_ms: 60_000 };

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let body = read_body(&request, payload, &api, status_body::parse);
    let (caller, (new, target)) = admit_account(&request, &api, PATH, LIMIT, body).await?;
    let workspace = Arc::clone(&caller.workspace);
    let is_loose = workspace.release.account_routes == AccountRoutes::Loose;
    if is_loose {
        account::check_texts_allowed(&new, &workspace)?;
    }
    let subject = subject(&api, caller, &target).await?;
    if !is_loose {
        account::check_texts_allowed(&new, &workspace)?;
    }
    let now = (api.clock)();
    let limits = api.limiter.follows_release();
    // Counted once, however often it is decided.
    let facts = account::prepare_status(&new, &subject.user, &workspace, limits, &api.store, now).await?;
    let changing = Changing { store: &api.store, gate: None, projection: announcing::presence_fields(), now };
    let decide = async |user: &_| {
        let update = account::plan_status(&new, user, &facts, &workspace, now)?;
        Ok(Decision::free(update, ()))
    };
    let changed = account::change(&changing, subject, decide).await?;
    if let Some(after) = &changed.after {
        announcing::status_changed(&api, &workspace, after, changed.before.status.displayed);
    }
    Ok(envelope::success_with(Map::new()))
}
