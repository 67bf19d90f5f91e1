//! Lists in one text.

use crate::support::{Options, TestApp, refusal, six_and_eight};
use chrono::TimeDelta;
use devstack::workspace::Release::Eight;
use reqwest::Method;
use serde_json::json;

fn domain(reason: &str, id: &str) -> Option<String> {
    Some(refusal(reason, id, &json!({"function": "RocketChat.validateEmailDomain"})))
}

fn not_listed() -> Option<String> {
    domain("The email domain is not in whitelist", "error-invalid-domain")
}

fn blocked() -> Option<String> {
    domain("The email domain is blacklisted", "error-email-domain-blacklisted")
}

/// Whether an address of that domain is refused, and how.
async fn address_is(app: &TestApp, address: &str, refused: Option<String>, about: &str) {
    let before = app.stored("plain").await;
    let answer = app.change("plain", &json!({"email": address})).await;
    match refused {
        Some(line) => assert_eq!(answer.line(), line, "{about}: {address}"),
        None => assert_eq!(answer.status, 200, "{about}: {address}: {}", answer.body),
    }
    app.put(&before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_domains_lose_what_is_empty_before_it_is_trimmed() {
    for (allowed, refused) in [
        ("", None),
        (",", None),
        (",,,", None),
        (" ", not_listed()),
        (" , ", not_listed()),
        ("\n", not_listed()),
        (",new.example,", None),
        ("\u{FEFF} new.example\t\n,", None),
        ("other.example\nnew.example", not_listed()),
        ("other.example;new.example", not_listed()),
        ("NEW.example", not_listed()),
        ("\u{85}new.example", not_listed()),
    ] {
        let options = Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false);
        let app = options.setting("Accounts_AllowedDomainsList", allowed).start(Eight).await;
        address_is(&app, "a@new.example", refused, allowed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_list_of_domains_counts_only_beside_one_of_the_workspace() {
    const BUILT_IN: [&str; 2] = ["a@mailinator.com", "a@duck.com"];
    for (list, built_in, refused) in [
        ("", true, None),
        (",", true, None),
        (" ,", true, blocked()),
        ("other.example", true, blocked()),
        ("other.example", false, None),
        ("", false, None),
    ] {
        six_and_eight(async |release| {
            let options = Options::default()
                .setting("Accounts_TwoFactorAuthentication_Enabled", false)
                .setting("Accounts_BlockedDomainsList", list)
                .setting("Accounts_UseDefaultBlockedDomainsList", built_in);
            let app = options.start(release).await;
            let about = format!("{list:?} {built_in}");
            for address in BUILT_IN {
                address_is(&app, address, refused.clone(), &about).await;
            }
            address_is(&app, "a@new.example", None, &about).await;
        })
        .await;
    }
    // The stock workspace.
    let app =
        Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false).start(Eight).await;
    for address in BUILT_IN {
        address_is(&app, address, None, "stock").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_address_is_never_blocked_however_the_list_is_written() {
    for (list, is_blocked) in
        [(" 192.0.2.7 ,", false), ("192.0.2.1\n,\t192.0.2.7", false), ("192.0.2.1 192.0.2.7", true)]
    {
        let app = Options::standalone()
            .setting("Block_Multiple_Failed_Logins_Attempts_Until_Block_By_Ip", 1.5)
            .setting("Block_Multiple_Failed_Logins_By_User", false)
            .setting("Block_Multiple_Failed_Logins_Ip_Whitelist", list)
            .start(Eight)
            .await;
        app.stop_clock();
        let log_in = async |password: &str| {
            app.advance_clock(TimeDelta::milliseconds(1));
            let body = json!({"user": "plain", "password": password});
            app.request(Method::POST, "/api/v1/login")
                .header("X-Real-IP", "192.0.2.7")
                .json(&body)
                .send()
                .await
                .status
        };
        assert_eq!(log_in("wrong").await, 401);
        assert_eq!(log_in("wrong").await, 401);
        assert_eq!(log_in("Secret-1-of-plain").await == 401, is_blocked, "{list:?}");
    }
}
