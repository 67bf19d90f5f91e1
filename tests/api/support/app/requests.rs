use super::super::answer::Answer;
use super::super::request::Request;
use super::{ROUTE, TestApp};
use reqwest::Method;
use serde_json::Value;

impl TestApp {
    /// A request to the profile route, signed in as that person.
    pub fn post(&self, handle: &str, body: &Value) -> Request {
        self.signed_in(handle).json(body)
    }

    /// The same, still without a body.
    pub fn signed_in(&self, handle: &str) -> Request {
        let person = self.person(handle);
        self.request(Method::POST, ROUTE).sign_in(&person.id, &person.token)
    }

    pub fn request(&self, method: Method, path: &str) -> Request {
        Request { builder: self.http.request(method, format!("{}{path}", self.base)), except: self.except }
    }

    /// A login with that body.
    pub async fn log_in(&self, body: &Value) -> Answer {
        self.request(Method::POST, "/api/v1/login").json(body).send().await
    }

    /// A call without body, signed in with that person's token.
    pub async fn call(&self, method: Method, path: &str, handle: &str) -> Answer {
        let person = self.person(handle);
        self.request(method, path).sign_in(&person.id, &person.token).send().await
    }
}
