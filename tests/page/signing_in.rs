//! Signing in, by mouse and by keyboard, and signing out.

use crate::browser::{ENTER, ESCAPE, TAB};
use crate::stage::Stage;
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::doc;

#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_is_listed_signs_in_and_out() {
    let stage = Stage::set(Six).await;
    let browser = stage.browser().await;
    browser.sees(".people li").await;
    browser.shows("signed-out").await;
    for handle in ["plain", "email2fa", "totp", "admin", "bot"] {
        browser.sign_in_as(handle).await;
        match handle {
            "email2fa" => {
                browser.reads("#code-label", "Code from the mail").await;
                browser.confirm("000000").await;
                browser.reads("#second-factor-said", "not right").await;
                browser.confirm(&stage.code("email2fa@example.com", 1).await).await;
            }
            "totp" => {
                browser.reads("#code-label", "authenticator").await;
                browser.shows("second-factor-at-login").await;
                browser.confirm_with_a_made_code().await;
            }
            _ => {}
        }
        browser.is_signed_in_as(handle).await;
        assert_eq!(browser.value("#username").await, handle);
        // A reload keeps the session.
        browser.go("").await;
        browser.is_signed_in_as(handle).await;
        browser.click("#sign-out").await;
        browser.reads("#said", "You are signed out.").await;
    }
    browser.is_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_is_enough() {
    let stage = Stage::set(Eight).await;
    let browser = stage.browser().await;
    browser.sees(".people li").await;
    let mut tabs = 0;
    while browser.focused().await != "user" {
        browser.press(TAB).await;
        tabs += 1;
        assert!(tabs < 10, "the field is not reached");
    }
    browser.press(&format!("totp{TAB}wrong{ENTER}")).await;
    browser.reads("#sign-in-said", "User or password is wrong.").await;
    assert_eq!(browser.focused().await, "password");
    browser.write("#password", "").await;
    browser.press(&format!("Secret-1-of-totp{ENTER}")).await;
    browser.sees("#second-factor").await;
    assert_eq!(browser.focused().await, "code");
    browser.press(ESCAPE).await;
    browser.reads("#sign-in-said", "the second factor was not given").await;
    assert_eq!(browser.focused().await, "password");
    browser.press(ENTER).await;
    browser.sees("#second-factor").await;
    // The dialogue keeps the focus, and its buttons come in order.
    browser.press(&format!("{TAB}{TAB}")).await;
    assert_eq!(browser.focused().await, "make-code");
    browser.press(&format!("{ENTER}{ENTER}")).await;
    browser.is_signed_in_as("totp").await;
    browser.until("document.activeElement.id === 'profile-title'").await;
    browser.is_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_listed_of_a_workspace_that_is_not_the_seeded_one() {
    let stage = Stage::set(Six).await;
    stage.users().delete_one(doc! {"_id": &stage.person("bot").id}).await.expect("deleted");
    let browser = stage.browser().await;
    browser.reads("#people-said", "would be listed here").await;
    assert_eq!(browser.run("return document.querySelectorAll('.people li').length").await, 0);
    browser.write("#user", "plain").await;
    browser.write("#password", "Secret-1-of-plain").await;
    browser.click("#sign-in .actions button").await;
    browser.is_signed_in_as("plain").await;
    browser.is_well().await;
}

/// The links of the pages and of the mails.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_below_a_path() {
    let stage = Stage::set_with(Six, "/our%20chat", true).await;
    let browser = stage.browser().await;
    browser.sign_in_as("plain").await;
    browser.is_signed_in_as("plain").await;
    browser.go("reset-password/a-secret").await;
    browser.write("#password", "N3w-and-strong-enough").await;
    browser.click("#reset button").await;
    browser.reads("#said", "Token expired").await;
    browser.go("docs").await;
    browser.reads(".brand", "rc-account").await;
    browser.is_well().await;
}
