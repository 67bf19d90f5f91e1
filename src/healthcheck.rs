//! `rc-account healthcheck`: asks the running service of this machine whether it is ready, for images in which nothing
//! else can ask.

use crate::config::OpsBind;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use thiserror::Error;

/// Shorter than what container engines wait by default.
const PATIENCE: Duration = Duration::from_secs(4);
/// Of an answer, more than `/readyz` ever says.
const MOST_READ: u64 = 64 * 1024;

/// Why the service does not count as healthy.
#[derive(Debug, Error)]
pub enum Unhealthy {
    #[error("RC_ACCOUNT_OPS_BIND is empty: there is nothing to ask")]
    NotAsked,
    #[error("{address} does not answer: {reason}")]
    Silent { address: SocketAddr, reason: std::io::Error },
    #[error("not ready: {0}")]
    NotReady(String),
}

/// What `/readyz` says, where that is well.
///
/// # Errors
/// [`Unhealthy`].
pub fn ask(bind: Option<OpsBind>) -> Result<String, Unhealthy> {
    let address = bind.ok_or(Unhealthy::NotAsked)?.from_here();
    let answer = get(address, "/readyz").map_err(|reason| Unhealthy::Silent { address, reason })?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer.as_str(), ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status == "200" { Ok(body.to_owned()) } else { Err(Unhealthy::NotReady(body.to_owned())) }
}

/// Without a runtime: the program does nothing else. Answers of that version of the protocol come in one piece.
fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(MOST_READ).read_to_string(&mut answer)?;
    Ok(answer)
}
