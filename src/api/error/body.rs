//! The bodies of failed calls. Source: `docs/behaviour/http-api.md` sections 2.4, 3.2, 4 and 5.3.

use crate::refusal::Refusal;
use crate::release::{BodyErrorShape, Release, UnauthorizedBody};
use serde_json::{Map, Value, json};

const INVALID_PARAMS: &str = "invalid-params";

pub(super) fn unauthorized(release: &Release) -> Value {
    let text = "You must be logged in to do this.";
    match release.unauthorized {
        UnauthorizedBody::StatusAndMessage => json!({"status": "error", "message": text}),
        UnauthorizedBody::Superset => {
            json!({"success": false, "error": text, "status": "error", "message": text})
        }
        UnauthorizedBody::SuccessAndError => json!({"success": false, "error": text}),
    }
}

pub(super) fn invalid_params(message: &str, release: &Release) -> Value {
    match release.body_error {
        BodyErrorShape::Suffixed => {
            let error = format!("{message} [{INVALID_PARAMS}]");
            json!({"success": false, "error": error, "errorType": INVALID_PARAMS})
        }
        BodyErrorShape::Plain => {
            json!({"success": false, "errorType": INVALID_PARAMS, "error": message})
        }
    }
}

/// The routes that check a query by a schema have an id of their own for it.
pub(super) fn invalid_query(message: &str, release: &Release) -> Value {
    match release.body_error {
        BodyErrorShape::Suffixed => invalid_params(message, release),
        BodyErrorShape::Plain => {
            json!({"success": false, "errorType": "error-invalid-params", "error": message})
        }
    }
}

/// 9.0 has one id for all that is not allowed, and no details.
pub(super) fn forbidden(refusal: &Refusal) -> Value {
    json!({"success": false, "error": refusal.message, "errorType": "error-forbidden"})
}

pub(super) fn refused(refusal: &Refusal) -> Value {
    let mut body = Map::new();
    body.insert("success".to_owned(), false.into());
    body.insert("error".to_owned(), refusal.message.as_str().into());
    if let Some(id) = refusal.id {
        body.insert("errorType".to_owned(), id.into());
    }
    if let Some(details) = &refusal.details {
        body.insert("details".to_owned(), details.clone());
    }
    Value::Object(body)
}

pub(super) fn failed(message: &str) -> Value {
    json!({"success": false, "error": message})
}

pub(super) fn too_many_requests(seconds: i64) -> String {
    format!(
        "Error, too many requests. Please slow down. You must wait {seconds} seconds before trying this endpoint \
         again. [error-too-many-requests]"
    )
}
