//! What stands where Rocket.Chat would: records what it is sent, and answers as it is told.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const TIMEOUT: Duration = Duration::from_secs(40);

/// One request. Header names are in lower case; of a body that is no text, what is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// How it answers.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// With this text, as it is.
    Answer(String),
    /// With nothing, until the client gives up.
    Hang,
    /// By hanging up.
    HangUp,
}

impl Behaviour {
    /// An answer with an empty body. `more`: further header lines.
    pub fn status(status: u16, more: &str) -> Behaviour {
        Behaviour::Answer(format!("HTTP/1.1 {status} Status\r\nContent-Length: 0\r\n{more}\r\n"))
    }
}

/// Ends when dropped.
pub struct Upstream {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

struct State {
    behaviour: Behaviour,
    received: Vec<Received>,
    given_up: usize,
}

impl Upstream {
    pub async fn start(behaviour: Behaviour) -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let state = Arc::new(Mutex::new(State { behaviour, received: Vec::new(), given_up: 0 }));
        let shared = Arc::clone(&state);
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Upstream { address, state, serving }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn behave(&self, behaviour: Behaviour) {
        self.state.lock().expect("state").behaviour = behaviour;
    }

    pub fn received(&self) -> Vec<Received> {
        self.state.lock().expect("state").received.clone()
    }

    /// How many clients have closed a connection on which no answer came.
    pub fn given_up(&self) -> usize {
        self.state.lock().expect("state").given_up
    }

    /// Waits until it has received that many requests, and returns them.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let deadline = Instant::now() + TIMEOUT;
        while self.received().len() < count {
            assert!(Instant::now() < deadline, "there are only {:?}", self.received());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.received()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    while let Some(request) = read(&mut stream).await {
        let behaviour = {
            let mut state = state.lock().expect("state");
            state.received.push(request);
            state.behaviour.clone()
        };
        match behaviour {
            Behaviour::Answer(text) => stream.write_all(text.as_bytes()).await.expect("sent"),
            Behaviour::HangUp => return,
            Behaviour::Hang => {
                let _ = stream.read(&mut [0]).await;
                state.lock().expect("state").given_up += 1;
                return;
            }
        }
    }
}

/// `None`: the client has closed the connection.
async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut body = bytes.split_off(end + 4);
    let head = String::from_utf8(bytes).expect("text");
    let (line, rest) = head.trim_end().split_once("\r\n").expect("headers");
    let headers = rest.split("\r\n").map(|header| {
        let (name, value) = header.split_once(": ").expect("a header");
        (name.to_lowercase(), value.to_owned())
    });
    let headers: BTreeMap<String, String> = headers.collect();
    let length: usize = headers["content-length"].parse().expect("a length");
    while body.len() < length {
        assert_ne!(stream.read_buf(&mut body).await.expect("a body"), 0, "a whole body");
    }
    Some(Received { line: line.to_owned(), headers, body: String::from_utf8_lossy(&body).into_owned() })
}
