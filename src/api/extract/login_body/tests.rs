use super::*;
use secrecy::ExposeSecret;

/// One line that says what a JSON body is taken for.
fn read(json: &str) -> String {
    read_with_header(json, None)
}

fn read_with_header(json: &str, header: Option<&str>) -> String {
    show(&parse(&Body::Json(json.to_owned()), header.map(str::to_owned)))
}

fn show(request: &LoginRequest) -> String {
    match request {
        LoginRequest::Password { who, digest, code } => {
            assert!(
                *digest == PasswordDigest::of_password(&"pw".into())
                    || *digest == PasswordDigest::exact(&"A".repeat(64))
            );
            let code = code.as_ref().map(|code| format!(" +{}", code.expose_secret()));
            format!("{who:?}{}", code.unwrap_or_default())
        }
        LoginRequest::Resume(token) => format!("Resume {}", token.expose_secret()),
        LoginRequest::Mailed(_) => unreachable!("no body is that"),
        LoginRequest::Unrecognised => "Unrecognised".to_owned(),
        LoginRequest::Malformed(text) => {
            format!("Malformed {}", text.rsplit("in field ").next().unwrap_or_default())
        }
    }
}

#[test]
fn a_name_is_taken_from_user_then_username_then_email() {
    for (body, expected) in [
        (r#"{"user":"a","password":"pw"}"#, r#"Username("a")"#),
        (r#"{"user":"a@b","password":"pw"}"#, r#"EmailAddress("a@b")"#),
        (r#"{"username":"a@b","password":"pw"}"#, r#"Username("a@b")"#),
        (r#"{"email":"a","password":"pw"}"#, r#"EmailAddress("a")"#),
        (r#"{"user":"a","username":"b","email":"c","password":"pw"}"#, r#"Username("a")"#),
        (r#"{"user":1,"username":"b","password":"pw"}"#, r#"Username("b")"#),
        (r#"{"username":"","email":"c@d","password":"pw"}"#, r#"EmailAddress("c@d")"#),
        (r#"{"user":"","username":"b","password":"pw"}"#, "Malformed user.username"),
        (r#"{"username":1,"password":"pw"}"#, "Malformed user.username"),
        (r#"{"password":"pw"}"#, "Malformed Match error: Missing key 'user'"),
        (r#"{"user":{"username":"a"},"password":"pw"}"#, r#"Username("a")"#),
        (r#"{"user":{"email":"a@b"},"password":"pw"}"#, r#"EmailAddress("a@b")"#),
        (r#"{"user":{"username":"a","email":"b"},"password":"pw"}"#, "Malformed user"),
        (r#"{"user":{"id":"a"},"password":"pw"}"#, "Unrecognised"),
    ] {
        assert_eq!(read(body), expected, "{body}");
    }
}

#[test]
fn a_password_is_a_text_or_a_digest_in_exactly_one_form() {
    let with = |password: &str| read(&format!(r#"{{"user":"a","password":{password}}}"#));
    let digest = "A".repeat(64);
    assert_eq!(with(&format!(r#"{{"digest":"{digest}","algorithm":"sha-256"}}"#)), r#"Username("a")"#);
    for malformed in [
        format!(r#"{{"digest":"{digest}"}}"#),
        format!(r#"{{"digest":"{digest}","algorithm":"sha-512"}}"#),
        format!(r#"{{"digest":"{digest}","algorithm":"sha-256","x":1}}"#),
        r#"{"digest":"short","algorithm":"sha-256"}"#.to_owned(),
        "1".to_owned(),
        "true".to_owned(),
        "[]".to_owned(),
    ] {
        assert_eq!(with(&malformed), "Malformed password", "{malformed}");
    }
    assert_eq!(with(r#"{"hashed":"x"}"#), "Malformed data and hash must be strings");
    for nothing in ["null", r#""""#, "0", "false"] {
        assert_eq!(with(nothing), "Unrecognised", "{nothing}");
    }
}

#[test]
fn a_code_comes_from_the_body_or_else_from_the_header() {
    let body = r#"{"user":"a","password":"pw","code":"1"}"#;
    assert_eq!(read_with_header(body, Some("2")), r#"Username("a") +1"#);
    let body = r#"{"user":"a","password":"pw","code":""}"#;
    assert_eq!(read_with_header(body, Some("2")), r#"Username("a") +2"#);
    assert_eq!(read(r#"{"user":"a","password":"pw","code":123456}"#), r#"Username("a") +123456"#);
}

#[test]
fn any_other_body_goes_to_the_handlers_as_it_is() {
    for (body, expected) in [
        (r#"{"resume":"t"}"#, "Resume t"),
        (r#"{"resume":"t","user":"a","password":"pw"}"#, "Resume t"),
        (r#"{"resume":7}"#, "Malformed Match error: Expected string, got number"),
        (r#"{"resume":""}"#, "Unrecognised"),
        (r#"{"user":"a"}"#, "Unrecognised"),
        (r#"{"user":"a","password":"pw","ldap":true}"#, "Malformed user"),
        (r#"{"user":{"username":"a"},"password":"pw","ldap":true}"#, "Malformed ldap"),
        (r#"{"oauth":{"x":1}}"#, "Unrecognised"),
        ("{}", "Unrecognised"),
        ("[]", "Unrecognised"),
        ("not JSON", "Unrecognised"),
        ("", "Unrecognised"),
    ] {
        assert_eq!(read(body), expected, "{body}");
    }
}

#[test]
fn a_form_is_as_good_as_json() {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let form = Body::Form(vec![pair("user", "x"), pair("password", "pw"), pair("user", "a")]);
    assert_eq!(show(&parse(&form, None)), r#"Username("a")"#);
    assert_eq!(show(&parse(&Body::Other, None)), "Unrecognised");
}
