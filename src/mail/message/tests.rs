use super::*;
use proptest::prelude::*;

fn mail(to: &str, subject: &str, name: &str, from: &str) -> Mail {
    Mail {
        from: Sender { name: Some(name.to_owned()), address: from.to_owned() },
        to: to.to_owned(),
        subject: subject.to_owned(),
        text: "text".to_owned(),
        html: Some("<p>html</p>".to_owned()),
        id: Some("id".to_owned()),
    }
}

fn headers(mail: &Mail) -> Vec<String> {
    let (_, bytes) = mail.encode("chat.example").expect("encoded");
    let text = String::from_utf8(bytes).expect("ASCII");
    let (head, _) = text.split_once("\r\n\r\n").expect("a head and a body");
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.split("\r\n").filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect()
}

const HEADERS: [&str; 7] = ["From", "To", "Subject", "Message-ID", "MIME-Version", "Date", "Content-Type"];

#[test]
fn a_mail_has_these_headers() {
    let mut found = headers(&mail("a@b.example", "s", "n", "c@d.example"));
    found.sort();
    let mut expected = HEADERS.map(str::to_owned);
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn malformed_recipients_are_refused_for_good() {
    for to in ["", "a", "a@b@c.example", "a@b.example>\r\nRCPT TO:<x@y.example"] {
        assert_eq!(mail(to, "", "", "c@d.example").encode("h"), Err(MailError::BadRecipient), "{to:?}");
    }
}

#[test]
fn a_domain_in_any_letters_is_written_in_ascii_and_a_name_stays() {
    for from in ["chat@bücher.example", "Chat <chat@bücher.example>"] {
        let mail = mail("user@BÜCHER.example", "", "", from);
        let (envelope, bytes) = mail.encode("h").expect("encoded");
        assert_eq!(envelope.to()[0].to_string(), "user@xn--bcher-kva.example");
        assert_eq!(envelope.from().map(ToString::to_string).as_deref(), Some("chat@xn--bcher-kva.example"));
        assert!(!String::from_utf8(bytes).expect("ASCII").contains("=?utf-8"), "{from}");
    }
    let (envelope, _) = mail("ä@ö.example", "", "", "").encode("h").expect("encoded");
    assert_eq!(envelope.to()[0].to_string(), "ä@xn--nda.example");
}

#[test]
fn without_from_email_the_envelope_has_no_sender() {
    let (envelope, bytes) = mail("a@b.example", "", "Acme", "").encode("chat.example").expect("encoded");
    assert_eq!(envelope.from(), None);
    assert!(String::from_utf8(bytes).expect("ASCII").contains("no-reply@chat.example"));
    let named = mail("a@b.example", "", "", "Chat <c@d.example>").encode("h").expect("encoded");
    assert_eq!(named.0.from().map(ToString::to_string).as_deref(), Some("c@d.example"));
    for nobody in ["Acme", "c\r\nX: y", "@"] {
        let (envelope, bytes) = mail("a@b.example", "", "", nobody).encode("h.example").expect("encoded");
        assert_eq!(envelope.from(), None, "{nobody:?}");
        assert!(String::from_utf8(bytes).expect("ASCII").contains("From: no-reply@h.example"));
    }
}

#[test]
fn any_name_beside_an_address_is_written_so_that_it_is_read_again() {
    for (from, expected) in [
        ("Acme, Inc. <chat@example.org>", "From: =?utf-8?b?QWNtZSwgSW5jLg==?= <chat@example.org>"),
        ("[Acme] Chat <chat@example.org>", "From: =?utf-8?b?W0FjbWVdIENoYXQ=?= <chat@example.org>"),
    ] {
        let mail =
            Mail { from: Sender { name: None, address: from.to_owned() }, ..mail("a@b.example", "", "", "") };
        let (envelope, bytes) = mail.encode("h").expect("encoded");
        assert_eq!(envelope.from().map(ToString::to_string).as_deref(), Some("chat@example.org"));
        let text = String::from_utf8(bytes).expect("ASCII");
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn debug_shows_nothing_of_the_content() {
    let shown = format!("{:?}", Mail { text: "123-456".to_owned(), ..mail("a@b.example", "s", "n", "f") });
    assert!(!shown.contains("123-456") && !shown.contains("a@b.example"), "{shown}");
}

proptest! {
    #[test]
    fn no_value_adds_a_header(subject in "(?s).{0,80}", name in "(?s).{0,80}", injected in "[\r\n]{1,4}X-Evil: 1[\r\n]{0,4}") {
        for mail in [
            mail("a@b.example", &format!("{subject}{injected}"), &name, "c@d.example"),
            mail("a@b.example", &subject, &format!("{name}{injected}{name}"), "c@d.example"),
        ] {
            let mut found = headers(&mail);
            found.sort();
            let mut expected = HEADERS.map(str::to_owned);
            expected.sort();
            prop_assert_eq!(found, expected);
        }
    }
}
