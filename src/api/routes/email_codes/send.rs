//! `POST /api/v1/users.2fa.sendEmailCode`: mails a new code, also to a user who is not signed in yet.
//!
//! Always a success, so that the answer does not tell who is a user here. What bounds it are the rate limit and the limit of
//! mails; and what a stranger asks for does not replace a code that can still be used.

use crate::api::call_limit::{count_call, refuse_early};
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, Body, BodyError, ClientAddress, Largest, json, members, one_text};
use crate::api::routes::admission::limit_and_read;
use crate::api::{Api, envelope};
use crate::caller::{Caller, Email};
use crate::hashing::Work;
use crate::refusal::Refusal;
use crate::release::{AccountRoutes, Release, RouteLimit};
use crate::second_factor::Replaces;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Map;

pub const PATH: &str = "/api/v1/users.2fa.sendEmailCode";
const KEY: &str = "emailOrUsername";

pub async fn post(request: HttpRequest, payload: Payload, api: Api) -> Result<HttpResponse, ApiError> {
    let caller = match Authenticated::from_request(&request, &api).await {
        Ok(authenticated) => Some(authenticated.caller),
        Err(ApiError::Unauthorized) => None,
        Err(error) => return Err(error),
    };
    let workspace = api.workspace.now();
    let roles = caller.as_ref().map(|caller| caller.roles.as_slice()).unwrap_or_default();
    let largest = if caller.is_some() { Largest::SignedIn } else { Largest::Anonymous };
    if caller.is_none() {
        // Newer releases count behind the body. A stranger without a call left would not get past that with any body.
        refuse_early(&request, &api, PATH, RouteLimit::ApiDefaults, &workspace)?;
    }
    let limit = || count_call(&request, &api, PATH, RouteLimit::ApiDefaults, &workspace, roles);
    let body = Body::read(&request, payload, &api, largest, &workspace.release);
    let login = limit_and_read(&workspace.release, limit, read_login(body, &workspace.release)).await?;

    // Signed-in users get a code for themselves, whomever they name; older versions do not look who is signed in.
    let asks_anybody = workspace.release.account_routes == AccountRoutes::Loose;
    let caller = caller.filter(|caller| !asks_anybody || is_named(caller, &login));
    let (recipient, replaces, work) = match &caller {
        Some(Caller { id, .. }) => {
            (api.store.code_recipient_by_id(id).await?, Replaces::Any, Work::of_user(id))
        }
        None => {
            let address = ClientAddress::from_request(&request, &api.proxies);
            let recipient = api.store.code_recipient(&login).await?;
            (recipient, Replaces::WhatIsOver, Work::of_stranger(address.as_str()))
        }
    };
    api.enrolment(&workspace, work).send_email_code(recipient, replaces).await?;
    Ok(envelope::success_with(Map::new()))
}

fn is_named(caller: &Caller, login: &str) -> bool {
    let is_address = |email: &Email| email.address.to_lowercase() == login.to_lowercase();
    caller.username.as_deref() == Some(login) || caller.emails.iter().any(is_address)
}

async fn read_login(
    body: impl Future<Output = Result<Body, BodyError>>,
    release: &Release,
) -> Result<String, ApiError> {
    let body = body.await?;
    if release.account_routes == AccountRoutes::Typed {
        return Ok(one_text::parse(&body, KEY, release)?);
    }
    let members = members::of(&body);
    match members.get(KEY).filter(|raw| members::is_truthy(raw)) {
        None => Err(Refusal::email_or_username_required().into()),
        Some(raw) => match json::text(raw) {
            Some(login) => Ok(login),
            None => Err(Refusal::plain(format!("{KEY}.includes is not a function")).into()),
        },
    }
}
