//! What is served, how, and where not.

use crate::stage::Stage;
use devstack::workspace::Release::{Eight, Six};
use devstack::workspace::{TOTP_SECRET, people};
use reqwest::{Method, Response};
use serde_json::Value;

const PLACES: [&str; 7] = [
    "/",
    "/docs",
    "/reset-password/a-secret",
    "/page/page.js",
    "/page/style.css",
    "/page/people",
    "/page/stored",
];

async fn ask(stage: &Stage, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = devstack::http::client().request(method, format!("{}{path}", stage.origin));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

fn header(answer: &Response, name: &str) -> String {
    answer.headers().get(name).map_or(String::new(), |value| value.to_str().expect("text").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_rocket_chat_there_is_no_page() {
    let stage = Stage::set_with(Eight, "", false).await;
    for path in PLACES {
        let answer = ask(&stage, Method::GET, path, &[]).await;
        assert_eq!(answer.status().as_u16(), 404, "{path}");
        assert_eq!(answer.text().await.expect("text"), "404 Not Found", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_with_what_keeps_them_safe_and_only_once() {
    let stage = Stage::set(Eight).await;
    for path in &PLACES[..5] {
        let answer = ask(&stage, Method::GET, path, &[]).await;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        let policy = header(&answer, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; "), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(header(&answer, "x-frame-options"), "DENY");
        let head = ask(&stage, Method::HEAD, path, &[]).await;
        let (length, tag) = (header(&answer, "content-length"), header(&answer, "etag"));
        assert_eq!(header(&head, "content-length"), length, "{path}");
        let again = ask(&stage, Method::GET, path, &[("If-None-Match", &format!("W/\"x\", {tag}"))]).await;
        if path.starts_with("/reset-password") {
            // Its address is a secret.
            assert_eq!((header(&answer, "cache-control").as_str(), tag.as_str()), ("no-store", ""));
            assert_eq!(again.status().as_u16(), 200);
        } else {
            assert_eq!(header(&answer, "cache-control"), "no-cache");
            assert_eq!(again.status().as_u16(), 304, "{path}");
            assert_eq!(again.text().await.expect("text"), "");
        }
        assert!(!answer.text().await.expect("text").contains("a-secret"), "{path}");
    }
}

/// Every secret that the workspace was filled with, and the forms in which it is stored.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_works_as_a_key_leaves() {
    for release in [Six, Eight] {
        let stage = Stage::set(release).await;
        assert_eq!(ask(&stage, Method::GET, "/page/stored", &[]).await.status().as_u16(), 401);
        for handle in ["plain", "totp", "email2fa", "legacy", "pat", "agent"] {
            let person = stage.person(handle);
            let headers = [("X-User-Id", person.id.as_str()), ("X-Auth-Token", person.token.as_str())];
            let answer = ask(&stage, Method::GET, "/page/stored", &headers).await;
            assert_eq!(header(&answer, "cache-control"), "no-store");
            let text = answer.text().await.expect("text");
            let user: Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(user["user"]["_id"], person.id.as_str());
            for secret in [TOTP_SECRET, person.token.as_str(), "$2b$", "secret"]
                .into_iter()
                .chain(person.other_tokens.iter().map(String::as_str))
            {
                assert!(!text.contains(secret), "{handle}: {secret} in {text}");
            }
        }
        let told = ask(&stage, Method::GET, "/page/people", &[]).await.text().await.expect("text");
        let tokens = people().people.into_values().map(|person| person.token);
        assert!(tokens.into_iter().all(|token| !told.contains(&token)), "{told}");
    }
}
