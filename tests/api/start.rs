//! The program itself: what it refuses to start with, what it says then, and how it stops.

use crate::support::{
    Options, ROUTE, Request, Service, TestApp, connect, exchange, folder, mongo, program, run, standalone,
};
use devstack::workspace::Release::{Eight, Six};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

const NOWHERE: &str = "mongodb://127.0.0.1:1/rocketchat?replicaSet=rs0&serverSelectionTimeoutMS=500";

/// Starts the service, which must refuse with one line on stderr that holds all of these texts.
#[track_caller]
fn is_refused(command: Command, texts: &[&str]) {
    let ended = run(command);
    let (said, logged) = (String::from_utf8_lossy(&ended.stderr), String::from_utf8_lossy(&ended.stdout));
    assert_eq!(ended.status.code(), Some(1), "{said}{logged}");
    assert_eq!((said.lines().count(), logged.as_ref()), (1, ""), "{said}{logged}");
    assert!(said.starts_with("rc-account: "), "{said}");
    for text in texts {
        assert!(said.contains(text), "{text:?} is not in: {said}");
    }
}

#[test]
fn a_wrong_or_missing_value_is_refused_by_its_key_and_what_is_expected() {
    is_refused(program(&["serve"], &[]), &["MONGO_URL is missing: ", "such as mongodb://localhost:27017/"]);
    for (key, value, expected) in [
        ("MONGO_URL", "", "is missing: a MongoDB connection string"),
        ("MONGO_URL", "localhost", "a MongoDB connection string with the workspace's database in its path"),
        ("MONGO_URL", "http://localhost/rocketchat", "such as mongodb://localhost:27017/rocketchat"),
        ("MONGO_URL", "mongodb://localhost:27017", "database in its path"),
        ("MONGO_URL", "mongodb://localhost:27017/?replicaSet=rs0", "database in its path"),
        ("MONGO_URL", "mongodb://localhost:x/rocketchat", "its hosts are not valid: HOST:PORT"),
        (
            "MONGO_URL",
            "mongodb://localhost/rocketchat?connectTimeoutMS=soon",
            "connectTimeoutMS must be a whole",
        ),
        ("MONGO_OPTIONS", "tls=true", "MONGO_OPTIONS cannot be used: a JSON object"),
        ("PORT", "70000", "a port number from 0 to 65535"),
        ("PORT", "-1", "a port number from 0 to 65535"),
        ("PORT", "http", "a port number from 0 to 65535"),
        ("BIND_IP", "localhost", "an IP address such as 127.0.0.1"),
        ("ROOT_URL", "chat.example.org", "such as https://chat.example.org"),
        ("RC_ACCOUNT_RELEASE", "7", "auto, 6 (6.13.0), 8 (8.8.1), or a version of Rocket.Chat"),
        ("RC_ACCOUNT_RELEASE", "6.3.9", "auto, 6 (6.13.0), 8 (8.8.1), or a version of Rocket.Chat"),
        ("RC_ACCOUNT_RATE_LIMIT", "10", "auto, off or CALLS/WINDOW_MS such as 10/60000"),
        ("RC_ACCOUNT_RATE_LIMIT", "0/60000", "auto, off or CALLS/WINDOW_MS such as 10/60000"),
        ("RC_ACCOUNT_RATE_LIMIT", "10/", "auto, off or CALLS/WINDOW_MS such as 10/60000"),
        ("RC_ACCOUNT_STANDALONE", "1", "true or false"),
        ("RC_ACCOUNT_REPLY", "none", "full or masked"),
        ("RC_ACCOUNT_GUESS_BUDGET", "10", "GUESSES/WINDOW_MS"),
        ("RC_ACCOUNT_TOTP_REPLAY", "yes", "refuse or allow"),
        ("RC_ACCOUNT_REMEMBER_USER_AGENT", "true", "auto, yes or no"),
        ("RC_ACCOUNT_TRUSTED_PROXIES", "proxy", "such as 10.0.0.0/8,192.0.2.7"),
        ("RC_ACCOUNT_DNS_SERVER", "127.0.0.1", "IP:PORT such as 127.0.0.1:53"),
        ("RC_ACCOUNT_ANNOUNCE", "on", "off, touch, nats or tcp"),
        (
            "RC_ACCOUNT_ANNOUNCE",
            "touch",
            "RC_ACCOUNT_UPSTREAM_URL is missing: the address of Rocket.Chat itself",
        ),
        ("RC_ACCOUNT_ANNOUNCE", "nats", "TRANSPORTER is missing: for RC_ACCOUNT_ANNOUNCE=nats"),
        ("RC_ACCOUNT_LOG", "loud", "off, error, warn, info, debug or trace"),
    ] {
        is_refused(program(&["serve"], &[("MONGO_URL", NOWHERE), (key, value)]), &[key, expected]);
    }
}

#[test]
fn announcing_that_nobody_could_read_is_refused_and_its_secret_not_repeated() {
    const SECRET: (&str, &str) = ("MOLECULER_ENCRYPTION_SECRET", "hunter2");
    let monolith = ("TRANSPORTER", "monolith+nats://127.0.0.1:1");
    for (announce, more) in [("tcp", &[][..]), ("nats", &[monolith][..])] {
        let environment =
            [&[("MONGO_URL", NOWHERE), ("RC_ACCOUNT_ANNOUNCE", announce), SECRET], more].concat();
        let ended = run(program(&["serve"], &environment));
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(said.contains("MOLECULER_ENCRYPTION_SECRET") && said.contains("does not encrypt"), "{said}");
        assert!(ended.status.code() == Some(1) && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_refused_value_with_a_password_is_not_repeated() {
    for url in ["mongodb://admin:hunter2@localhost", "mongodb://admin:hunter2@localhost/rocketchat?wet=-1"] {
        let ended = run(program(&["serve"], &[("MONGO_URL", url)]));
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(said.contains("MONGO_URL") && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_refused_by_its_name() {
    let folder = folder("refused-files");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    };
    let missing = folder.join("missing.toml").to_str().expect("UTF-8").to_owned();
    for (path, text) in [
        (missing.clone(), "No such file"),
        (folder.to_str().expect("UTF-8").to_owned(), "directory"),
        (write("syntax.toml", "PORT ="), "syntax.toml: "),
        (write("text.toml", "\u{0}\u{1}"), "text.toml: "),
        (write("unknown.toml", "PROT = 3001"), "the key PROT is unknown; the nearest known one is PORT"),
        (write("nested.toml", "[service]\nPORT = 3001"), "the key service is unknown"),
    ] {
        let environment = [("RC_ACCOUNT_CONFIG", path.as_str()), ("MONGO_URL", NOWHERE)];
        is_refused(program(&["serve"], &environment), &[&path, text]);
    }
    // A wrong value is refused by its key, wherever it stands.
    let wrong = write("wrong.toml", &format!("MONGO_URL = \"{NOWHERE}\"\nPORT = [3001]"));
    is_refused(program(&["serve"], &[("RC_ACCOUNT_CONFIG", &wrong)]), &["PORT is ", "from 0 to 65535"]);
    // Without that variable, the file of the working directory is read.
    std::fs::create_dir_all(folder.join("config")).expect("a folder");
    write("config/default.toml", "PROT = 3001");
    let mut command = program(&["serve"], &[("MONGO_URL", NOWHERE)]);
    command.current_dir(&folder);
    is_refused(command, &["config/default.toml: the key PROT is unknown"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mongodb_that_is_no_replica_set_is_refused_with_the_way_to_make_one() {
    let (mongod, url) = standalone().await;
    is_refused(
        program(&["serve"], &[("MONGO_URL", &url)]),
        &["MONGO_URL", "not a replica set", "--replSet rs0", "mongosh --eval 'rs.initiate()'"],
    );
    // The driver leaves it out of account then, and finds nobody.
    let named =
        url.replace("?serverSelectionTimeoutMS=60000", "?replicaSet=rs0&serverSelectionTimeoutMS=1000");
    is_refused(program(&["serve"], &[("MONGO_URL", &named)]), &["MONGO_URL", "not a replica set"]);
    mongod.stop().await.expect("stopped");
    let other = mongo()
        .await
        .url("rocketchat")
        .replace("replicaSet=", "serverSelectionTimeoutMS=1000&replicaSet=not-");
    is_refused(program(&["serve"], &[("MONGO_URL", &other)]), &["MONGO_URL: replicaSet=not-", "belongs to"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mongodb_that_does_not_answer_or_refuses_is_named() {
    is_refused(
        program(&["serve"], &[("MONGO_URL", NOWHERE)]),
        &["MONGO_URL: no MongoDB answers there within 500ms"],
    );
    let url = mongo().await.url("rocketchat");
    let url = url.replacen("mongodb://", "mongodb://admin:hunter2@", 1);
    let ended = run(program(&["serve"], &[("MONGO_URL", &url)]));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!((ended.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(
        said.contains("MONGO_URL: MongoDB refused the connection: ") && !said.contains("hunter2"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_in_use_is_named() {
    let url = mongo().await.url("test_start");
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (address, port) = (
        other.local_addr().expect("bound").to_string(),
        other.local_addr().expect("bound").port().to_string(),
    );
    let environment =
        [("MONGO_URL", url.as_str()), ("BIND_IP", "127.0.0.1"), ("PORT", &port), ("RC_ACCOUNT_LOG", "warn")];
    is_refused(program(&["serve"], &environment), &["PORT", &address, "in use"]);
    let environment = [("MONGO_URL", url.as_str()), ("BIND_IP", "192.0.2.1"), ("RC_ACCOUNT_LOG", "warn")];
    is_refused(program(&["serve"], &environment), &["BIND_IP", "192.0.2.1:3001"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_wins_over_the_file() {
    let url = mongo().await.url("test_start");
    let path = folder("config").join("rc-account.toml");
    let file = format!(
        "MONGO_URL = \"{url}\"\nPORT = 0\nBIND_IP = \"127.0.0.1\"\nRC_ACCOUNT_RELEASE = \"8\"\n# A comment.\n"
    );
    std::fs::write(&path, file).expect("written");
    let path = path.to_str().expect("UTF-8");
    let http = devstack::http::client();
    for (own, body_begins) in [("6", r#"{"status":"#), ("8", r#"{"success":"#), ("", r#"{"success":"#)] {
        let service = Service::start(&[("RC_ACCOUNT_CONFIG", path), ("RC_ACCOUNT_RELEASE", own)]);
        let body = Request::from(http.post(format!("{}{ROUTE}", service.base))).send().await.body;
        assert!(body.starts_with(body_begins), "{own:?}: {body}");
    }
}

/// A service of its own beside the one of the app, on the same workspace.
fn beside(app: &TestApp) -> Service {
    Service::on(app.mongo_url(), &[("RC_ACCOUNT_DRAIN_MS", "100")])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_release_follows_the_workspace() {
    for (release, name) in [(Six, "release=6.13.0"), (Eight, "release=8.8.1")] {
        let app = Options::default().start(release).await;
        let service = beside(&app);
        assert!(service.ready.contains(name), "{}", service.ready);
        assert!(service.ready.contains("6.10.1: name_characters_checked; "), "{}", service.ready);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_is_said_with_what_it_changes() {
    let app = Options::default().start(Six).await;
    let service = beside(&app);
    app.upgrade("99.1.0").await;
    let said = async |text: &str| {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(line) = service.logged(text).pop() {
                return line;
            }
            assert!(Instant::now() < deadline, "never said: {text}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let line = said("another version is imitated").await;
    for text in ["release=99.1.0", "before=6.13.0", "9.0.0: unauthorized SuccessAndError, "] {
        assert!(line.contains(text), "{line}");
    }
    let warning = said("newer than the newest that is known").await;
    assert!(warning.contains("release=99.1.0") && warning.contains("newest=9.1.0"), "{warning}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_sigterm_a_request_in_flight_finishes() {
    let app = TestApp::six().await;
    let person = app.person("plain");
    let service = beside(&app);
    let mut stream = connect(&service.base);
    let body = r#"{"data":{"bio":"finished"}}"#;
    let head = format!(
        "POST {ROUTE} HTTP/1.1\r\nHost: localhost\r\nX-User-Id: {}\r\nX-Auth-Token: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        person.id,
        person.token,
        body.len(),
    );
    let (first, second) = body.split_at(10);
    stream.write_all(head.as_bytes()).expect("sent");
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).expect("an interim answer");
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n", "the request is in flight");
    stream.write_all(first.as_bytes()).expect("sent");

    service.signal("TERM");
    let address = service.base.trim_start_matches("http://").to_owned();
    while TcpStream::connect(&address).is_ok() {
        std::thread::sleep(Duration::from_millis(5));
    }
    stream.write_all(second.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(service.end(), (Some(0), String::new()));
    assert_eq!(app.stored("plain").await.get_str("bio").ok(), Some("finished"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_requests_a_signal_ends_the_program_at_once_and_well() {
    let url = mongo().await.url("test_start");
    for signal in ["TERM", "INT"] {
        let service = Service::on(&url, &[("RC_ACCOUNT_DRAIN_MS", "0")]);
        let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        assert!(exchange(&service.base, request).starts_with("HTTP/1.1 404 "));
        service.signal(signal);
        assert_eq!(service.end(), (Some(0), String::new()), "{signal}");
    }
}
