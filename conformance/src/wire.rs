//! HTTP/1.1 as bytes: a request is sent exactly as a case says it, and of the answer every header line is seen.
//!
//! One connection for each request, without TLS: a workspace that is tested is a throw-away one.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long an answer may take. A rename answers after all its places are written.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server that is held against the cases.
#[derive(Debug, Clone)]
pub struct Target {
    /// Host and port, as they are connected to and as the `Host` header names them.
    pub authority: String,
    /// What stands before `/api`; empty for a server at the root.
    pub prefix: String,
}

/// What is sent, as it is.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    /// Path and query, without the target's prefix.
    pub path: String,
    pub headers: Vec<(String, String)>,
    /// Without one, neither a body nor its length is sent.
    pub body: Option<Vec<u8>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case, in the order of the lines.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Target {
    /// Reads `http://HOST[:PORT][/PATH]`.
    ///
    /// # Errors
    /// Another scheme, or no host.
    pub fn parse(url: &str) -> anyhow::Result<Target> {
        let rest = url.strip_prefix("http://").context("--base-url: only http:// is spoken")?;
        let (authority, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        ensure!(!authority.is_empty(), "--base-url: it names no host");
        let port = if authority.contains(':') { "" } else { ":80" };
        Ok(Target {
            authority: format!("{authority}{port}"),
            prefix: prefix.trim_end_matches('/').to_owned(),
        })
    }

    /// Sends one request and reads its answer to the end.
    ///
    /// # Errors
    /// Nobody listens, no answer in time, or an answer that is no HTTP.
    pub async fn send(&self, request: &Request) -> anyhow::Result<Answer> {
        let exchange = async {
            let mut stream = TcpStream::connect(&self.authority).await.context("connecting")?;
            stream.write_all(&self.bytes(request)).await.context("sending")?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.context("reading the answer")?;
            anyhow::Ok(answer)
        };
        let bytes = tokio::time::timeout(PATIENCE, exchange).await.context("no answer in time")??;
        Answer::parse(&bytes)
    }

    fn bytes(&self, request: &Request) -> Vec<u8> {
        let (method, prefix, path) = (&request.method, &self.prefix, &request.path);
        let mut head = format!("{method} {prefix}{path} HTTP/1.1\r\nHost: {}\r\n", self.authority);
        for (name, value) in &request.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &request.body {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("Connection: close\r\n\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend(request.body.as_deref().unwrap_or_default());
        bytes
    }
}

impl Answer {
    /// Reads status, headers and body.
    ///
    /// # Errors
    /// It is no HTTP/1.1, or its body is cut.
    pub fn parse(bytes: &[u8]) -> anyhow::Result<Answer> {
        let end =
            bytes.windows(4).position(|window| window == b"\r\n\r\n").context("an answer without a head")?;
        let head = String::from_utf8_lossy(&bytes[..end]);
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
        let status = status.and_then(|line| line.get(..3)).and_then(|code| code.parse().ok());
        let status = status.context("an answer without a status")?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()))
            .collect();
        let is_chunked =
            headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let body = &bytes[end + 4..];
        let body = if is_chunked { unchunk(body)? } else { body.to_vec() };
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// The values of all lines of that name.
    pub fn header(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect()
    }
}

fn unchunk(mut rest: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n").context("a chunk without a size")?;
        let size = std::str::from_utf8(&rest[..end])?.split(';').next().unwrap_or_default().trim().to_owned();
        let size = usize::from_str_radix(&size, 16).context("the size of a chunk")?;
        if size == 0 {
            return Ok(body);
        }
        let begin = end + 2;
        let Some(chunk) = rest.get(begin..begin + size) else { bail!("a chunk is cut") };
        body.extend_from_slice(chunk);
        rest = rest.get(begin + size + 2..).context("a chunk is cut")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_with_a_length_and_in_chunks() {
        let whole = Answer::parse(b"HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nContent-Length: 2\r\n\r\nhi").unwrap();
        assert_eq!((whole.status, whole.header("a"), whole.body.as_str()), (200, vec!["1", "2"], "hi"));
        let chunks = b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n";
        assert_eq!(Answer::parse(chunks).unwrap().body, "abcde");
        assert!(Answer::parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc").is_err());
    }

    #[test]
    fn a_target_has_a_port_and_may_have_a_path() {
        let target = Target::parse("http://localhost:3001/chat/").unwrap();
        assert_eq!((target.authority.as_str(), target.prefix.as_str()), ("localhost:3001", "/chat"));
        assert_eq!(Target::parse("http://chat.example").unwrap().authority, "chat.example:80");
        assert!(Target::parse("https://chat.example").is_err());
    }
}
