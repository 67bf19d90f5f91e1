use super::*;

#[test]
fn users_and_passwords_are_decoded_once_and_encoded_again() {
    for (written, passed) in [
        ("u:p", "u:p"),
        ("u:p%40s%3As%2F%3F%23%25", "u:p%40s%3As%2F%3F%23%25"),
        ("u:a+b c&d=e,f;g!$*()~", "u:a%2Bb%20c%26d%3De%2Cf%3Bg%21%24%2A%28%29%7E"),
        ("u%C3%BC:€", "u%C3%BC:%E2%82%AC"),
        ("u:", "u:"),
    ] {
        assert_eq!(
            for_driver(&format!("mongodb://{written}@h/db"), None),
            format!("mongodb://{passed}@h/db?").trim_end_matches('?'),
            "{written}"
        );
    }
    for written in ["u:p@s", "u:p/s", "u:p?s", "u:p#s", "u:p:s", "u:p%", "u:p%4", "u:p%€€", "u:%FF", "[u:p"]
    {
        let refusal = read(&format!("mongodb://{written}@h/db")).expect_err(written).to_string();
        assert!(refusal.contains("must be percent-encoded"), "{written}: {refusal}");
    }
    for written in ["", ":p"] {
        let refusal = read(&format!("mongodb://{written}@h/db")).expect_err(written).to_string();
        assert!(refusal.contains("its user name is empty"), "{written}: {refusal}");
    }
    assert!(read("mongodb://u@h/db").expect_err("no password").to_string().contains("without a password"));
    assert!(read("mongodb://h/db").is_ok_and(|url| !url.has_login()));
}

#[test]
fn hosts_are_names_or_addresses_with_ports() {
    for hosts in
        ["h", "h:1,h:65535", "192.0.2.1:27017", "[2001:db8::1]:27017,[::1]", "%2Ftmp%2Fmongodb-27017.sock"]
    {
        assert!(read(&format!("mongodb://{hosts}/db")).is_ok(), "{hosts}");
    }
    assert_eq!(for_driver("mongodb://a:1, b:2/db", None).trim_end_matches('?'), "mongodb://a:1,b:2/db");
    for hosts in
        ["", "h:", "h:0", "h:65536", "h:x", "h:1:2", ",h", "h,", "[::1", "[h]:1", "[::1]x", "a b", "h:+1"]
    {
        let refusal = read(&format!("mongodb://{hosts}/db")).expect_err(hosts).to_string();
        assert!(refusal.contains("its hosts are not valid"), "{hosts}: {refusal}");
    }
    for hosts in ["a.b.c:1", "a.b.c,d.e.f", "localhost", "b.c"] {
        let refusal = read(&format!("mongodb+srv://{hosts}/db")).expect_err(hosts).to_string();
        assert!(refusal.contains("with mongodb+srv there is one host"), "{hosts}: {refusal}");
    }
    let srv = read("mongodb+srv://u:p@a.b.c/db?srvServiceName=customname&srvMaxHosts=2").expect("an address");
    let text = srv.for_driver().expose_secret();
    assert_eq!(srv.srv_host(), Some("a.b.c"));
    assert_eq!(text, "mongodb+srv://u:p@a.b.c/db?srvMaxHosts=2&srvServiceName=customname&tls=true");
}

#[test]
fn a_database_is_needed() {
    for path in ["", "/", "?replicaSet=rs0", "/?replicaSet=rs0"] {
        let refusal = read(&format!("mongodb://h{path}")).expect_err(path).to_string();
        assert!(refusal.contains("with the workspace's database in its path"), "{path}: {refusal}");
    }
    for path in ["/a/b", "/a.b", "/a%20b", "/$a", "/%FF"] {
        let refusal = read(&format!("mongodb://h{path}")).expect_err(path).to_string();
        assert!(refusal.contains("its path is no name of a database"), "{path}: {refusal}");
    }
}
