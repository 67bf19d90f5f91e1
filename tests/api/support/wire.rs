//! HTTP by hand without blocking, for many clients at once that do not behave.

use super::contract;
use ::contract::Exchange;
use devstack::workspace::Person;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Whoever reads fails after so long instead of hanging.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection.
pub struct Wire {
    stream: TcpStream,
    /// What was written since the last whole answer.
    sent: Vec<u8>,
}

/// One answer, and whether the service said that it closes the connection.
#[derive(Debug)]
pub struct WireAnswer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// The head of a POST, signed in as that person, with these further lines, each ended by a line break.
pub fn head(path: &str, person: Option<&Person>, lines: &str) -> String {
    let credentials = person.map_or(String::new(), |person| {
        format!("X-User-Id: {}\r\nX-Auth-Token: {}\r\n", person.id, person.token)
    });
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{credentials}{lines}\r\n"
    )
}

impl Wire {
    pub async fn connect(base: &str) -> Wire {
        let stream = TcpStream::connect(base.trim_start_matches("http://")).await.expect("a connection");
        Wire { stream, sent: Vec::new() }
    }

    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_write(bytes).await.expect("sent");
    }

    pub async fn try_write(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.sent.extend_from_slice(bytes.as_ref());
        timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await.expect("in time")
    }

    /// One whole answer, held against the document of the routes. Of several requests that were written at once, only the
    /// first is known here.
    pub async fn answer(&mut self) -> WireAnswer {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            assert_ne!(self.read(&mut bytes).await, 0, "closed: {}", String::from_utf8_lossy(&bytes));
        };
        let body = bytes.split_off(end + 4);
        let head = String::from_utf8(bytes).expect("text").to_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let length: usize = length.expect("a length").parse().expect("a number");
        let mut body = body;
        while body.len() < length {
            assert_ne!(self.read(&mut body).await, 0, "closed amid the body");
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let whole = [head.replacen("http/1.1", "HTTP/1.1", 1).as_bytes(), &body].concat();
        if let Some(exchange) = Exchange::of_bytes(&std::mem::take(&mut self.sent), &whole) {
            contract::held(&exchange);
        }
        WireAnswer { status, head, body: String::from_utf8(body).expect("text") }
    }

    /// Waits until the service closes the connection, and returns what came before.
    pub async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        // A reset, too, is an end.
        while timeout(PATIENCE, self.stream.read_buf(&mut bytes)).await.expect("closed in time").unwrap_or(0)
            > 0
        {}
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What comes until the connection is closed, or the body of a whole answer is there.
    pub async fn rest_or_answer(&mut self) -> String {
        let mut bytes = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let last = text.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&text);
            if let Some((head, body)) = last.split_once("\r\n\r\n") {
                let head = head.to_lowercase();
                let length =
                    head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
                if length.is_some_and(|length: usize| body.len() >= length) {
                    return text;
                }
            }
            if self.read(&mut bytes).await == 0 {
                return text;
            }
        }
    }

    /// What comes up to an empty line.
    pub async fn read_head(&mut self) -> String {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            assert_ne!(self.read(&mut bytes).await, 0, "closed: {}", String::from_utf8_lossy(&bytes));
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    async fn read(&mut self, bytes: &mut Vec<u8>) -> usize {
        timeout(PATIENCE, self.stream.read_buf(bytes)).await.expect("in time").expect("read")
    }
}

impl WireAnswer {
    pub fn closes(&self) -> bool {
        self.head.contains("connection: close")
    }
}
