use super::answer::Answer;
use super::contract;
use ::contract::Exceptions;
use serde_json::Value;

/// A request that is being put together.
pub struct Request {
    pub(super) builder: reqwest::RequestBuilder,
    pub(super) except: Exceptions,
}

impl From<reqwest::RequestBuilder> for Request {
    /// One to a service that no [`TestApp`](super::TestApp) has started.
    fn from(builder: reqwest::RequestBuilder) -> Request {
        Request { builder, except: Exceptions::default() }
    }
}

impl Request {
    pub fn sign_in(self, user_id: &str, token: &str) -> Request {
        self.header("X-User-Id", user_id).header("X-Auth-Token", token)
    }

    pub fn header(self, name: &str, value: &str) -> Request {
        Request { builder: self.builder.header(name, value.as_bytes()), ..self }
    }

    pub fn json(self, body: &Value) -> Request {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    pub fn body(self, body: impl Into<reqwest::Body>) -> Request {
        Request { builder: self.builder.body(body), ..self }
    }

    /// Sends it, and holds what comes back against the document of the routes.
    pub async fn send(self) -> Answer {
        let (client, request) = self.builder.build_split();
        let request = request.expect("a request");
        let sent = contract::sent(&request, self.except);
        let answer = Answer::read(client.execute(request).await.expect("an answer")).await;
        contract::hold(sent, answer.status, &answer.headers, &answer.body);
        answer
    }
}
