//! The dialogue that a new address and a new password lead to.

use crate::stage::Stage;
use devstack::workspace::Release::{Eight, Six};

const STRONG: &str = "N3w-and-strong-enough";

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_asked_for_where_there_is_nothing_else() {
    let stage = Stage::set(Six).await;
    let browser = stage.browser().await;
    browser.sign_in_as("plain").await;
    browser.is_signed_in_as("plain").await;
    browser.write("#email", "new.address@example.com").await;
    browser.save().await;
    browser.reads("#code-label", "Your present password").await;
    browser.click("#cancel").await;
    browser.reads("#profile-said", "the second factor was not given").await;
    browser.save().await;
    browser.confirm("wrong").await;
    browser.reads("#second-factor-said", "not right").await;
    browser.shows("second-factor-wrong").await;
    browser.confirm("Secret-1-of-plain").await;
    browser.changed("emails.0.address", "new.address").await;
    browser.reads("#email-state", "not confirmed").await;
    assert_eq!(browser.run("return document.querySelectorAll('#exchanges details').length").await, 3);
    browser.is_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_totp_is_asked_for_and_counts_once() {
    let stage = Stage::set(Eight).await;
    let browser = stage.browser().await;
    browser.sign_in_as("totp").await;
    browser.confirm_with_a_made_code().await;
    browser.is_signed_in_as("totp").await;
    browser.write("#newPassword", STRONG).await;
    browser.save().await;
    browser.reads("#second-factor-why", "JBSWY3DPEHPK3PXP").await;
    browser.confirm("000000").await;
    browser.reads("#second-factor-said", "counts only once").await;
    browser.confirm_with_a_made_code().await;
    // Not the hash, but that it is another.
    let row = browser.changed("services.password.bcrypt", "masked").await;
    assert!(row.matches("[masked ").count() == 2 && !row.contains("$2"), "{row}");
    assert_eq!(browser.value("#newPassword").await, "");
    browser.is_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailed_code_is_asked_for_and_can_be_sent_again() {
    let stage = Stage::set(Six).await;
    let address = "email2fa@example.com";
    let browser = stage.browser().await;
    browser.sign_in_as("email2fa").await;
    browser.confirm(&stage.code(address, 1).await).await;
    browser.is_signed_in_as("email2fa").await;
    browser.write("#newPassword", STRONG).await;
    browser.save().await;
    browser.reads("#code-label", "Code from the mail").await;
    let first = stage.code(address, 2).await;
    browser.click("#send-again").await;
    browser.reads("#second-factor-said", "Another code was mailed.").await;
    let second = stage.code(address, 3).await;
    assert_ne!(first, second);
    browser.confirm(&first).await;
    browser.reads("#second-factor-said", "not right").await;
    browser.confirm(&second).await;
    browser.changed("services.password.bcrypt", "masked").await;
    browser.is_well().await;
}
