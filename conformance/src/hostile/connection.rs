//! One connection after the other: kept as long as both sides mean it.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::request::Hostile;

/// A body that does not come is waited for ten seconds by the service, longer by others.
const PATIENCE: Duration = Duration::from_secs(30);

/// How an exchange ended.
#[derive(Debug)]
pub enum Ended {
    Answered {
        status: u16,
        answer: String,
    },
    /// The server hung up without an answer.
    HungUp,
    /// Neither an answer nor an end in time.
    Silence,
    NobodyListens,
}

pub struct Connection<'a> {
    authority: &'a str,
    open: Option<TcpStream>,
}

impl<'a> Connection<'a> {
    /// None is made yet.
    pub fn to(authority: &'a str) -> Self {
        Connection { authority, open: None }
    }

    /// Sends the bytes and waits for the first answer.
    pub async fn exchange(&mut self, hostile: &Hostile) -> Ended {
        let reused = self.open.is_some();
        let ended = self.once(hostile).await;
        // A kept connection may have ended meanwhile: that says nothing of this request.
        if reused && matches!(ended, Ended::HungUp) { self.once(hostile).await } else { ended }
    }

    async fn once(&mut self, hostile: &Hostile) -> Ended {
        let mut stream = match self.open.take() {
            Some(stream) => stream,
            None => match TcpStream::connect(self.authority).await {
                Ok(stream) => stream,
                Err(_) => return Ended::NobodyListens,
            },
        };
        let exchange = async {
            // The server may answer and hang up before it has read everything.
            let sent = stream.write_all(&hostile.bytes).await;
            if !hostile.is_whole || sent.is_err() {
                let _ = stream.shutdown().await;
            }
            read(&mut stream, hostile.is_head).await
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Err(_) => Ended::Silence,
            Ok(None) => Ended::HungUp,
            Ok(Some((status, answer, may_go_on))) => {
                if hostile.is_whole && may_go_on {
                    self.open = Some(stream);
                }
                Ended::Answered { status, answer }
            }
        }
    }
}

/// Status, the whole answer, and whether the connection goes on.
async fn read(stream: &mut TcpStream, is_head: bool) -> Option<(u16, String, bool)> {
    let mut bytes = Vec::new();
    let mut piece = [0; 16 * 1024];
    let mut end = None;
    loop {
        if end.is_none() {
            end = bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
        }
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let status: u16 = head.get(9..12).and_then(|code| code.parse().ok())?;
            if status == 100 {
                bytes.drain(..end);
                return Box::pin(after_continue(stream, bytes, is_head)).await;
            }
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            if is_head || length.is_some_and(|length| bytes.len() >= end + length) {
                let goes_on = !head.contains("\nconnection: close");
                return Some((status, String::from_utf8_lossy(&bytes).into_owned(), goes_on));
            }
        }
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => {
                let head = String::from_utf8_lossy(bytes.get(..12)?).into_owned();
                let status = head.get(9..12).and_then(|code| code.parse().ok())?;
                return Some((status, String::from_utf8_lossy(&bytes).into_owned(), false));
            }
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
    }
}

/// The answer proper, behind `100 Continue`; what of it has come already is passed over with the connection.
async fn after_continue(
    stream: &mut TcpStream,
    mut begin: Vec<u8>,
    is_head: bool,
) -> Option<(u16, String, bool)> {
    if begin.is_empty() {
        return read(stream, is_head).await;
    }
    let status = String::from_utf8_lossy(&begin).get(9..12).and_then(|code| code.parse().ok())?;
    let mut rest = vec![0; 16 * 1024];
    let count = stream.read(&mut rest).await.unwrap_or(0);
    begin.extend_from_slice(&rest[..count]);
    Some((status, String::from_utf8_lossy(&begin).into_owned(), false))
}
