//! The answers of a login, which have an envelope of their own. Source: `docs/behaviour/login.md` section 1.5.

use crate::api::envelope;
use crate::refusal::Refusal;
use crate::release::{LoginAnswerShape, Release};
use crate::session::{Ended, LoggedIn};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

/// 200 with the token. `me`: the user's JSON.
pub fn success(logged_in: &LoggedIn, me: &str, release: &Release) -> HttpResponse {
    let user_id = Value::from(logged_in.user_id.as_str());
    let token = Value::from(logged_in.token.expose_secret());
    let end = match release.login {
        LoginAnswerShape::WithoutSuccess => "}",
        LoginAnswerShape::WithSuccess => r#","success":true}"#,
    };
    envelope::answer(format!(
        r#"{{"status":"success","data":{{"userId":{user_id},"authToken":{token},"me":{me}}}{end}"#
    ))
}

/// 401 for wrong credentials; which part was wrong is not told.
pub fn wrong_credentials(release: &Release) -> HttpResponse {
    failure(Some("Unauthorized".into()), None, "Unauthorized", release)
}

/// 401 for a login token that no longer counts.
pub fn ended(how: Ended, release: &Release) -> HttpResponse {
    if release.tells_ended_sessions {
        failure(Some(403.into()), None, &how.to_string(), release)
    } else {
        wrong_credentials(release)
    }
}

/// 401 for a user who is known but may not sign in, or has to give a second factor.
pub fn refused(refusal: &Refusal, release: &Release) -> HttpResponse {
    failure(refusal.id.map(Value::from), refusal.details.clone(), refusal.reason(), release)
}

/// 401 for arguments that no login handler knows. That tells nothing of any user.
pub fn unrecognised(release: &Release) -> HttpResponse {
    if release.tells_ended_sessions {
        failure(Some(400.into()), None, "Unrecognized options for login request", release)
    } else {
        wrong_credentials(release)
    }
}

/// Arguments of a wrong type; `text`: what Meteor says of them. Release 8 calls that an internal error, which here is not
/// logged as one.
pub fn malformed(text: &str, release: &Release) -> HttpResponse {
    match release.login {
        LoginAnswerShape::WithSuccess => {
            let body = json!({"success": false, "error": "Internal server error"});
            envelope::action(StatusCode::INTERNAL_SERVER_ERROR, &body)
        }
        LoginAnswerShape::WithoutSuccess => failure(None, None, text, release),
    }
}

fn failure(id: Option<Value>, details: Option<Value>, message: &str, release: &Release) -> HttpResponse {
    let id = id.map(|id| ("error".to_owned(), id));
    let status = ("status".to_owned(), Value::from("error"));
    let mut body = Map::new();
    match release.login {
        LoginAnswerShape::WithoutSuccess => {
            body.extend([status]);
            body.extend(id);
        }
        LoginAnswerShape::WithSuccess => {
            body.insert("success".to_owned(), false.into());
            body.extend(id);
            body.extend([status]);
        }
    }
    body.extend(details.map(|details| ("details".to_owned(), details)));
    body.insert("message".to_owned(), message.into());
    envelope::action(StatusCode::UNAUTHORIZED, &Value::Object(body))
}
