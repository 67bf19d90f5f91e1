//! `x-2fa-code` and `x-2fa-method`, or `currentPassword` in the body. Source: `spec/two-factor.md` section 2.

use super::header;
use crate::profile::Change;
use crate::second_factor::Offered;
use actix_web::HttpRequest;

/// The second factor that counts for this request.
#[must_use]
pub fn offered(request: &HttpRequest, change: &Change) -> Offered {
    Offered::new(
        change.current_password.as_ref(),
        header::text(request, "x-2fa-code"),
        header::text(request, "x-2fa-method"),
    )
}
