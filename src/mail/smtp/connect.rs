//! The connection itself: every address of the host is tried.

use super::error::{Fault, SmtpError, Step};
use crate::mail::MailServer;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;

/// A server that is silent for minutes may be gone; then the system finds out.
const KEEPALIVE: Duration = Duration::from_mins(1);

pub(super) async fn connect(server: &MailServer, patience: Duration) -> Result<TcpStream, SmtpError> {
    let fault = |fault| SmtpError::new(Step::Connection, fault);
    match timeout(patience, connect_to_any(server)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(fault(Fault::Failed(error.to_string()))),
        Err(_) => Err(fault(Fault::Silent(patience))),
    }
}

async fn connect_to_any(server: &MailServer) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in lookup_host((server.host.as_str(), server.port)).await? {
        match connect_to(address, server.options.local_address).await {
            Ok(stream) => {
                // The end of a mail is a small packet of its own, which would wait for the answer to the one before: 40 ms.
                stream.set_nodelay(true)?;
                SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn connect_to(address: SocketAddr, from: Option<IpAddr>) -> io::Result<TcpStream> {
    let Some(from) = from else { return TcpStream::connect(address).await };
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind(SocketAddr::new(from, 0))?;
    socket.connect(address).await
}
