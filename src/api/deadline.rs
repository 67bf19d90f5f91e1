//! The deadline of each request, and the answer to those that are given up.

use super::error::ApiError;
use super::{Api, Shared};
use crate::deadline::Deadline;
use actix_web::dev::{Extensions, Payload};
use actix_web::error::ErrorInternalServerError;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use std::any::Any;
use std::future::{Ready, ready};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout_at;

/// How much later a request ends that waits for something else than MongoDB, or for a line that hangs: MongoDB's own
/// answer that the deadline has passed comes first.
const GRACE: Duration = Duration::from_secs(1);

/// The client's socket, by which one sees that the client has hung up.
struct Client(Arc<TcpStream>);

/// Keeps a second handle of each connection. Without one, that a client has hung up is noticed later.
pub fn remember_client(connection: &dyn Any, extensions: &mut Extensions) {
    let Some(connection) = connection.downcast_ref::<tokio::net::TcpStream>() else { return };
    if let Ok(handle) = connection.as_fd().try_clone_to_owned() {
        extensions.insert(Client(Arc::new(TcpStream::from(handle))));
    }
}

impl FromRequest for Api {
    type Error = actix_web::Error;
    type Future = Ready<Result<Api, actix_web::Error>>;

    /// The deadline begins here, before the body is read.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(shared) = request.app_data::<Data<Shared>>() else {
            return ready(Err(ErrorInternalServerError("the service is not built")));
        };
        let client = request.conn_data::<Client>().map(|client| Arc::clone(&client.0));
        let deadline = Deadline::new(shared.patience, client);
        ready(Ok(Api { shared: shared.clone(), store: shared.store.until(&deadline), deadline }))
    }
}

impl Api {
    /// Carries a request out, within its deadline. While MongoDB does not answer, none is begun.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`] only if nothing was written for certain: such a request may be handed to somebody else.
    pub(super) async fn carry_out<T>(
        &self,
        request: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        if !self.readiness.database_answers() {
            return Err(ApiError::Unavailable("MongoDB does not answer".to_owned()));
        }
        let result = timeout_at(self.deadline.at() + GRACE, request).await;
        let late = || Err(ApiError::Unavailable("the request's deadline has passed".to_owned()));
        match result.unwrap_or_else(|_| late()) {
            Err(ApiError::Unavailable(reason)) if self.deadline.may_have_written() => {
                Err(ApiError::Internal(format!("error-outcome-unknown: {reason}")))
            }
            result => result,
        }
    }
}
