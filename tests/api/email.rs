//! The domain of an e-mail address. Everything else is in `conformance/cases/email.toml`.

use crate::support::{Dns, Options, Row, TestApp, at, refusal, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, doc};
use serde_json::json;

/// No proof is asked.
fn options() -> Options {
    Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false)
}

fn no_address(sent: &str, shown: &str) -> Row {
    let details = json!({"function": "RocketChat.validateEmailDomain", "email": shown});
    (json!({"email": sent}), Err(refusal(&format!("Invalid email {shown}"), "error-invalid-email", &details)))
}

fn domain_refused(email: &str, reason: &str, id: &str) -> Row {
    let details = json!({"function": "RocketChat.validateEmailDomain"});
    (json!({"email": email}), Err(refusal(reason, id, &details)))
}

fn not_listed(email: &str) -> Row {
    domain_refused(email, "The email domain is not in whitelist", "error-invalid-domain")
}

fn listed(email: &str) -> Row {
    domain_refused(email, "The email domain is blacklisted", "error-email-domain-blacklisted")
}

fn unchanged(email: &str) -> Row {
    (json!({"email": email}), Ok(doc! {}))
}

/// The person can change to that address.
async fn accepted(app: &TestApp, handle: &str, email: &str) {
    let before = app.stored(handle).await;
    let answer = app.change(handle, &json!({"email": email})).await;
    assert_eq!(answer.status, 200, "{email}: {}", answer.body);
    assert_eq!(at(&app.stored(handle).await, "emails.0.address"), Some(&Bson::from(email)));
    app.put(&before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_are_allowed_and_blocked_by_the_workspaces_lists() {
    six_and_eight(async |release| {
        let app = options().start(release).await;
        accepted(&app, "plain", "new@example.org").await;
        // The built-in list counts only beside one of the workspace's own.
        accepted(&app, "plain", "new@mailinator.com").await;

        let lists = options()
            .setting("Accounts_AllowedDomainsList", "corp.example, other.example ,mailinator.com,bad.example")
            .setting("Accounts_BlockedDomainsList", "bad.example , worse.example");
        let app = lists.start(release).await;
        accepted(&app, "plain", "new@corp.example").await;
        accepted(&app, "plain", "new@other.example").await;
        let refused = [
            not_listed("new@sub.corp.example"),
            not_listed("new@example.com"),
            not_listed("new@worse.example"),
            not_listed("admin@example.com"),
            listed("new@bad.example"),
            listed("new@mailinator.com"),
        ];
        app.check("plain", refused).await;
        match release {
            Six => {
                app.check("plain", ["new@CORP.example", "new@Bad.Example"].map(not_listed)).await;
            }
            Eight => {
                accepted(&app, "plain", "new@CORP.example").await;
                app.check("plain", ["new@Bad.Example", "new@MAILINATOR.com"].map(listed)).await;
            }
        }

        let lists = options().setting("Accounts_UseDefaultBlockedDomainsList", false);
        let app = lists.setting("Accounts_BlockedDomainsList", "bad.example").start(release).await;
        accepted(&app, "plain", "new@mailinator.com").await;
        app.check("plain", [listed("new@bad.example")]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dns_is_asked_for_a_mail_server_where_the_workspace_wants_it() {
    let dns = Dns::start(&["mail.example"], &["web.example"]);
    let server = dns.address.to_string();
    for release in [Six, Eight] {
        let start = async |check: bool| {
            let options = options().variable("RC_ACCOUNT_DNS_SERVER", &server);
            let options = options.setting("Accounts_BlockedDomainsList", "bad.example");
            options.setting("Accounts_UseDNSDomainCheck", check).start(release).await
        };
        let app = start(true).await;
        let no_mail = |email: &str| domain_refused(email, "Invalid domain", "error-invalid-domain");
        accepted(&app, "plain", "new@mail.example").await;
        assert_eq!(dns.take_asked(), ["mail.example"]);
        app.check("plain", [no_mail("new@web.example"), no_mail("new@nowhere.example")]).await;
        assert_eq!(dns.take_asked(), ["web.example", "nowhere.example"]);
        let decided_before =
            [listed("new@bad.example"), no_address("nobody", "nobody"), unchanged("plain@example.com")];
        app.check("plain", decided_before).await;
        assert_eq!(dns.take_asked(), [""; 0]);

        let app = start(false).await;
        accepted(&app, "plain", "new@nowhere.example").await;
        assert_eq!(dns.take_asked(), [""; 0]);
    }
}
