//! Sends what OpenTelemetry's library wants sent, with the service's own HTTP client.

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use std::pin::Pin;
use std::time::Duration;
use tokio::runtime::Handle;

/// How long a collector may take for one batch.
const PATIENCE: Duration = Duration::from_secs(10);

/// The library calls from a thread of its own, which has no runtime.
#[derive(Debug)]
pub struct OnRuntime {
    client: reqwest::Client,
    runtime: Handle,
}

impl OnRuntime {
    pub fn new(client: reqwest::Client) -> OnRuntime {
        OnRuntime { client, runtime: Handle::current() }
    }
}

type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'a>>;

impl HttpClient for OnRuntime {
    // As the library's macro writes an async method.
    fn send_bytes<'a, 'b>(&'a self, request: Request<Bytes>) -> Sending<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        let client = self.client.clone();
        let sending = self.runtime.spawn(async move {
            let mut request = reqwest::Request::try_from(request)?;
            *request.timeout_mut() = Some(PATIENCE);
            let answer = client.execute(request).await?;
            let status = answer.status();
            // What it says is of no interest.
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = status;
            Ok::<_, reqwest::Error>(response)
        });
        Box::pin(async move { Ok(sending.await??) })
    }
}
