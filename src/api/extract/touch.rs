//! What the touch-back needs of a request, and how it is recognised when it comes back.

use super::{ClientAddress, Credentials, Proxies};
use crate::announce::{LOOP_GUARD, Touch};
use crate::profile::Change;
use crate::telemetry;
use actix_web::HttpRequest;

/// The caller, to be touched at Rocket.Chat.
pub fn of_caller(request: &HttpRequest, proxies: &Proxies) -> Option<Touch> {
    let credentials = Credentials::from_request(request)?;
    Some(Touch {
        user_id: credentials.user_id,
        token: credentials.token,
        client: ClientAddress::from_request(request, proxies).as_str().to_owned(),
        traceparent: telemetry::traceparent(),
        forwarded_for: proxies.forwarded_for(request),
    })
}

/// A touch that was meant for Rocket.Chat and led back to us: the address of the proxy that sent it.
///
/// Anyone can send the header, so it counts only where nothing is lost by believing it: our own call changes nothing.
pub fn misrouted_by(request: &HttpRequest, change: &Change) -> Option<String> {
    (change.is_empty() && request.headers().contains_key(LOOP_GUARD)).then(|| {
        let peer = request.peer_addr().map(|peer| peer.ip().to_string());
        peer.unwrap_or_default()
    })
}
