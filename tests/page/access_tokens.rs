//! Personal access tokens.

use crate::stage::Stage;
use devstack::workspace::Release::{Eight, Six};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_made_used_and_revoked() {
    for release in [Six, Eight] {
        let stage = Stage::set(release).await;
        let browser = stage.browser().await;
        browser.sign_in_as("admin").await;
        browser.is_signed_in_as("admin").await;
        browser.write("#tokenName", "robot").await;
        browser.click("#bypassTwoFactor").await;
        browser.click("#tokens .beside button").await;
        browser.confirm("Secret-1-of-admin").await;
        browser.reads("#tokens-said", "shown only now").await;
        browser.reads("#token-list", "robot").await;
        if release == Six {
            browser.shows("token").await;
        }
        let token = browser.text("#new-token").await;
        let me = async || {
            let id = &stage.person("admin").id;
            let me = devstack::http::client().get(format!("{}/api/v1/me", stage.origin));
            let answer = me.header("X-User-Id", id).header("X-Auth-Token", &token).send().await;
            answer.expect("an answer").status().as_u16()
        };
        assert_eq!(me().await, 200);
        browser.click("button[aria-label='Revoke robot']").await;
        browser.until("document.querySelector('#second-factor').open || document.querySelector('#tokens-said').innerText.includes('revoked')").await;
        if browser.run("return document.querySelector('#second-factor').open").await == true {
            browser.confirm("Secret-1-of-admin").await;
        }
        browser.reads("#tokens-said", "is revoked").await;
        assert_eq!(browser.text("#token-list").await, "");
        assert_eq!(me().await, 401);
        browser.is_well().await;
    }
}
