//! `X-User-Id` and `X-Auth-Token`. Source: `spec/http-api.md` section 2.1.

use super::header;
use actix_web::HttpRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Credentials as sent, not yet checked against the database.
pub struct Credentials {
    pub user_id: String,
    /// The stored form of the login token: Base64 of its SHA-256.
    pub hashed_token: String,
}

impl Credentials {
    /// `None` when one of the two headers is missing or empty.
    #[must_use]
    pub fn from_request(request: &HttpRequest) -> Option<Credentials> {
        let user_id = header::text(request, "x-user-id")?;
        let token = header::text(request, "x-auth-token")?;
        Some(Credentials { user_id, hashed_token: hash(&token) })
    }
}

fn hash(token: &str) -> String {
    STANDARD.encode(Sha256::digest(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_hashed_as_the_specification_shows() {
        assert_eq!(
            hash("RScctEHSmLGZGywfIhWyRpyofhKOiMoUIpimhvheU3f"),
            "mKvHbpuMqYlkjo15nA68sXqlJ4hvDUDKrQL+ffChrE8="
        );
    }
}
