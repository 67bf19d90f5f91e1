//! A login, as the route and the methods of Meteor's accounts begin one.

use super::Api;
use super::extract::ClientAddress;
use super::notes;
use crate::hashing::Work;
use crate::second_factor::GuessedAt;
use crate::session::{LoggedIn, Login, LoginError, LoginRequest};
use crate::workspace::Workspace;
use actix_web::HttpRequest;
use bson::Document;
use chrono::{DateTime, Utc};

/// Signs in whoever the request proves to be.
pub async fn log_in(
    request: &HttpRequest,
    api: &Api,
    workspace: &Workspace,
    login: &LoginRequest,
    projection: Document,
) -> Result<LoggedIn, LoginError> {
    let now: DateTime<Utc> = (api.clock)();
    let address = ClientAddress::from_request(request, &api.proxies);
    let work = Work::of_stranger(address.as_str());
    let way = Login {
        gate: api.gate(workspace, GuessedAt::Login, work.clone(), now),
        store: &api.store,
        hashing: api.hashing.on_behalf_of(work),
        settings: &workspace.settings,
        now,
        max_tokens: api.max_login_tokens,
        address: address.as_str(),
        projection,
    };
    let outcome = way.log_in(login).await;
    match &outcome {
        Ok(logged_in) => notes::signed_in(request, &logged_in.user_id),
        Err(error) => notes::refused(request, error.id()),
    }
    outcome
}
