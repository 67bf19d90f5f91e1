//! The page that the links in mails lead to.

use super::{STRONG, TOKEN, unverified, with_reset};
use crate::support::{Options, TestApp, at};
use devstack::workspace::Release::{Eight, Six};
use mongodb::bson::DateTime;
use reqwest::Method;
use serde_json::json;
use std::process::Command;

/// As much of a browser as the script needs: where it is, and four elements.
const BROWSER: &str = r#"
const [base, pathname, hash, script, value] = process.argv.slice(1);
const said = { textContent: "" };
let submit;
const reset = { hidden: true, addEventListener: (_, listener) => { submit = listener; } };
const elements = { said, reset, password: { value } };
globalThis.location = { pathname, hash };
globalThis.history = { replaceState() {} };
globalThis.document = { getElementById: (id) => elements[id] };
const real = globalThis.fetch;
globalThis.fetch = (path, options) => real(new URL(path, base), options);
eval(script);
if (submit) { submit({ preventDefault() {} }); }
const waits = ["", "…", "Choose a new password."];
const end = Date.now() + 10000;
const look = () => {
	if (waits.includes(said.textContent) && Date.now() < end) { setTimeout(look, 20); return; }
	console.log(said.textContent);
	process.exit(0);
};
look();
"#;

/// Opens the page in that and says what it says in the end.
async fn visit(app: &TestApp, path: &str, hash: &str, password: &str) -> String {
    let page = app.request(Method::GET, path).send().await.body;
    let script = page.split("<script>").nth(1).and_then(|rest| rest.split("</script>").next());
    let script = script.expect("a script").to_owned();
    let arguments = [app.base.clone(), path.to_owned(), hash.to_owned(), script, password.to_owned()];
    let run = move || Command::new("node").args(["-e", BROWSER, "--"]).args(arguments).output();
    let output = tokio::task::spawn_blocking(run).await.expect("no panic").expect("Node.js");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_follows_a_link_confirms_an_address_or_gets_a_new_password() {
    for release in [Six, Eight] {
        let app = Options::standalone().user("plain", unverified("plain@example.com")).start(release).await;
        let link = format!("#/verify-email/{TOKEN}");
        let sessions = app.login_tokens("plain").await.len();
        assert_eq!(visit(&app, "/", &link, "").await, "The address is confirmed.");
        assert_eq!(at(&app.stored("plain").await, "emails.0.verified"), Some(&true.into()));
        assert_eq!(app.login_tokens("plain").await.len(), sessions, "the session of the page has ended");
        assert_eq!(visit(&app, "/", &link, "").await, "Verify email link expired");

        let app = with_reset(release, DateTime::now()).await;
        let path = format!("/reset-password/{TOKEN}");
        assert_eq!(visit(&app, &path, "", STRONG).await, "The password is changed.");
        assert!(app.login_tokens("agent").await.is_empty());
        let login = app.log_in(&json!({"user": "agent", "password": STRONG})).await.json();
        assert_eq!(login["error"], "totp-required", "the password is right");
        assert_eq!(visit(&app, &path, "", STRONG).await, "Token expired");
    }
}

/// That the script may run, and that nothing else may.
#[tokio::test(flavor = "multi_thread")]
async fn the_links_in_mails_lead_to_a_page_that_does_nothing_by_itself() {
    use base64::Engine;
    use sha2::Digest;
    let app = with_reset(Eight, DateTime::now()).await;
    let before = app.dump().await;
    for path in ["/", &format!("/reset-password/{TOKEN}")] {
        let page = app.request(Method::GET, path).send().await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        let script = page.body.split("<script>").nth(1).and_then(|rest| rest.split("</script>").next());
        let script = script.expect("a script");
        assert!(script.contains("verifyEmail") && script.contains("resetPassword"));
        let digest = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(script));
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(
            policy.starts_with(&format!("default-src 'none'; script-src 'sha256-{digest}';")),
            "{policy}"
        );
        assert!(!page.body.contains(TOKEN), "the page does not repeat what it is asked for");
    }
    assert_eq!(app.dump().await, before);
    let beside = TestApp::eight().await;
    assert_eq!(beside.request(Method::GET, "/").send().await.line(), "404 404 Not Found");
}
