use super::*;
use proptest::prelude::*;
use secrecy::ExposeSecret;

fn url(text: &str) -> MailServer {
    MailServer::from_url(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

#[test]
fn scheme_and_query_decide_about_encryption_and_port() {
    for (text, encryption, port) in [
        ("smtp://h", Encryption::Opportunistic, 587),
        ("smtp://h:25", Encryption::Opportunistic, 25),
        (" smtp://h:25\n", Encryption::Opportunistic, 25),
        ("smtp://h?port=2525", Encryption::Opportunistic, 2525),
        ("smtp://h:25?port=2525", Encryption::Opportunistic, 25),
        ("smtp://h?ignoreTLS=true&secure=false", Encryption::None, 587),
        ("smtp://h?ignoreTLS=1", Encryption::None, 587),
        ("smtp://h?ignoreTLS=0", Encryption::Opportunistic, 587),
        ("smtp://h?ignoreTLS=", Encryption::Opportunistic, 587),
        ("smtp://h?ignoreTLS=true&ignoreTLS=false", Encryption::None, 587),
        ("smtp://h?requireTLS=true", Encryption::Required, 587),
        ("smtp://h?requireTLS=true&ignoreTLS=true", Encryption::Required, 587),
        ("smtp://h?secure=true", Encryption::Implicit, 465),
        ("smtps://h", Encryption::Implicit, 465),
        ("smtps://h?secure=false", Encryption::Implicit, 465),
        ("smtps://h:2465/?ignoreTLS=true", Encryption::Implicit, 2465),
    ] {
        assert_eq!((url(text).encryption, url(text).port), (encryption, port), "{text}");
    }
    assert!(url("smtp://h?pool=true").pooled && url("smtp://h").pooled && !url("smtp://h?pool=false").pooled);
    assert_eq!(url("smtp://[::1]:25").host, "::1");
}

#[test]
fn user_and_password_are_percent_decoded_and_count_only_together() {
    let login = url("smtp://a%40b.example:p%3A%2Fx@h").login.expect("a login");
    assert_eq!((login.user.as_str(), login.password.expose_secret()), ("a@b.example", "p:/x"));
    assert_eq!(url("smtp://user@h").login, None);
    assert!(!format!("{:?}", url("smtp://user:hunter2@h")).contains("hunter2"));
}

#[test]
fn what_is_no_mail_url_is_malformed() {
    for text in ["", "h", "h:25", "http://h", "smtp:", "smtp://", "smtp://:25", "smtp://h:x", "smtp://%ff@h"]
    {
        assert_eq!(MailServer::from_url(text), Err(BadMailUrl::Malformed), "{text}");
    }
}

#[test]
fn every_option_that_means_something_here_is_taken() {
    let text = "smtp://u:p@h?name=mail.example.org&opportunisticTLS=true&tls.rejectUnauthorized=false\
                &tls.servername=x.example&tls.minVersion=TLSv1.3&localAddress=127.0.0.2&connectionTimeout=1000\
                &greetingTimeout=2000&socketTimeout=3000&maxConnections=2&maxMessages=7&authMethod=cram-md5";
    let server = url(text);
    let expected = ServerOptions {
        name: Some("mail.example.org".to_owned()),
        opportunistic_tls: true,
        tls: crate::mail::server::TlsOptions {
            server_name: Some("x.example".to_owned()),
            accepts_any_certificate: true,
            versions: TlsVersions::Only13,
        },
        local_address: "127.0.0.2".parse().ok(),
        connection_timeout: Some(Duration::from_secs(1)),
        greeting_timeout: Some(Duration::from_secs(2)),
        socket_timeout: Some(Duration::from_secs(3)),
        max_connections: Some(2),
        max_messages: Some(7),
        ignored: Vec::new(),
    };
    assert_eq!(server.options, expected);
    assert_eq!(server.login.expect("a login").mechanism, Some(Mechanism::CramMd5));
    let none = url("smtp://h?connectionTimeout=0&maxConnections=0&maxMessages=0&proxy=&lmtp=false");
    assert_eq!(
        none.options,
        ServerOptions { ignored: vec!["proxy".to_owned(), "lmtp".to_owned()], ..ServerOptions::default() }
    );
    assert_eq!(url("smtp://h?maxConnections=5000").options.max_connections, Some(100));
}

#[test]
fn what_means_nothing_here_is_ignored_by_its_name() {
    let server =
        url("smtp://h?logger=true&debug=true&rateLimit=5&tls.ciphers=SSLv3&dnsTimeout=1&x.y=1&z%0a=1");
    assert_eq!(
        server.options.ignored,
        ["logger", "debug", "rateLimit", "tls.ciphers", "dnsTimeout", "x.y", "z"]
    );
}

#[test]
fn what_would_send_mail_another_way_is_refused_by_its_name() {
    for (query, named) in [
        ("proxy=socks5://x", "proxy"),
        ("service=gmail", "service"),
        ("lmtp=true", "lmtp"),
        ("sendmail=true", "sendmail"),
        ("streamTransport=true", "streamTransport"),
        ("jsonTransport=true", "jsonTransport"),
        ("tls.ca=x", "tls.ca"),
        ("tls.cert=x", "tls.cert"),
        ("authMethod=XOAUTH2", "authMethod"),
        ("name=a%20b", "name"),
        ("name=a%0d%0aQUIT", "name"),
        ("port=x", "port"),
        ("localAddress=x", "localAddress"),
        ("connectionTimeout=x", "connectionTimeout"),
        ("greetingTimeout=-1", "greetingTimeout"),
        ("socketTimeout=1e3s", "socketTimeout"),
        ("maxConnections=x", "maxConnections"),
        ("maxMessages=x", "maxMessages"),
        ("tls.minVersion=SSLv3", "tls.minVersion"),
        ("tls.maxVersion=TLSv1.1", "tls.maxVersion"),
    ] {
        let refused = MailServer::from_url(&format!("smtp://user:hunter2@h?{query}"));
        let Err(error @ BadMailUrl::Option(_)) = refused else { panic!("{query} is not refused") };
        assert!(error.text().starts_with(named), "{query}: {}", error.text());
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "smtps?://[a-z:@%\\[\\]]{0,12}\\??[a-zA-Z=&.%0-9]{0,40}") {
        let _ = MailServer::from_url(&text);
    }
}
