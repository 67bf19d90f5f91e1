//! `rc-account check`: whether the public route leads to a running service, announcing, and the clock.

use crate::support::{Behaviour, Options, ROUTE, TestApp, Upstream, check_asked, check_with};
use devstack::workspace::Release::{Eight, Six};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// A proxy that sends the route to the service and all else to the other, and adds so many entries to `X-Forwarded-For`.
async fn proxy(app: &TestApp, other: SocketAddr, entries: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let service = app.base.trim_start_matches("http://").to_owned();
    let header = match entries {
        0 => String::new(),
        entries => format!("X-Forwarded-For: {}\r\n", vec!["192.0.2.1"; entries].join(", ")),
    };
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass_on(client, service.clone(), other.to_string(), header.clone()));
        }
    });
    url
}

async fn pass_on(mut client: TcpStream, service: String, other: String, header: String) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).await.expect("a head");
        head.extend(byte);
    }
    let is_route = head.starts_with(format!("POST {ROUTE} ").as_bytes());
    let mut server = TcpStream::connect(if is_route { service } else { other }).await.expect("a server");
    head.truncate(head.len() - 2);
    // One connection for each request, so that each is looked at.
    head.extend(format!("{header}Connection: close\r\n\r\n").as_bytes());
    server.write_all(&head).await.expect("passed on");
    let _ = copy_bidirectional(&mut client, &mut server).await;
}

fn looked(app: &TestApp, root_url: &str) -> crate::support::Checked {
    check_asked(&["--only", "route"], &[("MONGO_URL", app.mongo_url()), ("ROOT_URL", root_url)])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_proxy_is_told_from_a_wrong_one() {
    let rocket_chat = Upstream::start(Behaviour::status(401, "Connection: close\r\n")).await;
    let app = Options::default().variable("HTTP_FORWARDED_COUNT", "1").start(Eight).await;
    let url = proxy(&app, rocket_chat.address, 1).await;
    let checked = looked(&app, &url);
    checked.is_ok("route", "leads here, with 1 entries of X-Forwarded-For");
    assert_eq!(checked.of("route").len(), 1, "{}", checked.said);

    for entries in [0, 2] {
        let url = proxy(&app, rocket_chat.address, entries).await;
        let checked = looked(&app, &url);
        let told = format!("X-Forwarded-For came with {entries} entries, but HTTP_FORWARDED_COUNT is 1");
        let defect = checked.has("route", "warning", &told);
        assert_eq!(defect["code"], "route-forwarded-count");
        assert_eq!(defect["details"]["forwardedEntries"], entries);
    }
    let defect = looked(&app, &rocket_chat.url());
    let defect = defect.has("route", "warning", "is answered with 401, but not by an rc-account");
    assert_eq!(defect["code"], "route-elsewhere");
    let defect = looked(&app, "http://127.0.0.1:1");
    assert_eq!(defect.has("route", "warning", "does not answer")["code"], "route-unreachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_sends_everything_is_told_unless_the_service_is_alone() {
    let app = Options::default().variable("HTTP_FORWARDED_COUNT", "0").start(Six).await;
    let checked = looked(&app, &app.base);
    assert_eq!(checked.has("route", "warning", "/api/info comes here, too")["code"], "route-too-wide");
    let alone = Options::standalone().start(Six).await;
    let environment =
        [("MONGO_URL", alone.mongo_url()), ("ROOT_URL", &alone.base), ("RC_ACCOUNT_STANDALONE", "true")];
    let checked = check_asked(&["--only", "route"], &environment);
    checked.is_ok("route", "leads here, with 0 entries");
    assert_eq!(checked.of("route").len(), 1, "{}", checked.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_not_trusted_is_told() {
    let rocket_chat = Upstream::start(Behaviour::status(401, "Connection: close\r\n")).await;
    let app = Options::default().variable("RC_ACCOUNT_TRUSTED_PROXIES", "192.0.2.0/24").start(Six).await;
    let url = proxy(&app, rocket_chat.address, 1).await;
    looked(&app, &url).has("route", "warning", "RC_ACCOUNT_TRUSTED_PROXIES lacks the proxy");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_says_nothing_to_who_sends_it() {
    let app = Options::default().variable("ROOT_URL", "http://localhost/chat").start(Six).await;
    let ask = async |mark: Option<&str>| {
        let request = app.http.post(format!("{}/chat{ROUTE}", app.base)).body("{}");
        let request =
            mark.into_iter().fold(request, |request, mark| request.header("X-Rc-Account-Check", mark));
        let answer = request.send().await.expect("an answer");
        let mut names: Vec<String> = answer.headers().keys().map(ToString::to_string).collect();
        names.sort();
        (answer.status(), names, answer.text().await.expect("a body"))
    };
    let (marked, plain) = (ask(Some("0123456789abcdef")).await, ask(None).await);
    assert_eq!((marked.0.as_u16(), &marked), (401, &plain));
}

#[tokio::test(flavor = "multi_thread")]
async fn announcing_is_held_against_the_version_that_was_found() {
    let upstream = Upstream::start(Behaviour::status(401, "")).await;
    for (release, way, level, told) in [
        (Six, "off", "ok", "which Rocket.Chat 6.13.0 hears"),
        (Eight, "off", "warning", "8.8.1 does not watch its database"),
        (Six, "touch", "warning", "6.13.0 announces nothing"),
        (Eight, "touch", "ok", "which Rocket.Chat 8.8.1 hears"),
        (Eight, "tcp", "ok", "which Rocket.Chat 8.8.1 hears"),
    ] {
        let app = crate::support::resting(Options::default(), release).await;
        let url = upstream.url();
        let environment = [
            ("MONGO_URL", app.mongo_url()),
            ("RC_ACCOUNT_ANNOUNCE", way),
            ("RC_ACCOUNT_UPSTREAM_URL", url.as_str()),
        ];
        let checked = check_with(&environment);
        assert_eq!(checked.of("announce").len(), 1);
        let (found, message) = checked.of("announce")[0];
        assert!(found == level && message.contains(told), "{way}: {found} {message}");
        checked.is_ok("clock", "this machine's clock and MongoDB's agree");
        checked.is_ok("rights", "may write");
        let alone = [environment[0], ("RC_ACCOUNT_STANDALONE", "true")];
        check_with(&alone).is_ok("announce", "no Rocket.Chat runs here");
    }
    // Watchers can be switched on until 8.0.
    let app = crate::support::resting(Options::default(), Six).await;
    app.upgrade("7.10.0").await;
    let checked = check_with(&[("MONGO_URL", app.mongo_url())]);
    assert_eq!(checked.of("announce")[0].0, "hint", "{}", checked.said);
}
