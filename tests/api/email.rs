//! The e-mail address: the new one is stored unverified with a token, or refused.

use crate::support::{Dns, Options, Row, TestApp, assert_changed, at, refusal, six_and_eight};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::{Bson, Document, bson, doc};
use serde_json::{Value, json};

const TOKENS: &str = "services.email.verificationTokens";

/// No proof is asked.
fn options() -> Options {
    Options::default().setting("Accounts_TwoFactorAuthentication_Enabled", false)
}

fn no_address(sent: &str, shown: &str) -> Row {
    let details = json!({"function": "RocketChat.validateEmailDomain", "email": shown});
    (json!({"email": sent}), Err(refusal(&format!("Invalid email {shown}"), "error-invalid-email", &details)))
}

fn taken(sent: &str, shown: &str) -> Row {
    let details = json!({"function": "_setEmail", "field": shown});
    let reason = format!("{shown} is already in use :(");
    (json!({"email": sent}), Err(refusal(&reason, "error-field-unavailable", &details)))
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
async fn a_new_address_replaces_all_others_unverified_and_waits_for_its_token() {
    six_and_eight(async |release| {
        let two = bson!([{"address": "plain@example.com", "verified": true}, {"address": "b@example.com"}]);
        let options = Options::default().user("plain", doc! {"$set": {"emails": two}});
        let app = options.without_remembering().start(release).await;
        for (handle, earlier_tokens) in [("plain", 0), ("legacy", 3)] {
            let before = app.stored(handle).await;
            let email = format!("New.{handle}@Example.ORG");
            let digest = app.person(handle).password_digest();
            let sent = json!({"email": format!(" {email}\u{FEFF}"), "currentPassword": digest});
            let user = app.change(handle, &sent).await.user();
            assert_eq!(user["emails"], json!([{"address": email, "verified": false}]));

            let after = app.stored(handle).await;
            let tokens = at(&after, TOKENS).and_then(Bson::as_array).expect("tokens").clone();
            let earlier = at(&before, TOKENS).and_then(Bson::as_array).cloned().unwrap_or_default();
            assert_eq!((tokens.len(), &tokens[..earlier_tokens]), (earlier_tokens + 1, &earlier[..]));
            let token = tokens[earlier_tokens].as_document().expect("a token");
            let keys: Vec<_> = token.keys().collect();
            assert_eq!(keys, ["token", "address", "when"]);
            let secret = token.get_str("token").expect("a text");
            let is_of_the_alphabet = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            assert!(secret.len() == 43 && secret.chars().all(is_of_the_alphabet), "{secret}");
            assert_eq!(token.get_str("address").ok(), Some(email.as_str()));
            assert!(token.get_datetime("when").is_ok(), "a BSON date");

            let emails = vec![doc! {"address": &email, "verified": false}];
            let changes = doc! {"emails": emails, TOKENS: tokens};
            assert_changed(&before, &after, &changes, handle);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_address_stays_verified_and_gets_no_token() {
    six_and_eight(async |release| {
        let app = options().start(release).await;
        let rows = ["plain@example.com", " plain@example.com\t", ""].map(unchanged);
        app.check("plain", rows).await;
        app.check("plain", [(json!({"email": null}), Ok(doc! {}))]).await;
        // Exactly equal, it is not even looked at; padded, it is.
        let app = options().setting("Accounts_AllowedDomainsList", "corp.example").start(release).await;
        app.check("plain", [unchanged("plain@example.com"), not_listed(" plain@example.com")]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_free_address_is_refused() {
    six_and_eight(async |release| {
        let two =
            bson!([{"address": "plain@example.com", "verified": true}, {"address": "second@example.com"}]);
        let app = options().user("plain", doc! {"$set": {"emails": two}}).start(release).await;
        let blank = refusal("Invalid email", "error-invalid-email", &json!({"function": "_setEmail"}));
        app.check(
            "plain",
            [
                (json!({"email": " \u{FEFF}"}), Err(blank)),
                no_address("nobody", "nobody"),
                no_address("@example.com", "@example.com"),
                no_address("nobody@", "nobody@"),
                no_address(" a@b@example.com ", "a@b@example.com"),
                no_address("nobody@ ", "nobody@"),
                taken("admin@example.com", "admin@example.com"),
                taken(" ADMIN@Example.com ", "ADMIN@Example.com"),
                // Nobody else's, but taken all the same.
                taken("Plain@example.com", "Plain@example.com"),
                taken("second@example.com", "second@example.com"),
                taken("SECOND@example.com", "SECOND@example.com"),
            ],
        )
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_address_that_is_none_refuses_every_new_one() {
    six_and_eight(async |release| {
        let nonsense = doc! {"$set": {"emails": [{"address": "nonsense", "verified": true}]}};
        let app = options().user("plain", nonsense).start(release).await;
        let reason = "Error trying to send email: [invalid email]";
        let details = json!({"function": "setEmail", "message": "[invalid email]"});
        let failed = Err(refusal(reason, "error-email-send-failed", &details));
        app.check(
            "plain",
            [
                (json!({"email": "new@example.com"}), failed),
                // What is wrong with the new one is found first.
                no_address("more nonsense", "more nonsense"),
                taken("admin@example.com", "admin@example.com"),
                unchanged("nonsense"),
            ],
        )
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_an_address_gets_one() {
    six_and_eight(async |release| {
        let app = options().user("plain", doc! {"$set": {"emails": []}}).start(release).await;
        for handle in ["no-email", "plain"] {
            let before = app.stored(handle).await;
            let user = app.change(handle, &json!({"email": "first@example.com"})).await.user();
            assert_eq!(user["emails"], json!([{"address": "first@example.com", "verified": false}]));
            app.check(handle, [taken("FIRST@example.com", "FIRST@example.com")]).await;
            app.put(&before).await;
        }
    })
    .await;
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

#[tokio::test(flavor = "multi_thread")]
async fn where_addresses_are_fixed_even_the_present_and_the_first_one_are_refused() {
    six_and_eight(async |release| {
        let app = options().setting("Accounts_AllowEmailChange", false).start(release).await;
        let details = json!({"method": "setEmail", "action": "Changing_email"});
        let fixed = || Err(refusal("Changing email is not allowed", "error-action-not-allowed", &details));
        let row = |email: &str| -> (Value, Result<Document, String>) { (json!({"email": email}), fixed()) };
        app.check("plain", [row("plain@example.com")]).await;
        app.check("no-email", [row("new@example.com"), row("nonsense"), unchanged("")]).await;
    })
    .await;
}
