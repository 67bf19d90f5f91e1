//! The deadline of each request, and the answer to those that are given up.

use super::connection::Client;
use super::error::{ApiError, OUTCOME_UNKNOWN};
use super::{Api, Shared, WorkerStore};
use crate::deadline::Deadline;
use actix_web::dev::Payload;
use actix_web::error::ErrorInternalServerError;
use actix_web::rt;
use actix_web::web::Data;
use actix_web::{FromRequest, Handler, HttpMessage, HttpRequest, HttpResponse};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::timeout_at;
use tracing::Instrument;

/// How much later a request ends that waits for something else than MongoDB, or for a line that hangs: MongoDB's own
/// answer that the deadline has passed comes first.
const GRACE: Duration = Duration::from_secs(1);

impl FromRequest for Api {
    type Error = actix_web::Error;
    type Future = Ready<Result<Api, actix_web::Error>>;

    /// The first time, the deadline begins: before the body is read.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(shared) = request.app_data::<Data<Shared>>() else {
            return ready(Err(ErrorInternalServerError("the service is not built")));
        };
        let begun = request.extensions().get::<Deadline>().cloned();
        let deadline = begun.unwrap_or_else(|| {
            let client = request.conn_data::<Client>().map(|client| Arc::clone(&client.0));
            let deadline = Deadline::new(shared.request_timeout, client);
            request.extensions_mut().insert(deadline.clone());
            deadline
        });
        let store = request.app_data::<WorkerStore>().map_or(&shared.store, |own| &own.0);
        ready(Ok(Api { shared: shared.clone(), store: store.until(&deadline), deadline }))
    }
}

/// The handler, each of whose requests ends by its deadline.
pub fn timed<H>(handler: H) -> Timed<H> {
    Timed(handler)
}

#[derive(Clone)]
pub struct Timed<H>(H);

impl<H, A> Handler<(Api, A)> for Timed<H>
where
    H: Handler<A, Output = Result<HttpResponse, ApiError>>,
    A: 'static,
{
    type Output = Result<HttpResponse, ApiError>;
    type Future = Finished<Self::Output>;

    fn call(&self, (api, arguments): (Api, A)) -> Self::Future {
        let deadline = api.deadline.clone();
        // Boxed at once: it is large, and would be moved from place to place.
        let handled = self.0.call(arguments).boxed_local();
        let request = async move { api.carry_out(handled).await }.boxed_local();
        Finished { deadline, request: Some(request) }
    }
}

/// A request whose client hangs up is given up, but not once it may have written: what is committed is announced.
pub struct Finished<O: 'static> {
    deadline: Deadline,
    /// `None` once it has ended.
    request: Option<LocalBoxFuture<'static, O>>,
}

impl<O: 'static> Future for Finished<O> {
    type Output = O;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<O> {
        let Some(request) = &mut self.request else { return Poll::Pending };
        let result = request.poll_unpin(context);
        if result.is_ready() {
            self.request = None;
        }
        result
    }
}

impl<O: 'static> Drop for Finished<O> {
    fn drop(&mut self) {
        if let Some(request) = self.request.take()
            && self.deadline.may_have_written()
            && Handle::try_current().is_ok()
        {
            rt::spawn(request.in_current_span());
        }
    }
}

impl Api {
    /// Carries a request out, within its deadline. While MongoDB does not answer, none is begun.
    ///
    /// [`ApiError::Unavailable`] only if nothing was written for certain: a proxy may hand such a request to Rocket.Chat.
    async fn carry_out(
        &self,
        request: impl Future<Output = Result<HttpResponse, ApiError>>,
    ) -> Result<HttpResponse, ApiError> {
        if !self.readiness.database_answers() {
            return Err(ApiError::Unavailable("MongoDB does not answer".to_owned()));
        }
        let late = || Err(ApiError::Unavailable("the request's deadline has passed".to_owned()));
        let result = timeout_at(self.deadline.at() + GRACE, request).await;
        match result.unwrap_or_else(|_| late()) {
            Err(ApiError::Unavailable(reason)) if self.deadline.may_have_written() => {
                Err(ApiError::Internal(format!("{OUTCOME_UNKNOWN}: {reason}")))
            }
            result => result,
        }
    }
}
