//! One line for each request: docs/LOGGING.md. Never a body, a token, a query, or a path that is no route.

use super::Shared;
use super::audit;
use super::extract::ClientAddress;
use super::notes::{Notes, REQUEST_ID, RequestId};
#[cfg(feature = "traces")]
use crate::telemetry::traces;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use metrics::{counter, histogram};
use std::rc::Rc;
use std::time::Instant;
use tracing::{Instrument, Level, Span, error_span};

/// Of a request whose client hung up before it was answered; nginx calls it so.
pub const CLIENT_GONE: u16 = 499;
/// Of a path that is no route: a client can choose it.
const NO_ROUTE: &str = "none";
/// What the original answers with 500 although the client did it: anybody can have such a line written.
const CLIENTS_FAULTS: [&str; 3] = ["broken-payload", "malformed-login", "uncaught"];

pub async fn write<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let Some(shared) = request.app_data::<Data<Shared>>() else { return next.call(request).await };
    let address = ClientAddress::from_request(request.request(), &shared.proxies);
    let notes = Rc::new(Notes::new(RequestId::of(request.headers()), address));
    request.extensions_mut().insert(Rc::clone(&notes));
    let mut line = Line {
        // Of the highest level, so that it is there wherever there are lines.
        span: error_span!("request", request.id = notes.id.as_str()),
        #[cfg(feature = "traces")]
        trace: Span::none(),
        begun: Instant::now(),
        method: known(request.method()),
        route: request.match_pattern().filter(|route| !route.is_empty()),
        notes,
        status: CLIENT_GONE,
    };
    #[cfg(feature = "traces")]
    {
        let traceparent = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
        let route = line.route.as_deref().unwrap_or(NO_ROUTE);
        line.trace = traces::begin(&line.span, traceparent, line.method, route);
    }
    let called = next.call(request);
    #[cfg(feature = "traces")]
    let called = called.instrument(line.trace.clone());
    let result = called.instrument(line.span.clone()).await;
    line.status = match &result {
        Ok(response) => response.status().as_u16(),
        Err(error) => error.as_response_error().status_code().as_u16(),
    };
    let mut response = result?;
    response.headers_mut().insert(REQUEST_ID, line.notes.id.to_header());
    Ok(response)
}

/// Written when it is dropped: with the answer, or with the request that is given up.
struct Line {
    span: Span,
    #[cfg(feature = "traces")]
    trace: Span,
    begun: Instant,
    method: &'static str,
    route: Option<String>,
    notes: Rc<Notes>,
    status: u16,
}

impl Line {
    /// What the operator has to look at is an error, what passes by itself a warning. What clients do wrong is neither:
    /// anybody could fill the log with it.
    fn level(&self) -> Level {
        let is_clients = self.notes.error().is_some_and(|error| CLIENTS_FAULTS.contains(&error));
        match self.status {
            503 => Level::WARN,
            500.. if !is_clients => Level::ERROR,
            _ => Level::INFO,
        }
    }

    fn count(&self, route: &str) {
        let (route, status) = (route.to_owned(), self.status.to_string());
        histogram!("rc_account_http_request_duration_seconds", "route" => route.clone())
            .record(self.begun.elapsed());
        counter!(
            "rc_account_http_requests_total",
            "method" => self.method, "route" => route, "status" => status
        )
        .increment(1);
        if let Some(error) = self.notes.error() {
            counter!("rc_account_refusals_total", "error" => error).increment(1);
        }
    }
}

/// With the level of the line: the macro wants to know it while it is compiled.
macro_rules! line {
    ($level:expr, $line:expr, $route:expr) => {
        tracing::event!(
            target: "request",
            $level,
            request.id = $line.notes.id.as_str(),
            user.id = $line.notes.user_id(),
            client.address = $line.notes.address.as_str(),
            http.method = $line.method,
            http.route = $route,
            http.status = $line.status,
            error.id = $line.notes.error(),
            duration_ms = milliseconds($line.begun),
            "request"
        )
    };
}

impl Drop for Line {
    fn drop(&mut self) {
        let route = self.route.as_deref().unwrap_or(NO_ROUTE);
        self.count(route);
        #[cfg(feature = "traces")]
        traces::end(&self.trace, self.status, self.notes.error());
        audit::write(&self.notes, self.status);
        match self.level() {
            Level::ERROR => line!(Level::ERROR, self, route),
            Level::WARN => line!(Level::WARN, self, route),
            _ => line!(Level::INFO, self, route),
        }
    }
}

/// To a thousandth.
fn milliseconds(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

/// A client may call a method whatever it likes.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}
