use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub async fn read(response: reqwest::Response) -> Answer {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.text().await.expect("a body") }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    /// The body as JSON, keys in the order in which they came.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The `user` of a success; anything else fails the test.
    #[track_caller]
    pub fn user(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        let body = self.json();
        assert_eq!(body["success"], true);
        body["user"].clone()
    }

    /// Status and body in one line, for comparison as a whole.
    pub fn line(&self) -> String {
        format!("{} {}", self.status, self.body)
    }

    #[track_caller]
    pub fn is_refused_with(&self, error_type: &str) {
        assert_eq!(self.status, 400, "{}", self.body);
        assert_eq!(self.json()["errorType"], error_type, "{}", self.body);
    }
}

/// The line of a refusal with an id.
pub fn refusal(reason: &str, id: &str, details: &Value) -> String {
    let error = format!("{reason} [{id}]");
    format!("400 {}", json!({"success": false, "error": error, "errorType": id, "details": details}))
}

/// The line of a refusal that has a text only.
pub fn plain_refusal(error: &str) -> String {
    format!("400 {}", json!({"success": false, "error": error}))
}
