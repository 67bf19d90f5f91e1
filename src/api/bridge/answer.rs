//! The frame of a method's answer: EJSON text inside JSON. Source: `docs/behaviour/http-api.md` section 7.2.

use super::MethodError;
use crate::api::envelope;
use crate::api::error::ApiError;
use crate::refusal::Refusal;
use crate::release::{MethodFailure, Release};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::DateTime;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// 200 with the method's result; `None` is JavaScript's `undefined`.
pub fn result(id: Option<&RawValue>, result: Option<&Value>) -> HttpResponse {
    let body = json!({"message": frame(id, "result", result), "success": true});
    envelope::action(StatusCode::OK, &body)
}

/// The method's error, with the status that the release gives it.
pub fn failure(id: Option<&RawValue>, error: &MethodError, release: &Release) -> HttpResponse {
    let (status, success) = match release.method_failure {
        MethodFailure::InsideSuccess => (StatusCode::OK, true),
        MethodFailure::BadRequest => (StatusCode::BAD_REQUEST, false),
    };
    let body = json!({"message": frame(id, "error", Some(&error_object(error))), "success": success});
    envelope::action(status, &body)
}

fn frame(id: Option<&RawValue>, key: &str, value: Option<&Value>) -> String {
    let mut frame = String::from(r#"{"msg":"result""#);
    if let Some(id) = id {
        frame.push_str(r#","id":"#);
        frame.push_str(id.get());
    }
    if let Some(value) = value {
        frame.push_str(&format!(r#","{key}":{value}"#));
    }
    frame.push('}');
    frame
}

fn error_object(error: &MethodError) -> Value {
    match error {
        MethodError::NotFound(method) => {
            meteor_error(&404.into(), Some(&format!("Method '{method}' not found")), None)
        }
        MethodError::Meteor { code, reason } => meteor_error(&(*code).into(), Some(reason), None),
        MethodError::Mismatch(mismatch) => mismatch.to_json(),
        MethodError::Api(ApiError::Refused(Refusal { id: Some(id), message, details })) => {
            let suffix = format!("[{id}]");
            let reason = message.strip_suffix(&suffix).unwrap_or(message).trim_end();
            let mut error = meteor_error(
                &(*id).into(),
                Some(reason).filter(|reason| !reason.is_empty()),
                details.as_ref(),
            );
            // The reason of one error has no id behind it, so it is taken over as it stands.
            error["message"] = message.as_str().into();
            error
        }
        MethodError::Api(ApiError::TooManyRequests { seconds }) => too_many_requests(*seconds),
        MethodError::Api(error) => {
            error.log();
            // What Meteor shows of an error that was not meant for clients.
            meteor_error(&500.into(), Some("Internal server error"), None)
        }
    }
}

/// The answer of Meteor's own limiter of method calls.
fn too_many_requests(seconds: i64) -> Value {
    let reason = format!(
        "Error, too many requests. Please slow down. You must wait {seconds} seconds before trying again."
    );
    let details = json!({"timeToReset": seconds * 1000});
    meteor_error(&"too-many-requests".into(), Some(&reason), Some(&details))
}

fn meteor_error(id: &Value, reason: Option<&str>, details: Option<&Value>) -> Value {
    let bracketed = match id {
        Value::String(id) => format!("[{id}]"),
        other => format!("[{other}]"),
    };
    let message = match reason {
        Some(reason) => format!("{reason} {bracketed}"),
        None => bracketed,
    };
    let mut error =
        Map::from_iter([("isClientSafe".to_owned(), true.into()), ("error".to_owned(), id.clone())]);
    error.extend(reason.map(|reason| ("reason".to_owned(), reason.into())));
    error.extend(details.map(|details| ("details".to_owned(), with_dates(details))));
    error.insert("message".to_owned(), message.into());
    error.insert("errorType".to_owned(), "Meteor.Error".into());
    Value::Object(error)
}

/// The one date that details hold, in EJSON's form.
fn with_dates(details: &Value) -> Value {
    const EXPIRY: &str = "codeExpires";
    let mut details = details.clone();
    let date =
        details.get(EXPIRY).and_then(Value::as_str).and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    if let Some(date) = date {
        details[EXPIRY] = json!({"$date": date.timestamp_millis()});
    }
    details
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn error(refusal: Refusal) -> String {
        error_object(&MethodError::Api(refusal.into())).to_string()
    }

    #[test]
    fn errors_are_meteors_own_objects() {
        assert_eq!(
            error(Refusal::totp_user_not_found()),
            r#"{"isClientSafe":true,"error":"totp-user-not-found","reason":"TOTP User not found","message":"TOTP User not found [totp-user-not-found]","errorType":"Meteor.Error"}"#
        );
        assert_eq!(
            error(Refusal::malformed_code_address()),
            r#"{"isClientSafe":true,"error":"invalid email","message":"[invalid email]","errorType":"Meteor.Error"}"#
        );
        assert_eq!(
            error(Refusal::plain("E11000 duplicate key")),
            r#"{"isClientSafe":true,"error":500,"reason":"Internal server error","message":"Internal server error [500]","errorType":"Meteor.Error"}"#
        );
        assert_eq!(
            error_object(&MethodError::NotFound("x".to_owned())).to_string(),
            r#"{"isClientSafe":true,"error":404,"reason":"Method 'x' not found","message":"Method 'x' not found [404]","errorType":"Meteor.Error"}"#
        );
    }

    #[test]
    fn a_text_without_the_id_is_kept_without_it() {
        let policy = Refusal::password_policy(None);
        let text = policy.message.clone();
        let object = error_object(&MethodError::Api(policy.into()));
        assert_eq!((&object["reason"], &object["message"]), (&json!(text), &json!(text)));
    }

    #[test]
    fn dates_in_details_are_ejson() {
        let details = json!({"method": "email", "codeExpires": "2026-01-01T00:00:00.000Z"});
        let object: Value = serde_json::from_str(&error(Refusal::totp_invalid(details))).expect("JSON");
        assert_eq!(object["details"]["codeExpires"], json!({"$date": 1_767_225_600_000_i64}));
    }

    proptest! {
        #[test]
        fn any_method_name_gives_a_readable_frame(method in any::<String>()) {
            let error = error_object(&MethodError::NotFound(method.clone()));
            let frame: Value = serde_json::from_str(&frame(None, "error", Some(&error))).expect("JSON");
            prop_assert_eq!(&frame["error"]["reason"], &json!(format!("Method '{method}' not found")));
        }
    }
}
