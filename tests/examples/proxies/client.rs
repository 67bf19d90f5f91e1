//! Those who call: each from an address of its own, so that limits by address hit nobody else.

use reqwest::{Method, RequestBuilder};
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub const ROUTE: &str = "/api/v1/users.updateOwnBasicInfo";
const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody at an address of this machine.
pub struct Caller {
    pub address: Ipv4Addr,
    http: reqwest::Client,
}

impl Caller {
    /// At an address that no other has.
    pub fn new() -> Caller {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // 127.1.0.1 and further: 127.0.0.1 is what a proxy may take for itself.
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let address = Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 1).to_bits() + count);
        Caller { address, http: devstack::http::client_at(address) }
    }

    pub fn request(&self, method: Method, url: &str) -> RequestBuilder {
        self.http.request(method, url).timeout(PATIENCE)
    }
}

/// What a caller got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 0: the connection broke.
    pub status: u16,
    pub by_the_original: bool,
    pub body: String,
}

impl Answer {
    pub async fn to(request: RequestBuilder) -> Answer {
        let Ok(answer) = request.send().await else {
            return Answer { status: 0, by_the_original: false, body: String::new() };
        };
        let status = answer.status().as_u16();
        let by_the_original = answer.headers().contains_key(super::original::MARK);
        Answer { status, by_the_original, body: answer.text().await.unwrap_or_default() }
    }

    /// The service's own refusal of a call without credentials.
    pub fn is_by_the_sidecar(&self) -> bool {
        self.status == 401
    }
}
