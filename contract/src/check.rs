//! One exchange against the document.

use crate::coerced::{coerced, unwrapped};
use crate::document::{Operation, escaped, resolve, schemas_of};
use crate::exchange::Exchange;
use crate::parts::committed;
use crate::schemas::Schemas;
use crate::tally::Tally;
use serde_json::Value;
use std::sync::{Mutex, PoisonError};

/// What the service answers to everything that it does not serve.
const NOT_FOUND: &str = "404 Not Found";
/// What is counted in the place of an operation.
const NONE: &str = "(no operation)";
const JSON: &str = "application/json";

/// The document, ready to hold exchanges against.
pub struct Contract {
    document: Value,
    operations: Vec<Operation>,
    schemas: Schemas,
    tally: Mutex<Tally>,
}

impl Contract {
    /// That of the committed document.
    pub fn committed() -> Contract {
        Contract::of(committed())
    }

    /// # Panics
    /// When a schema of the document is broken.
    pub fn of(document: Value) -> Contract {
        let operations = Operation::all(&document);
        let pointers = schemas_of(&document);
        let schemas = Schemas::of(document.clone(), &pointers).unwrap_or_else(|error| panic!("{error}"));
        Contract { document, operations, schemas, tally: Mutex::default() }
    }

    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// What was checked so far.
    pub fn tally(&self) -> Tally {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Holds an exchange against the document: there is such an operation, it has such a status, and the answer is as both
    /// say; and what was sent with success is what may be sent.
    ///
    /// # Errors
    /// What is not as the document says.
    pub fn check(&self, exchange: &Exchange) -> Result<(), String> {
        let found = self.check_quietly(exchange);
        let operation = found.map_err(|complaint| {
            let Exchange { method, path, status, answer, .. } = exchange;
            let shown: String = answer.chars().take(600).collect();
            format!("docs/openapi.json does not say that {method} {path} is answered so: {complaint}\n{status} {shown}")
        })?;
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).count(&operation, exchange.status);
        Ok(())
    }

    fn check_quietly(&self, exchange: &Exchange) -> Result<String, String> {
        if exchange.method == "OPTIONS" {
            return preflight(exchange);
        }
        let is_not_found = exchange.status == 404 && has_text(exchange, NOT_FOUND);
        let operation = match self.operation(&exchange.method, &exchange.path) {
            Some(operation) => operation,
            None if is_not_found => return Ok(NONE.to_owned()),
            // Below the path of the workspace's address everything is served, too.
            None => {
                let slashes = exchange.path.match_indices('/').map(|(at, _)| &exchange.path[at..]);
                let below = slashes.filter(|path| path.starts_with("/api/"));
                let mut found = below.filter_map(|path| self.operation(&exchange.method, path));
                found.next().ok_or("there is no such operation")?
            }
        };
        self.check_answer(operation, exchange)?;
        if exchange.status == 200 && !exchange.except.request {
            self.check_request(operation, exchange)?;
        }
        Ok(operation.id().to_owned())
    }

    fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.is_asked_for(method, path))
    }

    fn check_answer(&self, operation: &Operation, exchange: &Exchange) -> Result<(), String> {
        let pointer = format!("{}/responses/{}", operation.pointer, exchange.status);
        let (pointer, response) =
            resolve(&self.document, &pointer).ok_or("the operation has no such status")?;
        for (name, _) in response["headers"].as_object().into_iter().flatten() {
            self.check_header(&format!("{pointer}/headers/{}", escaped(name)), name, exchange)?;
        }
        let media_type = exchange.media_type();
        let Some(contents) = response["content"].as_object() else {
            let is_empty = exchange.answer.is_empty();
            return if is_empty { Ok(()) } else { Err("the answer should have no body".to_owned()) };
        };
        let kind = media_type.ok_or("the answer has no content type")?;
        if !contents.contains_key(&kind) {
            return Err(format!("the status has no content of the type {kind}"));
        }
        let may_be_empty = exchange.method == "HEAD" || response["x-may-be-empty"] == true;
        if exchange.answer.is_empty() && may_be_empty {
            return Ok(());
        }
        let body = if kind == JSON {
            serde_json::from_str(&exchange.answer).map_err(|error| format!("no JSON: {error}"))?
        } else {
            Value::from(exchange.answer.as_str())
        };
        if exchange.status == 200 && exchange.except.success {
            return Ok(());
        }
        self.schemas.validate(&format!("{pointer}/content/{}/schema", escaped(&kind)), &body)
    }

    fn check_header(&self, pointer: &str, name: &str, exchange: &Exchange) -> Result<(), String> {
        let (pointer, header) = resolve(&self.document, pointer).ok_or("a reference leads nowhere")?;
        match exchange.header(name).as_slice() {
            [] if header["required"] == true => Err(format!("the answer lacks the header {name}")),
            [] => Ok(()),
            [value] => {
                let checked = self.schemas.validate(&format!("{pointer}/schema"), &Value::from(*value));
                checked.map_err(|complaint| format!("the header {name}: {complaint}"))
            }
            _ => Err(format!("the answer has several headers {name}")),
        }
    }

    /// Only JSON: a form has no types.
    fn check_request(&self, operation: &Operation, exchange: &Exchange) -> Result<(), String> {
        let pointer = format!("{}/requestBody", operation.pointer);
        let Some((pointer, _)) = resolve(&self.document, &pointer) else { return Ok(()) };
        let Ok(body) = serde_json::from_slice(&exchange.request) else { return Ok(()) };
        if exchange.sent_media_type().as_deref() != Some(JSON) {
            return Ok(());
        }
        let pointer = format!("{pointer}/content/{}/schema", escaped(JSON));
        let body = coerced(&self.document, &pointer, unwrapped(body));
        let checked = self.schemas.validate(&pointer, &body);
        checked
            .map_err(|complaint| format!("it succeeds with a body that may not be sent: {complaint}\n{body}"))
    }
}

/// Browsers ask this of any path, so it stands in the document's introduction.
fn preflight(exchange: &Exchange) -> Result<String, String> {
    let texts: &[&str] = match exchange.status {
        200 => &["OK"],
        403 => &["Invalid origin"],
        405 => &["CORS not enabled. Go to \"Admin > General > REST Api\" to enable it."],
        _ => return Err("OPTIONS is answered 200, 403 or 405".to_owned()),
    };
    if texts.iter().any(|text| has_text(exchange, text)) {
        Ok("OPTIONS".to_owned())
    } else {
        Err("another text".to_owned())
    }
}

fn has_text(exchange: &Exchange, text: &str) -> bool {
    let is_text = exchange.media_type().as_deref() == Some("text/plain");
    is_text && (exchange.answer == text || (exchange.method == "HEAD" && exchange.answer.is_empty()))
}
