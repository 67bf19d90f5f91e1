use super::*;
use crate::release::Version;
use crate::workspace::SettingVariables;
use bson::Bson;
use proptest::prelude::*;

const ROOT: &str = "https://root.example";

fn settings(values: &[(&str, &str)]) -> Settings {
    let stored =
        values.iter().map(|(id, value)| ((*id).to_owned(), Bson::String((*value).to_owned()))).collect();
    Settings::resolve(&stored, &SettingVariables::default(), Version::EIGHT)
}

fn acme() -> Settings {
    settings(&[
        ("Site_Name", "Acme"),
        ("Site_Url", "https://chat.example/team/"),
        ("From_Email", "chat@acme.example"),
    ])
}

fn letterhead(settings: &Settings) -> Letterhead<'_> {
    Letterhead { settings, root_url: ROOT }
}

#[test]
fn the_code_is_shown_in_two_halves_in_the_users_language() {
    let settings = acme();
    let mail = authentication_code(&letterhead(&settings), None, "a@b.example", "048213");
    assert_eq!(mail.subject, "Authentication code");
    assert_eq!(
        mail.text,
        "\nHere is your authentication code:\n\n048-213\n\nDo not provide this code to anyone.\n\
         If you didn't try to login in your account please ignore this email.\n"
    );
    let html = mail.html.expect("html");
    assert!(html.contains("<p style=\"font-size: 30px;\"><b>048-213</b></p>"), "{html}");
    assert!(html.contains("assets/logo.png") && html.contains("<small>Acme</small>"), "{html}");
    assert_eq!(mail.from, Sender { name: None, address: "chat@acme.example".to_owned() });

    let german = self::settings(&[("Language", "de")]);
    for (language, greeting) in
        [(None, "Hier ist"), (Some(""), "Hier ist"), (Some("fr"), "Voici"), (Some("xx"), "Here")]
    {
        let mail = authentication_code(&letterhead(&german), language, "a@b.example", "048213");
        assert!(mail.text.contains(greeting), "{language:?}: {}", mail.text);
        assert_eq!(mail.subject, "Authentication code");
    }
}

#[test]
fn the_notice_goes_to_the_old_address_and_escapes_the_new_one_twice() {
    let settings = acme();
    let mail = email_changed(&letterhead(&settings), "old@b.example", "n&w@b.example");
    assert_eq!(
        (mail.to.as_str(), mail.subject.as_str()),
        ("old@b.example", "Acme - Email address has been changed")
    );
    let html = mail.html.expect("html");
    assert!(html.contains("<strong>n&amp;amp;w@b.example</strong>"), "{html}");
    assert!(html.contains("href=\"https://chat.example/team/\""), "{html}");
    assert_eq!(
        mail.text,
        "Hi,\nYour email address has been changed.\nYour new email address is n&amp;w@b.example.\nLogin"
    );
}

#[test]
fn the_verification_mail_carries_the_link_with_one_slash() {
    for (site_url, root) in [
        ("https://chat.example/team/", "https://chat.example/team"),
        ("https://chat.example", "https://chat.example"),
        ("", ROOT),
    ] {
        let settings = settings(&[("Site_Url", site_url), ("Site_Name", "Acme")]);
        let mail = verification(&letterhead(&settings), Some("J. Doe"), "new@b.example", "T0ken_-x");
        let url = format!("{root}/#/verify-email/T0ken_-x");
        assert_eq!(
            mail.text,
            format!(
                "Hello,\n\nTo verify your account email, simply click the link below.\n\n{url}\n\nThank you.\n"
            )
        );
        let html = mail.html.expect("html");
        assert!(html.contains(&format!("href=\"{url}\"")), "{html}");
        assert!(html.contains("<h2>Hi J&#8228; Doe</h2>"), "{html}");
        assert_eq!(mail.subject, "Acme - Email address verification");
        assert_eq!(mail.from.name.as_deref(), Some("Acme"));
    }
}

#[test]
fn a_user_without_name_is_greeted_without_one() {
    let settings = acme();
    let mail = verification(&letterhead(&settings), None, "new@b.example", "token");
    assert!(mail.html.expect("html").contains("<h2>Hi </h2>"));
}

#[test]
fn own_texts_of_the_workspace_are_used() {
    let settings = settings(&[
        ("Email_Header", "<html>head"),
        ("Email_Footer", "foot"),
        ("email_style", "p { color: red }"),
        ("Verification_Email", "[name] [fname] [lname] __Verification_Url__ {Login}"),
        ("Verification_Email_Subject", "{Login} at [Site_Name]\r\nBcc: x@y.example"),
    ]);
    let mail = verification(&letterhead(&settings), Some("Ann B Cee"), "new@b.example", "t");
    assert_eq!(
        mail.html.as_deref(),
        Some(
            "<html><style>p { color: red }</style>head Ann B Cee Ann Cee https://root.example/#/verify-email/t Login foot"
        )
    );
    assert_eq!(mail.subject, "Login at Rocket.Chat\r\nBcc: x@y.example", "made one line when it is sent");
}

#[test]
fn plain_text_only_drops_the_html() {
    let stored = std::collections::HashMap::from([("email_plain_text_only".to_owned(), Bson::Boolean(true))]);
    let settings = Settings::resolve(&stored, &SettingVariables::default(), Version::DOCUMENTED);
    let letterhead = letterhead(&settings);
    assert_eq!(email_changed(&letterhead, "a@b.example", "c@d.example").html, None);
    assert_eq!(verification(&letterhead, None, "a@b.example", "t").html, None);
    assert_eq!(authentication_code(&letterhead, None, "a@b.example", "123456").html, None);
}

proptest! {
    #[test]
    fn a_name_never_brings_markup_or_links_into_the_mail(name in "(?s).{0,60}") {
        let settings = settings(&[("Email_Header", ""), ("Email_Footer", ""), ("email_style", ""), ("Verification_Email", "[name]")]);
        let html = verification(&letterhead(&settings), Some(&name), "a@b.example", "t").html.expect("html");
        prop_assert!(!html.contains(['<', '>', '"', '\'', '.']), "{}", html);
    }
}
