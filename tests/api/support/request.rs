use super::answer::Answer;
use super::contract;
use serde_json::Value;

/// A request that is being put together.
pub struct Request(pub(super) reqwest::RequestBuilder);

impl Request {
    pub fn sign_in(self, user_id: &str, token: &str) -> Request {
        self.header("X-User-Id", user_id).header("X-Auth-Token", token)
    }

    pub fn header(self, name: &str, value: &str) -> Request {
        Request(self.0.header(name, value.as_bytes()))
    }

    pub fn json(self, body: &Value) -> Request {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    pub fn body(self, body: impl Into<reqwest::Body>) -> Request {
        Request(self.0.body(body))
    }

    /// Sends it, and holds what comes back against the document of the routes.
    pub async fn send(self) -> Answer {
        let (client, request) = self.0.build_split();
        let request = request.expect("a request");
        let sent = contract::sent(&request);
        let answer = Answer::read(client.execute(request).await.expect("an answer")).await;
        contract::hold(sent, answer.status, &answer.headers, &answer.body);
        answer
    }
}
