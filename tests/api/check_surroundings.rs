//! `rc-account check`: the mail server and the upstream.

use crate::support::{Options, check, check_asked, check_with, resting};
use devstack::smtp::{Behaviour, Exim, LOGIN, Manners, Moment, PASSWORD, Sink};
use devstack::workspace::Release::{Eight, Six};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_there_is_a_warning() {
    let app = resting(Options::default(), Six).await;
    check(&app).has("mail", "warning", "no mail server is configured");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_would_take_no_mail_is_an_error_in_bounded_time() {
    let sink = Sink::start().await;
    let app = resting(Options::default(), Eight).await;
    let url = format!("smtp://postman:hunter2@127.0.0.1:{}", sink.port());
    for (behaviour, message) in [
        (Behaviour::Absent, "the mail server cannot be used: "),
        (Behaviour::Greet(554), "it answered with code 554"),
        (Behaviour::Hang, "did not finish within 10 s"),
    ] {
        sink.behave(behaviour);
        let checked = check_with(&[("MONGO_URL", app.mongo_url()), ("MAIL_URL", &url)]);
        let defect = checked.has("mail", "error", message);
        let place = format!("127.0.0.1:{} of MAIL_URL", sink.port());
        assert!(defect["message"].as_str().expect("a message").starts_with(&place), "{defect}");
        assert!(!checked.said.contains("hunter2"), "{}", checked.said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_and_the_login_are_tried_as_for_a_mail() {
    let sink = Sink::start().await;
    let exim = Exim::start(&sink).await.expect("exim");
    let authority = exim.authority();
    let authority = authority.to_str().expect("a path");
    let settings = |password: &str| {
        Options::default()
            .setting("SMTP_Host", Exim::HOST)
            .setting("SMTP_Port", exim.port().to_string())
            .setting("SMTP_IgnoreTLS", false)
            .setting("SMTP_Username", Exim::USER)
            .setting("SMTP_Password", password)
    };
    let app = resting(settings(Exim::PASSWORD), Six).await;
    let trusting = [("MONGO_URL", app.mongo_url()), ("RC_ACCOUNT_MAIL_CA", authority)];
    check_with(&trusting).is_ok("mail", "of the settings SMTP_* takes the connection and the login");
    check(&app).has("mail", "error", "the mail server cannot be used: ");
    let missing = [("MONGO_URL", app.mongo_url()), ("RC_ACCOUNT_MAIL_CA", "missing.pem")];
    check_with(&missing).has("mail", "error", "RC_ACCOUNT_MAIL_CA: ");

    app.set("SMTP_Password", "hunter2").await;
    let checked = check_with(&trusting);
    checked.has("mail", "error", "it answered with code 535");
    assert!(!checked.said.contains("hunter2"), "{}", checked.said);
    assert_eq!(sink.mails().len(), 0);
}

const RECIPIENT: &str = "operator@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn one_mail_is_sent_where_that_is_asked_for_and_told_step_by_step() {
    let manners = Manners { extensions: Some(&["AUTH LOGIN"]), login: Some("LOGIN"), ..Manners::PLAIN };
    let sink = Sink::start().await;
    sink.behave(Behaviour::As(manners));
    let app =
        resting(Options::default().setting("From_Email", "[Acme] Chat <chat@acme.example>"), Eight).await;
    let url = format!("smtp://{LOGIN}:{PASSWORD}@127.0.0.1:{}?name=chat.acme.example", sink.port());
    let environment = [("MONGO_URL", app.mongo_url()), ("MAIL_URL", url.as_str())];
    let checked = check_asked(&["--mail-to", RECIPIENT], &environment);
    checked.is_ok("mail-to", "has taken the mail to operator@example.com");
    for step in [
        "EHLO chat.acme.example → 250",
        "logged in by LOGIN",
        "RCPT TO:<operator@example.com> → 250",
        "the mail → 250",
    ] {
        checked.is_ok("mail-to", step);
    }
    assert_eq!(sink.mails().len(), 1);
    assert_eq!(
        (sink.mails()[0].to.as_str(), sink.mails()[0].sender.as_str()),
        (RECIPIENT, "chat@acme.example")
    );

    // The server repeats the right password in its refusal.
    let wrong = url.replace(PASSWORD, "hunter2hunter2");
    let refused = check_asked(
        &["--mail-to=operator@example.com"],
        &[("MONGO_URL", app.mongo_url()), ("MAIL_URL", &wrong)],
    );
    refused.has("mail-to", "error", "it answered with code 535 to the login");
    for secret in [PASSWORD, "hunter2", "dGFuc3RhYWZ0YW5zdGFhZg"] {
        assert!(!refused.said.contains(secret), "{}", refused.said);
    }
    sink.behave(Behaviour::As(Manners {
        answer: Some((Moment::Recipient, "550 5.7.1 tanstaaftanstaaf is no relay")),
        ..manners
    }));
    let refused = check_asked(&["--mail-to", RECIPIENT], &environment);
    refused.has("mail-to", "error", "the mail server refused the mail with code 550");
    refused.is_told("mail-to", "550 5.7.1 … is no relay");
    let malformed = check_asked(&["--mail-to", "operator"], &environment);
    malformed.has("mail-to", "error", "the recipient's address is malformed");
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_setting_about_mail_that_is_wrong_is_named() {
    let sink = Sink::start().await;
    let port = sink.port().to_string();
    let app = resting(
        Options::default().setting("SMTP_Host", "127.0.0.1").setting("SMTP_Port", port.as_str()),
        Six,
    )
    .await;
    app.set("From_Email", "chat@acme.example").await;
    check(&app).is_ok("mail", "takes the connection");
    assert!(check(&app).of("mail-settings").is_empty());
    for (setting, value, usual, message) in [
        ("From_Email", "Acme", "chat@acme.example", "From_Email holds no address"),
        (
            "From_Email",
            "a@x.example, b@y.example",
            "chat@acme.example",
            "From_Email holds several addresses; a@x.example is used",
        ),
        ("From_Email", "zoë@x.example", "chat@acme.example", "which only mail servers with SMTPUTF8 take"),
        ("SMTP_Username", "chat", "", "SMTP_Username is set without SMTP_Password"),
        ("SMTP_Password", "hunter2", "", "SMTP_Password is set without SMTP_Username"),
    ] {
        app.set(setting, value).await;
        let checked = check(&app);
        checked.has("mail-settings", "warning", message);
        assert!(!checked.said.contains("hunter2"));
        app.set(setting, usual).await;
    }
    for (value, message) in [
        ("", "From_Email is empty"),
        (
            "Acme, Inc. <chat@acme.example>",
            "From_Email is written in an unusual way; chat@acme.example is used",
        ),
    ] {
        app.set("From_Email", value).await;
        check(&app).is_told("mail-settings", message);
    }
    app.set("From_Email", "Chat <chat@acme.example>").await;
    for (setting, value, usual, message) in [
        ("SMTP_Port", "smtp", port.as_str(), "SMTP_Port is not a port"),
        ("SMTP_Host", "smtp://127.0.0.1", "127.0.0.1", "SMTP_Host holds more than a host's name"),
        ("SMTP_Port", "465", port.as_str(), "SMTP_Port is 465"),
    ] {
        app.set(setting, value).await;
        let checked = check(&app);
        let told = checked.of("mail-settings");
        assert!(
            told.iter().any(|(level, told)| *level == "warning" && told.contains(message)),
            "{message}: {told:?}"
        );
        app.set(setting, usual).await;
    }
}

/// An HTTP server for one request, which it hands over.
fn upstream(answer: &'static str) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("a request");
            head.push(byte[0]);
        }
        stream.write_all(answer.as_bytes()).expect("answered");
        sender.send(String::from_utf8(head).expect("text")).expect("somebody listens");
    });
    (address, requests)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_upstream_answers_it_is_there() {
    let app = resting(Options::default(), Six).await;
    for (answer, status) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200"),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "302"),
        ("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1000000\r\n\r\nand no body", "503"),
    ] {
        let (address, requests) = upstream(answer);
        let url = format!("http://{address}/chat/");
        let checked = check_with(&[("MONGO_URL", app.mongo_url()), ("RC_ACCOUNT_UPSTREAM_URL", &url)]);
        checked.is_ok("upstream", &format!("http://{address}/chat answers with {status}"));
        let request = requests.recv().expect("a request").to_lowercase();
        assert!(request.starts_with("get /chat/api/info http/1.1\r\n"), "{request}");
        for credentials in ["authorization", "x-auth-token", "x-user-id", "cookie"] {
            assert!(!request.contains(credentials), "{request}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_does_not_answer_is_an_error_in_bounded_time() {
    let app = resting(Options::default(), Six).await;
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = (silent.local_addr().expect("an address"), silent);
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    for (address, message) in [(silent.0, "nothing within 5 s"), (gone, "refused")] {
        let url = format!("http://{address}");
        let checked = check_with(&[("MONGO_URL", app.mongo_url()), ("RC_ACCOUNT_UPSTREAM_URL", &url)]);
        let defect = checked.has("upstream", "error", message);
        assert!(defect["message"].as_str().expect("a message").starts_with(&url), "{defect}");
    }
}
