//! HTTP by hand, for what a proper client does not send.

use super::contract;
use ::contract::Exchange;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A connection to the `HOST:PORT` of `base`. Whoever reads from it fails after a while instead of hanging.
pub fn connect(base: &str) -> TcpStream {
    let stream = TcpStream::connect(base.trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    stream
}

/// Ends the connection as a client does that is killed.
pub fn reset(stream: TcpStream) {
    stream.set_nonblocking(true).expect("non-blocking");
    let stream = tokio::net::TcpStream::from_std(stream).expect("a stream");
    stream.set_zero_linger().expect("no lingering");
}

/// Sends the text as it is and returns all that comes back until the server closes the connection.
pub fn exchange(base: &str, request: &str) -> String {
    let mut stream = connect(base);
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    if let Some(exchange) = Exchange::of_bytes(request.as_bytes(), answer.as_bytes()) {
        contract::held(&exchange);
    }
    answer
}
