//! One change as it is asked for, and what came of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::people::User;
use super::stage::ROUTE;

/// Longer than the service takes for any answer.
const PATIENCE: Duration = Duration::from_secs(25);

/// In the place of a reason that was cut.
pub const UNTOLD: &str = "(cut)";

/// What a request asks for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub mark: String,
    pub username: Option<String>,
    pub email: Option<String>,
    pub password: Option<String>,
    /// Method and code in the headers.
    pub factor: Option<(&'static str, String)>,
    pub current_password: Option<String>,
}

pub enum Outcome {
    Saved(Value),
    Refused(String),
    /// 503: nothing was done.
    NothingDone,
    NotSent,
    /// No answer, or one that says nothing.
    Doubtful(String),
}

impl Wish {
    /// Sends it for that user, and waits for the answer.
    pub async fn send(&self, http: &reqwest::Client, base: &str, user: &User) -> Outcome {
        let Wish { mark, username, email, password, factor, current_password } = self;
        let mut data = json!({"name": format!("name{mark}"), "nickname": mark, "bio": mark});
        let more = [
            ("username", username),
            ("email", email),
            ("newPassword", password),
            ("currentPassword", current_password),
        ];
        for (key, value) in more {
            if let Some(value) = value {
                data[key] = value.as_str().into();
            }
        }
        let mut request = http
            .post(format!("{base}{ROUTE}"))
            .header("X-User-Id", &user.id)
            .header("X-Auth-Token", &user.token)
            .timeout(PATIENCE);
        if let Some((method, code)) = factor {
            request = request.header("x-2fa-method", *method).header("x-2fa-code", code);
        }
        let answer = match request.json(&json!({"data": data})).send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => return Outcome::NotSent,
            Err(error) if error.is_timeout() => return Outcome::Doubtful("no answer in time".to_owned()),
            Err(_) => return Outcome::Doubtful("no answer".to_owned()),
        };
        let status = answer.status().as_u16();
        match (status, answer.text().await) {
            (200, Ok(body)) => match serde_json::from_str(&body) {
                Ok(body) => Outcome::Saved(body),
                Err(_) => Outcome::Doubtful("200 with half a body".to_owned()),
            },
            (503, _) => Outcome::NothingDone,
            (400 | 401, Ok(body)) => Outcome::Refused(body),
            // The status says that nothing was changed, if not why.
            (400 | 401, Err(_)) => Outcome::Refused(UNTOLD.to_owned()),
            (status, _) => Outcome::Doubtful(status.to_string()),
        }
    }
}
