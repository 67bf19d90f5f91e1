//! What every proxy has to do, with the example as it is.

use super::client::{Answer, Caller, ROUTE};
use super::ledger::Applied;
use super::proxy::Proxy;
use super::sidecar::DEADLINE;
use super::stage::Stage;
use devstack::breaking_proxy::Mode;
use mongodb::bson::doc;
use reqwest::Method;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const BY_THE_SIDECAR: Applied = Applied { sidecar: 1, original: 0 };
const BY_THE_ORIGINAL: Applied = Applied { sidecar: 0, original: 1 };
const BY_NOBODY: Applied = Applied { sidecar: 0, original: 0 };

/// `RC_DEV_KILLS`: how often the service is killed under load.
const KILLS: u64 = 3;
const CLIENTS: usize = 3;
const UPLOAD: usize = 20 << 20;
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);

pub async fn holds(stage: Stage) {
    let stage = Arc::new(stage);
    if stage.kind.knows_names {
        an_unknown_name_keeps_nothing_from_starting(&stage).await;
    }
    let proxy = Arc::new(stage.proxy().await);
    without_the_service_the_original_answers(&stage, &proxy).await;
    let mut sidecar = stage.sidecar().await;
    stage.is_routed(&proxy).await;
    the_route_and_nothing_else_goes_to_the_service(&stage, &proxy).await;
    uploads_and_websockets_go_to_the_original(&stage, &proxy).await;
    if stage.kind.writes_addresses {
        nobody_chooses_their_address(&stage, &proxy).await;
    }
    what_got_503_may_go_to_the_original(&stage, &proxy).await;
    stage.is_routed(&proxy).await;

    what_was_sent_is_not_sent_again(&stage, &proxy, sidecar).await;
    for round in 0..rounds() {
        sidecar = stage.sidecar().await;
        stage.is_routed(&proxy).await;
        let loaded = Load::begin(&stage, &proxy);
        tokio::time::sleep(Duration::from_millis(150 + 97 * (round % 5))).await;
        sidecar.kill().await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        loaded.end(&stage, false).await;
    }
    sidecar = stage.sidecar().await;
    stage.is_routed(&proxy).await;
    let loaded = Load::begin(&stage, &proxy);
    tokio::time::sleep(Duration::from_millis(200)).await;
    sidecar.stop().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    loaded.end(&stage, true).await;
}

fn rounds() -> u64 {
    std::env::var("RC_DEV_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS)
}

/// Makes a change and tells who applied it.
async fn change(stage: &Stage, proxy: &Proxy) -> (Answer, Applied) {
    let bio = stage.new_bio();
    let answer = Answer::to(stage.change(proxy, &bio)).await;
    (answer, stage.ledger.applied(&bio).await)
}

async fn an_unknown_name_keeps_nothing_from_starting(stage: &Stage) {
    let proxy = stage.proxy_to("rc-account.invalid:3001").await;
    let (answer, applied) = change(stage, &proxy).await;
    let name = stage.kind.name;
    assert_eq!((answer.status, applied), (200, BY_THE_ORIGINAL), "{name}, unknown name\n{}", proxy.log());
}

async fn without_the_service_the_original_answers(stage: &Stage, proxy: &Proxy) {
    for _ in 0..3 {
        let (answer, applied) = change(stage, proxy).await;
        let name = stage.kind.name;
        assert_eq!(
            (answer.status, applied),
            (200, BY_THE_ORIGINAL),
            "{name}, never started\n{}",
            proxy.log()
        );
    }
}

async fn the_route_and_nothing_else_goes_to_the_service(stage: &Stage, proxy: &Proxy) {
    let name = stage.kind.name;
    stage.original.take();
    let (answer, applied) = change(stage, proxy).await;
    assert_eq!((answer.status, applied), (200, BY_THE_SIDECAR), "{name}: {answer:?}");
    let asked = Caller::new().request(Method::POST, &format!("{}{ROUTE}?a=b", proxy.base));
    assert!(Answer::to(asked).await.is_by_the_sidecar(), "{name}: a query is no part of the path");
    let asked = Caller::new().request(Method::OPTIONS, &format!("{}{ROUTE}", proxy.base));
    assert!(!Answer::to(asked).await.by_the_original, "{name}: OPTIONS goes with POST");
    assert_eq!(stage.original.take().len(), 0, "{name}");

    let other = [
        (Method::GET, ROUTE.to_owned()),
        (Method::PUT, ROUTE.to_owned()),
        (Method::POST, format!("{ROUTE}/")),
        (Method::POST, format!("{ROUTE}x")),
        (Method::POST, ROUTE.to_lowercase()),
        (Method::POST, ROUTE.replace("users.", "users/")),
        (Method::POST, "/api/v1/method.call/saveUserProfile".to_owned()),
        (Method::GET, "/".to_owned()),
    ];
    for (method, path) in other {
        let request = Caller::new().request(method.clone(), &format!("{}{path}", proxy.base));
        let answer = Answer::to(request).await;
        assert!(answer.by_the_original, "{name}: {method} {path}: {answer:?}");
        let seen = stage.original.take();
        assert_eq!(seen.len(), 1, "{name}: {method} {path}");
        assert_eq!((seen[0].method.as_str(), &seen[0].path), (method.as_str(), &path), "{name}");
    }
}

async fn uploads_and_websockets_go_to_the_original(stage: &Stage, proxy: &Proxy) {
    let name = stage.kind.name;
    let upload = Caller::new().request(Method::POST, &format!("{}/api/v1/rooms.media/room", proxy.base));
    let answer = Answer::to(upload.body(vec![7; UPLOAD])).await;
    assert_eq!(answer.status, 200, "{name}: {answer:?}");
    assert_eq!(stage.original.take()[0].length, UPLOAD, "{name}");

    let place = proxy.base.trim_start_matches("http://");
    let mut socket = tokio::net::TcpStream::connect(place).await.expect("a connection");
    let head = format!(
        "GET /websocket HTTP/1.1\r\nHost: {place}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.expect("sent");
    let answer = until(&mut socket, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 101"), "{name}: {answer}");
    socket.write_all(b"hello").await.expect("sent");
    let echo = until(&mut socket, "hello").await;
    assert!(echo.ends_with("hello"), "{name}: {echo}");
}

/// Reads until the text comes, or the other side ends.
async fn until(socket: &mut tokio::net::TcpStream, text: &str) -> String {
    let mut read = Vec::new();
    let reading = async {
        let mut part = [0; 1024];
        while !String::from_utf8_lossy(&read).contains(text) {
            match socket.read(&mut part).await {
                Ok(length @ 1..) => read.extend(&part[..length]),
                _ => break,
            }
        }
    };
    let _ = tokio::time::timeout(PATIENCE, reading).await;
    String::from_utf8_lossy(&read).into_owned()
}

async fn nobody_chooses_their_address(stage: &Stage, proxy: &Proxy) {
    let name = stage.kind.name;
    let caller = Caller::new();
    let forged = |request: reqwest::RequestBuilder, address: &str| {
        let request = request.header("X-Forwarded-For", address).header("X-Real-IP", address);
        request.header("X-Forwarded-Proto", "https")
    };
    let asked = caller.request(Method::GET, &format!("{}/api/info", proxy.base));
    Answer::to(forged(asked, "192.0.2.7")).await;
    let seen = stage.original.take().pop().expect("a request");
    let forwarded = seen.header("x-forwarded-for");
    let address = caller.address.to_string();
    assert_eq!(
        forwarded.split(',').next_back().map(str::trim),
        Some(address.as_str()),
        "{name}: {forwarded}"
    );
    assert_eq!(seen.header("x-real-ip"), address, "{name}");
    assert_eq!(seen.header("x-forwarded-proto"), "http", "{name}");

    // The service's own view: one call of each address.
    let bios = [stage.new_bio(), stage.new_bio(), stage.new_bio()];
    let first = Answer::to(forged(stage.change_by(&caller, proxy, &bios[0]), "192.0.2.8")).await;
    let second = Answer::to(forged(stage.change_by(&caller, proxy, &bios[1]), "192.0.2.9")).await;
    let other = Answer::to(forged(stage.change(proxy, &bios[2]), "192.0.2.9")).await;
    let statuses = (first.status, second.status, other.status);
    assert_eq!(statuses, (200, 429, 200), "{name}: {first:?}\n{second:?}\n{other:?}");
}

async fn what_got_503_may_go_to_the_original(stage: &Stage, proxy: &Proxy) {
    let name = stage.kind.name;
    stage.line.behave(Mode::Stall);
    let begin = Instant::now();
    let bio = stage.new_bio();
    let answer = Answer::to(stage.change(proxy, &bio)).await;
    assert!(begin.elapsed() >= DEADLINE / 2, "{name}: the service was not asked: {answer:?}");
    stage.line.behave(Mode::Pass);
    let applied = stage.ledger.applied(&bio).await;
    let expected = if stage.kind.hands_over_503 { (200, BY_THE_ORIGINAL) } else { (503, BY_NOBODY) };
    assert_eq!((answer.status, applied), expected, "{name}: {answer:?}\n{}", proxy.log());
}

/// The write is in the database, its answer is not yet: the worst moment for a crash.
async fn what_was_sent_is_not_sent_again(
    stage: &Arc<Stage>,
    proxy: &Arc<Proxy>,
    sidecar: super::sidecar::Sidecar,
) {
    let name = stage.kind.name;
    // Nobody else can write this user's document while the transaction is open.
    let mut session = stage.database.client().start_session().await.expect("a session");
    session.start_transaction().await.expect("a transaction");
    let users = stage.database.collection::<mongodb::bson::Document>("users");
    let person = doc! {"_id": &stage.person.id};
    let held = users.update_one(person, doc! {"$set": {"held": true}}).session(&mut session).await;
    held.expect("held");

    let bio = stage.new_bio();
    let sent = tokio::spawn(Answer::to(stage.change(proxy, &bio)));
    writes(stage).await;
    stage.line.behave(Mode::HoldAnswers);
    session.abort_transaction().await.expect("ended");
    let deadline = Instant::now() + PATIENCE;
    while stage.ledger.applied(&bio).await == BY_NOBODY {
        assert!(Instant::now() < deadline, "{name}: the change is not written");
        tokio::time::sleep(POLL).await;
    }
    sidecar.kill().await;
    let answer = sent.await.expect("an answer");
    stage.line.behave(Mode::Pass);
    stage.line.reset_open();
    // Time for a retry that must not come.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let applied = stage.ledger.applied(&bio).await;
    assert!(answer.status >= 500, "{name}: {answer:?}");
    assert_eq!(applied, BY_THE_SIDECAR, "{name}: {answer:?}\n{}", proxy.log());
    assert_eq!(stage.original.take().len(), 0, "{name}: it was sent again");

    let (answer, applied) = change(stage, proxy).await;
    assert_eq!((answer.status, applied), (200, BY_THE_ORIGINAL), "{name}, killed\n{}", proxy.log());
}

/// Waits until a change has come to MongoDB, where it waits.
async fn writes(stage: &Stage) {
    let admin = stage.database.client().database("admin");
    let users = format!("{}.users", stage.database.name());
    let under_way = doc! {"currentOp": true, "ns": users};
    let deadline = Instant::now() + PATIENCE;
    loop {
        let now = admin.run_command(under_way.clone()).await.expect("an answer");
        // A long command is only told as the beginning of its text.
        let operations = now.get_array("inprog").expect("a list");
        if operations.iter().any(|operation| operation.to_string().contains("findAndModify")) {
            return;
        }
        assert!(Instant::now() < deadline, "{}: the change does not come to MongoDB: {now}", stage.kind.name);
        tokio::time::sleep(POLL).await;
    }
}

/// Several clients that change and change.
struct Load {
    is_over: Arc<AtomicBool>,
    clients: Vec<tokio::task::JoinHandle<Vec<(String, Answer)>>>,
}

impl Load {
    fn begin(stage: &Arc<Stage>, proxy: &Arc<Proxy>) -> Load {
        let is_over = Arc::new(AtomicBool::new(false));
        let client = || {
            let (stage, proxy, is_over) = (Arc::clone(stage), Arc::clone(proxy), Arc::clone(&is_over));
            tokio::spawn(async move {
                let mut answers = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    let bio = stage.new_bio();
                    answers.push((bio.clone(), Answer::to(stage.change(&proxy, &bio)).await));
                }
                answers
            })
        };
        let clients = (0..CLIENTS).map(|_| client()).collect();
        Load { is_over, clients }
    }

    /// Nothing was applied twice, and all that was answered 200 was applied; with `lossless` all was answered so.
    async fn end(self, stage: &Stage, lossless: bool) {
        self.is_over.store(true, Ordering::Relaxed);
        let mut answers = Vec::new();
        for client in self.clients {
            answers.extend(client.await.expect("a client"));
        }
        let (name, applied) = (stage.kind.name, stage.ledger.read().await);
        let mut lost = 0;
        for (bio, answer) in &answers {
            let applied = applied.get(bio).copied().unwrap_or_default();
            let most = format!("{name}: {bio}: {answer:?}: {applied:?}");
            match answer.status {
                200 => assert_eq!(applied.total(), 1, "{most}"),
                _ if lossless => panic!("{most}"),
                _ => assert!(applied.total() <= 1, "{most}"),
            }
            lost += usize::from(answer.status != 200);
        }
        let by_the_sidecar = answers.iter().filter(|(_, answer)| !answer.by_the_original).count() - lost;
        eprintln!(
            "{name}: {} changes, {by_the_sidecar} by the service, {lost} without success",
            answers.len()
        );
        assert!(by_the_sidecar + lost > 0, "{name}: the service was not asked");
        // Of each client one may have been under way, and the next one let in by the system while the process ended.
        assert!(lost <= 2 * CLIENTS, "{name}: {lost} of {} without success", answers.len());
        stage.original.take();
    }
}
