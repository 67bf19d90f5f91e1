//! Each mode of the proxy does what it says, seen from both of its sides.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use devstack::breaking_proxy::{BreakingProxy, Direction, Mode, Traffic};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Long enough that what comes at all has come.
const NOTHING_COMES: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(20);

struct Line {
    proxy: BreakingProxy,
    listener: TcpListener,
}

impl Line {
    async fn start() -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = BreakingProxy::start(listener.local_addr().unwrap()).unwrap();
        Line { proxy, listener }
    }

    /// Both ends of a new connection.
    async fn connect(&self) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect(self.proxy.address()).await.unwrap();
        let (server, _) = timeout(PATIENCE, self.listener.accept()).await.unwrap().unwrap();
        (client, server)
    }
}

async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

async fn gets(stream: &mut TcpStream, text: &str) {
    let mut got = vec![0; text.len()];
    timeout(PATIENCE, stream.read_exact(&mut got)).await.expect("in time").unwrap();
    assert_eq!(String::from_utf8(got).unwrap(), text);
}

async fn gets_nothing(stream: &mut TcpStream) {
    let mut byte = [0];
    let read = timeout(NOTHING_COMES, stream.read(&mut byte)).await;
    assert!(read.is_err(), "got {read:?}");
}

/// What comes until the orderly end.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut text)).await.expect("in time").unwrap();
    text
}

/// The reset may come before the client knows that it is connected.
async fn is_reset_at_once(address: SocketAddr) {
    match TcpStream::connect(address).await {
        Ok(mut client) => is_reset(&mut client).await,
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
}

async fn is_reset(stream: &mut TcpStream) {
    let read = timeout(PATIENCE, stream.read(&mut [0])).await.expect("in time");
    assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn it_passes_both_directions_and_their_ends_and_counts() {
    let line = Line::start().await;
    let (mut client, mut server) = line.connect().await;
    send(&mut client, "question").await;
    gets(&mut server, "question").await;
    client.shutdown().await.unwrap();
    assert_eq!(rest(&mut server).await, "");
    let long = "x".repeat(200_000);
    send(&mut server, &long).await;
    drop(server);
    assert_eq!(rest(&mut client).await, long);
    eventually("the connection is over", || line.proxy.open() == 0).await;
    assert_eq!(line.proxy.accepted(), 1);
    assert_eq!(line.proxy.traffic(Direction::ToServer), Traffic { read: 8, forwarded: 8 });
    assert_eq!(line.proxy.traffic(Direction::ToClient), Traffic { read: 200_000, forwarded: 200_000 });
}

#[tokio::test]
async fn delays_hold_for_each_direction() {
    let line = Line::start().await;
    let (mut client, mut server) = line.connect().await;
    let (to_server, to_client) = (Duration::from_millis(200), Duration::from_millis(500));
    line.proxy.behave(Mode::Delay { to_server, to_client });
    let begin = Instant::now();
    send(&mut client, "question").await;
    gets(&mut server, "question").await;
    assert!(begin.elapsed() >= to_server, "{:?}", begin.elapsed());
    let begin = Instant::now();
    send(&mut server, "answer").await;
    gets(&mut client, "answer").await;
    assert!(begin.elapsed() >= to_client, "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_black_hole_accepts_keeps_and_forwards_nothing_until_it_is_over() {
    let line = Line::start().await;
    let (mut client, mut server) = line.connect().await;
    line.proxy.behave(Mode::Stall);
    let (mut late, _late_server) = line.connect().await;
    send(&mut client, "question").await;
    send(&mut server, "greeting").await;
    gets_nothing(&mut server).await;
    gets_nothing(&mut client).await;
    gets_nothing(&mut late).await;
    assert_eq!(line.proxy.traffic(Direction::ToServer), Traffic { read: 8, forwarded: 0 });
    // Not even the end of a connection comes through.
    server.shutdown().await.unwrap();
    gets_nothing(&mut client).await;
    assert_eq!(line.proxy.open(), 2);
    line.proxy.behave(Mode::Pass);
    gets(&mut server, "question").await;
    assert_eq!(rest(&mut client).await, "greeting");
}

#[tokio::test]
async fn answers_are_held_back_while_questions_arrive_and_then_released() {
    let line = Line::start().await;
    let (mut client, mut server) = line.connect().await;
    line.proxy.behave(Mode::HoldAnswers);
    for question in ["first", "second"] {
        send(&mut client, question).await;
        gets(&mut server, question).await;
        send(&mut server, "answer").await;
    }
    gets_nothing(&mut client).await;
    line.proxy.behave(Mode::Pass);
    gets(&mut client, "answeranswer").await;
}

#[tokio::test]
async fn held_answers_are_lost_in_a_reset() {
    let line = Line::start().await;
    let (mut client, mut server) = line.connect().await;
    line.proxy.behave(Mode::HoldAnswers);
    send(&mut server, "answer").await;
    eventually("the proxy has the answer", || line.proxy.traffic(Direction::ToClient).read == 6).await;
    line.proxy.reset_open();
    is_reset(&mut client).await;
    is_reset(&mut server).await;
    eventually("the connection is over", || line.proxy.open() == 0).await;
    // Later connections are not meant.
    line.proxy.behave(Mode::Pass);
    let (mut client, mut server) = line.connect().await;
    send(&mut client, "again").await;
    gets(&mut server, "again").await;
}

#[tokio::test]
async fn single_bytes_are_read_one_by_one() {
    let line = Line::start().await;
    let (mut client, mut server) = line.connect().await;
    line.proxy.behave(Mode::ByteByByte { pause: Duration::from_millis(20) });
    let begin = Instant::now();
    send(&mut client, "question").await;
    let mut first = [0; 8];
    let count = timeout(PATIENCE, server.read(&mut first)).await.unwrap().unwrap();
    assert!(count < 8, "all at once");
    gets(&mut server, &"question"[count..]).await;
    assert!(begin.elapsed() >= Duration::from_millis(8 * 20), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn new_connections_are_refused_while_open_ones_go_on() {
    let line = Line::start().await;
    let (mut client, mut server) = line.connect().await;
    line.proxy.behave(Mode::RefuseNew);
    is_reset_at_once(line.proxy.address()).await;
    send(&mut client, "question").await;
    gets(&mut server, "question").await;
    assert_eq!((line.proxy.accepted(), line.proxy.open()), (2, 1));
}

#[tokio::test]
async fn a_line_is_cut_after_so_many_bytes_of_one_direction() {
    let line = Line::start().await;
    let (mut client, mut server) = line.connect().await;
    // What passed before does not count.
    send(&mut server, "greeting").await;
    gets(&mut client, "greeting").await;
    line.proxy.behave(Mode::Cut { direction: Direction::ToClient, after: 3 });
    send(&mut client, "a long question").await;
    gets(&mut server, "a long question").await;
    send(&mut server, "answer").await;
    assert_eq!(rest(&mut client).await, "ans");
    assert_eq!(rest(&mut server).await, "");
    assert_eq!(line.proxy.traffic(Direction::ToClient), Traffic { read: 14, forwarded: 11 });
}

#[tokio::test]
async fn a_server_that_is_not_there_or_breaks_resets_the_client() {
    let line = Line::start().await;
    let (mut client, server) = line.connect().await;
    server.set_zero_linger().unwrap();
    drop(server);
    is_reset(&mut client).await;
    let Line { proxy, listener } = line;
    drop(listener);
    is_reset_at_once(proxy.address()).await;
}

#[tokio::test]
async fn dropping_it_ends_all() {
    let line = Line::start().await;
    let (mut client, _server) = line.connect().await;
    let address = line.proxy.address();
    drop(line.proxy);
    assert!(!matches!(timeout(PATIENCE, client.read(&mut [0])).await.expect("in time"), Ok(1)));
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(address).await.is_ok() {
        assert!(Instant::now() < deadline, "it still listens");
    }
}
