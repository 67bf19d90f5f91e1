//! `X-User-Id` and `X-Auth-Token`. Source: `docs/behaviour/http-api.md` section 2.1.

use super::header;
use crate::session::hash_token;
use actix_web::HttpRequest;
use secrecy::SecretString;

/// Credentials as sent, not yet checked against the database.
pub struct Credentials {
    pub user_id: String,
    /// The stored form of the login token: Base64 of its SHA-256.
    pub hashed_token: String,
    /// The login token itself.
    pub token: SecretString,
}

impl Credentials {
    /// `None` when one of the two headers is missing or empty.
    pub fn from_request(request: &HttpRequest) -> Option<Credentials> {
        let user_id = header::text(request, "x-user-id")?;
        let token = header::text(request, "x-auth-token")?;
        Some(Credentials { user_id, hashed_token: hash_token(&token), token: token.into() })
    }
}
