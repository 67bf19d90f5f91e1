//! The signed-in user: credentials, checked against the database in one read.

use super::{Credentials, second_factor};
use crate::api::Api;
use crate::api::error::ApiError;
use crate::api::notes;
use crate::caller::{Caller, Session};
use crate::workspace::Workspace;
use actix_web::HttpRequest;
use secrecy::SecretString;
use std::sync::Arc;

/// Who calls, with which login token, in which state of the workspace.
pub struct Authenticated {
    pub caller: Caller,
    pub session: Session,
    /// The login token as it was sent.
    pub token: SecretString,
    /// The settings by which the whole request is decided.
    pub workspace: Arc<Workspace>,
}

impl Authenticated {
    /// Reads the caller.
    pub async fn from_request(request: &HttpRequest, api: &Api) -> Result<Authenticated, ApiError> {
        let credentials = Credentials::from_request(request).ok_or(ApiError::Unauthorized)?;
        let caller = api.store.caller(&credentials.user_id, &credentials.hashed_token).await?;
        let workspace = api.workspace.now();
        let client = second_factor::client(request, api, &workspace.release);
        let session = Session { hashed_token: credentials.hashed_token, client };
        let caller = caller.ok_or(ApiError::Unauthorized)?;
        notes::signed_in(request, &caller.id);
        Ok(Authenticated { caller, session, token: credentials.token, workspace })
    }
}
