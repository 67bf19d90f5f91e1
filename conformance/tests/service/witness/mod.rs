//! Stands between the kit and the service, passes on what both say, and holds it against `docs/openapi.json`.

use contract::{Contract, Exchange};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Ends when dropped.
pub struct Witness {
    pub base: String,
    seen: Arc<Seen>,
    listening: JoinHandle<()>,
}

struct Seen {
    contract: Contract,
    complaints: Mutex<Vec<String>>,
}

impl Witness {
    /// `base`: the service's own address.
    pub async fn start(base: &str) -> Witness {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = format!("http://{}", listener.local_addr().expect("bound"));
        let service = base.trim_start_matches("http://").to_owned();
        let seen = Arc::new(Seen { contract: Contract::committed(), complaints: Mutex::default() });
        let shared = Arc::clone(&seen);
        let listening = tokio::spawn(async move {
            while let Ok((kit, _)) = listener.accept().await {
                tokio::spawn(pass_on(kit, service.clone(), Arc::clone(&shared)));
            }
        });
        Witness { base: own, seen, listening }
    }

    /// Fails where something was not as the document says; returns how much was looked at.
    pub fn end(self) -> u64 {
        let complaints = self.seen.complaints.lock().expect("complaints");
        assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
        self.seen.contract.tally().total()
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// One request and its answer: the kit makes a connection for each.
async fn pass_on(mut kit: TcpStream, service: String, seen: Arc<Seen>) {
    let request = read_request(&mut kit).await;
    let mut stream = TcpStream::connect(service).await.expect("the service");
    stream.write_all(&request).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    match Exchange::of_bytes(&request, &answer).map(|exchange| seen.contract.check(&exchange)) {
        Some(Ok(())) => {}
        Some(Err(complaint)) => seen.complaints.lock().expect("complaints").push(complaint),
        None => {
            let answer = String::from_utf8_lossy(&answer).into_owned();
            seen.complaints.lock().expect("complaints").push(format!("no whole answer: {answer}"));
        }
    }
    // The kit may have gone.
    let _ = kit.write_all(&answer).await;
}

async fn read_request(kit: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                return bytes;
            }
        }
        if kit.read_buf(&mut bytes).await.expect("read") == 0 {
            return bytes;
        }
    }
}
