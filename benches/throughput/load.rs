//! A load: each connection sends the next request when it has the answer to the last.
//!
//! Bytes over TCP and nothing else, so that the load takes as little of the machine as it can.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// What was done in a stretch of time.
#[derive(Default, Clone)]
pub struct Outcome {
    /// How long each took, ascending.
    times: Vec<Duration>,
    span: Duration,
    /// What was done before the time that counts.
    pub before: usize,
}

impl Outcome {
    pub fn new(mut times: Vec<Duration>, span: Duration) -> Outcome {
        times.sort_unstable();
        Outcome { times, span, before: 0 }
    }

    /// All that was done.
    pub fn count(&self) -> usize {
        self.times.len() + self.before
    }

    pub fn per_second(&self) -> f64 {
        self.times.len() as f64 / self.span.as_secs_f64()
    }

    /// In milliseconds; `share` of 0.5 is the median.
    pub fn quantile(&self, share: f64) -> f64 {
        let last = self.times.len().saturating_sub(1) as f64;
        self.times.get((last * share) as usize).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }
}

/// A service closes connections that are idle for some seconds.
const STALE: Duration = Duration::from_secs(2);

/// Makes the request of a number. 0 opens the connection and is not measured.
pub type Requests = Box<dyn Fn(usize) -> String + Send>;

/// Runs one connection for each of `connections`; every answer must have the status `expected`, if there is one.
///
/// The time begins when each has had its first answer, and lasts for at least one more of each.
pub async fn run(
    address: SocketAddr,
    connections: Vec<Requests>,
    expected: Option<u16>,
    span: Duration,
) -> anyhow::Result<Outcome> {
    let before = connections.len();
    let ready = Arc::new(Barrier::new(before));
    let mut tasks = JoinSet::new();
    for requests in connections {
        tasks.spawn(connection(address, requests, expected, span, Arc::clone(&ready)));
    }
    let (mut times, mut longest) = (Vec::new(), Duration::ZERO);
    while let Some(task) = tasks.join_next().await {
        let (own, took) = task??;
        times.extend(own);
        longest = longest.max(took);
    }
    Ok(Outcome { before, ..Outcome::new(times, longest) })
}

async fn connection(
    address: SocketAddr,
    requests: Requests,
    expected: Option<u16>,
    span: Duration,
    ready: Arc<Barrier>,
) -> anyhow::Result<(Vec<Duration>, Duration)> {
    let mut stream = connect(address).await?;
    let (mut times, mut answer) = (Vec::new(), Vec::new());
    stream.write_all(requests(0).as_bytes()).await?;
    read_answer(&mut stream, &mut answer).await?;
    let answered = Instant::now();
    ready.wait().await;
    if answered.elapsed() > STALE {
        stream = connect(address).await?;
    }
    let began = Instant::now();
    while times.is_empty() || began.elapsed() < span {
        let request = requests(times.len() + 1);
        let sent = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        let status = read_answer(&mut stream, &mut answer).await?;
        times.push(sent.elapsed());
        let right = expected.is_none_or(|expected| expected == status);
        ensure!(right, "this was not expected: {}", String::from_utf8_lossy(&answer));
    }
    Ok((times, began.elapsed()))
}

async fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Reads one answer, which must have a `Content-Length`.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> anyhow::Result<u16> {
    answer.clear();
    let head = loop {
        ensure!(stream.read_buf(answer).await? > 0, "the service hung up");
        if let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = std::str::from_utf8(&answer[..head])?.to_ascii_lowercase();
    let status = text.split(' ').nth(1).context("no status")?.parse()?;
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.context("no length")?.trim().parse()?;
    while answer.len() < head + length {
        ensure!(stream.read_buf(answer).await? > 0, "the service hung up");
    }
    Ok(status)
}
