//! The signed-in user: credentials, checked against the database in one read.

use super::{Credentials, second_factor};
use crate::api::Api;
use crate::api::error::ApiError;
use crate::caller::{Caller, Session};
use actix_web::HttpRequest;
use secrecy::SecretString;

/// Who calls, and with which login token.
pub struct Authenticated {
    pub caller: Caller,
    pub session: Session,
    /// The login token as it was sent.
    pub token: SecretString,
}

impl Authenticated {
    /// Reads the caller.
    ///
    /// # Errors
    /// [`ApiError::Unauthorized`], or the database's failure.
    pub async fn from_request(request: &HttpRequest, api: &Api) -> Result<Authenticated, ApiError> {
        let credentials = Credentials::from_request(request).ok_or(ApiError::Unauthorized)?;
        let caller = api.store.caller(&credentials.user_id, &credentials.hashed_token).await?;
        let fingerprint = second_factor::client_fingerprint(request, api);
        let session = Session { hashed_token: credentials.hashed_token, fingerprint };
        let caller = caller.ok_or(ApiError::Unauthorized)?;
        Ok(Authenticated { caller, session, token: credentials.token })
    }
}
