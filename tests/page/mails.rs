//! The links in mails.

use crate::stage::Stage;
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{Document, doc};

const STRONG: &str = "N3w-and-strong-enough";

fn is_verified(user: &Document) -> bool {
    let emails = user.get_array("emails").expect("addresses");
    emails[0].as_document().and_then(|email| email.get_bool("verified").ok()).expect("a flag")
}

async fn an_address_is_confirmed(release: Release) {
    let stage = Stage::set(release).await;
    let update = doc! {"$set": {"emails.0.verified": false}};
    stage.users().update_one(doc! {"_id": &stage.person("plain").id}, update).await.expect("written");
    let browser = stage.browser().await;
    browser.sign_in_as("plain").await;
    browser.is_signed_in_as("plain").await;
    browser.reads("#email-state", "not confirmed").await;
    browser.click("#confirm-address").await;
    browser.reads("#profile-said", "on its way").await;
    let link = stage.link("plain@example.com", "#/verify-email/").await;
    // To load the page is not enough: those who only look at links confirm nothing.
    reqwest_get(&stage.origin).await;
    assert!(!is_verified(&stage.stored("plain").await));
    browser.go(&link).await;
    browser.reads("#said", "The address is confirmed.").await;
    browser.reads("#email-state", "The address is confirmed.").await;
    assert!(is_verified(&stage.stored("plain").await));
    assert_eq!(browser.run("return location.hash").await, "", "the secret is no longer shown");
    browser.shows("confirmed").await;
    browser.go(&link).await;
    browser.reads("#said", "Verify email link expired").await;
    browser.is_well().await;
}

async fn reqwest_get(url: &str) {
    devstack::http::client().get(url).send().await.expect("an answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_in_a_mail_confirms_an_address() {
    an_address_is_confirmed(Six).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_in_a_mail_confirms_an_address_in_newer_versions() {
    an_address_is_confirmed(Eight).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_replaced() {
    for release in [Six, Eight] {
        let stage = Stage::set(release).await;
        let browser = stage.browser().await;
        browser.write("#forgot-email", "plain@example.com").await;
        browser.click("#forgot button").await;
        browser.reads("#forgot-said", "on its way").await;
        let link = stage.link("plain@example.com", "/reset-password/").await;
        browser.go(&link).await;
        if release == Six {
            browser.shows("reset-password").await;
        }
        browser.write("#password", STRONG).await;
        browser.click("#reset button").await;
        browser.reads("#said", "The password is changed.").await;
        browser.write("#password", "Another-0ne-that-is-strong").await;
        browser.click("#reset button").await;
        browser.reads("#said", "Token expired").await;
        browser.click("nav a").await;
        browser.write("#user", "plain").await;
        browser.write("#password", STRONG).await;
        browser.click("#sign-in .actions button").await;
        browser.is_signed_in_as("plain").await;
        browser.is_well().await;
    }
}
