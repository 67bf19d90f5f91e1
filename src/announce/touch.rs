//! The touch-back: Rocket.Chat's own route, called as the user with nothing to change, announces the user as it is
//! now. `docs/behaviour/live-updates.md` door 1.

use super::delivery_status::count;
use super::queue::Queue;
use super::upstream::Upstream;
use crate::outgoing::NoCertificates;
use futures_util::{StreamExt, stream};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, InvalidHeaderValue, USER_AGENT};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use tokio::time::timeout;

/// Marks our own call, so that it is recognised if a proxy sends it back to us.
pub const LOOP_GUARD: &str = "x-rc-account-touch";

const NOTHING: &str = r#"{"data":{}}"#;
const CONCURRENCY: usize = 8;
/// How long Rocket.Chat may take.
const TOUCH_TIMEOUT: Duration = Duration::from_secs(10);

/// Who is touched, with the credentials and the addresses that the request came with.
pub struct Touch {
    pub user_id: String,
    pub token: SecretString,
    /// `X-Real-IP`: the client as we see it. Rocket.Chat limits calls by this address.
    pub client: String,
    /// `traceparent`, where traces are sent.
    pub traceparent: Option<String>,
    /// `X-Forwarded-For`, as it came.
    pub forwarded_for: Option<String>,
}

/// Sends the credentials to the upstream and nowhere else.
pub struct TouchClient {
    client: reqwest::Client,
    upstream: Upstream,
}

impl TouchClient {
    /// # Errors
    /// [`NoCertificates`], where the upstream is to be reached by TLS.
    pub fn new(upstream: &Upstream) -> Result<TouchClient, NoCertificates> {
        Ok(TouchClient { client: upstream.client()?, upstream: upstream.clone() })
    }

    pub async fn run(self, queue: Queue<Touch>) {
        let touches = stream::unfold(queue, async |mut queue| Some((queue.next().await?, queue)));
        touches.for_each_concurrent(CONCURRENCY, |touch| self.touch(touch)).await;
    }

    /// How it ends is logged for debugging only: a refusal is normal when the user has made too many calls.
    async fn touch(&self, touch: Touch) {
        let headers = match headers(&touch) {
            Ok(headers) => headers,
            Err(error) => return tracing::debug!(%error, "a user is not touched"),
        };
        let call = self.client.post(self.upstream.own_profile().clone()).headers(headers).body(NOTHING);
        match timeout(TOUCH_TIMEOUT, call.send()).await {
            Ok(Ok(answer)) => {
                count(if answer.status().is_success() { "delivered" } else { "failed" });
                tracing::debug!(status = answer.status().as_u16(), "a user was touched");
            }
            Ok(Err(error)) => {
                count("failed");
                tracing::debug!(%error, "a user is not touched");
            }
            Err(_) => {
                count("late");
                tracing::debug!("a user is not touched: Rocket.Chat does not answer");
            }
        }
    }
}

fn headers(touch: &Touch) -> Result<HeaderMap, InvalidHeaderValue> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static("rc-account"));
    headers.insert(LOOP_GUARD, HeaderValue::from_static("1"));
    headers.insert("x-user-id", HeaderValue::from_str(&touch.user_id)?);
    let mut token = HeaderValue::from_str(touch.token.expose_secret())?;
    token.set_sensitive(true);
    headers.insert("x-auth-token", token);
    headers.insert("x-real-ip", HeaderValue::from_str(&touch.client)?);
    if let Some(traceparent) = &touch.traceparent {
        headers.insert("traceparent", HeaderValue::from_str(traceparent)?);
    }
    if let Some(list) = &touch.forwarded_for {
        headers.insert("x-forwarded-for", HeaderValue::from_str(list)?);
    }
    Ok(headers)
}
