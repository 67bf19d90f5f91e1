//! A method call, and why it may have no result.

use super::matching::Mismatch;
use crate::api::error::ApiError;
use crate::api::extract::json;
use crate::domain_error::DomainError;
use serde_json::value::RawValue;

/// A method call, its parameters not yet read.
pub struct MethodCall<'a> {
    /// Any JSON, sent back as it came. Some clients send none.
    pub id: Option<&'a RawValue>,
    pub method: String,
    pub params: Vec<&'a RawValue>,
}

/// Why a method has no result.
#[derive(Debug)]
pub enum MethodError {
    /// There is no such method here.
    NotFound(String),
    /// A parameter is of the wrong type.
    Mismatch(Mismatch),
    Api(ApiError),
}

impl MethodError {
    /// What logs and metrics call it.
    pub fn id(&self) -> &'static str {
        match self {
            MethodError::NotFound(_) => "method-not-found",
            MethodError::Mismatch(_) => "match-failed",
            MethodError::Api(error) => error.id(),
        }
    }
}

impl<'a> MethodCall<'a> {
    /// Reads the message. `None`: it is no method call.
    ///
    /// EJSON's types (`{"$date": …}`) stay as they are: no method here takes one.
    pub fn parse(message: &'a str) -> Option<MethodCall<'a>> {
        let call = json::object(serde_json::from_str(message).ok()?)?;
        Some(MethodCall {
            id: call.get("id").copied(),
            method: json::text(call.get("method")?)?,
            params: serde_json::from_str(call.get("params")?.get()).ok()?,
        })
    }
}

impl From<ApiError> for MethodError {
    fn from(error: ApiError) -> Self {
        MethodError::Api(error)
    }
}

impl From<DomainError> for MethodError {
    fn from(error: DomainError) -> Self {
        MethodError::Api(error.into())
    }
}

impl From<Mismatch> for MethodError {
    fn from(mismatch: Mismatch) -> Self {
        MethodError::Mismatch(mismatch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_needs_a_method_and_parameters_but_no_id() {
        let id = |message| MethodCall::parse(message).expect(message).id.map(|id| id.get().to_owned());
        assert_eq!(id(r#"{"method":"m","params":[]}"#), None);
        assert_eq!(id(r#"{"method":"m","params":[],"id":{"a":[1]}}"#).as_deref(), Some(r#"{"a":[1]}"#));
        for broken in ["", "null", "5", "[]", "{}", r#"{"method":5,"params":[]}"#, r#"{"method":"m"}"#] {
            assert!(MethodCall::parse(broken).is_none(), "{broken}");
        }
        assert!(MethodCall::parse(r#"{"method":"m","params":{}}"#).is_none());
    }
}
