//! A workspace below a path of its host: `ROOT_URL=https://example.org/chat`.

use crate::support::{Options, ROUTE, TestApp, check_with, resting};
use devstack::workspace::Release::{Eight, Six};
use reqwest::Method;
use serde_json::json;

async fn at(path: &str, options: Options) -> TestApp {
    options.variable("ROOT_URL", &format!("https://example.org{path}")).start(Eight).await
}

/// The status of a change of the profile at that path of the service.
async fn change(app: &TestApp, path: &str) -> u16 {
    let person = app.person("plain");
    let request = app.request(Method::POST, path).sign_in(&person.id, &person.token);
    request.json(&json!({"data": {"bio": "b"}})).send().await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_of_the_root_url_is_served_and_the_routes_without_it_are_too() {
    for (root, served, unserved) in [
        (
            "/chat",
            vec!["/chat"],
            vec!["/Chat", "/chatter", "/chat/chat", "//chat", "/chat/", "/other", "/cha"],
        ),
        ("/chat/", vec!["/chat"], vec!["/chat/"]),
        ("/a/b", vec!["/a/b"], vec!["/a", "/b", "/a/b/c"]),
        ("/api", vec!["/api"], vec!["/api/api"]),
        ("/ch%C3%A4t", vec!["/ch%C3%A4t", "/ch%c3%a4t"], vec!["/chat"]),
        ("/chät", vec!["/ch%C3%A4t"], vec!["/chat"]),
        ("/our%20chat", vec!["/our%20chat"], vec!["/our+chat"]),
        ("/chat?x=1#y", vec!["/chat"], vec![]),
        ("", vec![], vec!["/chat"]),
    ] {
        let app = at(root, Options::default()).await;
        assert_eq!(change(&app, ROUTE).await, 200, "{root}");
        for prefix in served {
            assert_eq!(change(&app, &format!("{prefix}{ROUTE}")).await, 200, "{root} {prefix}");
            assert_eq!(change(&app, &format!("{prefix}{ROUTE}?a=b")).await, 200, "{root} {prefix}");
            let encoded = format!("{prefix}/api/v1/users%2EupdateOwnBasicInfo");
            assert_eq!(change(&app, &encoded).await, 200, "{root} {prefix}");
            for wrong in [
                format!("{prefix}{ROUTE}/"),
                format!("{prefix}/{ROUTE}"),
                prefix.to_owned(),
                format!("{prefix}/"),
            ] {
                assert_eq!(change(&app, &wrong).await, 404, "{root} {wrong}");
            }
        }
        for prefix in unserved {
            assert_eq!(change(&app, &format!("{prefix}{ROUTE}")).await, 404, "{root} {prefix}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_the_same_below_the_path() {
    let options =
        Options::standalone().setting("API_Enable_CORS", true).variable("RC_ACCOUNT_RELEASE", "7.10.0");
    let app = at("/chat", options).await;
    let person = app.person("plain");
    let call = async |method: Method, path: &str, body: &str| {
        let request = app.request(method, path).sign_in(&person.id, &person.token);
        let request =
            request.header("Origin", "https://a.example").header("Content-Type", "application/json");
        request.body(body.to_owned()).send().await
    };
    let bridge = json!({"message": json!({"msg": "method", "id": "1", "method": "saveUserProfile", "params": [{"bio": "b"}, {}]}).to_string()});
    let large = json!({"data": {"bio": "b".repeat(300 * 1024)}}).to_string();
    let anonymous = json!({"user": "plain", "password": "b".repeat(70 * 1024)}).to_string();
    for (method, path, body) in [
        (Method::POST, ROUTE, r#"{"data": {"bio": "b"}}"#),
        (Method::POST, ROUTE, r#"{"data": {"unknown": 1}}"#),
        (Method::POST, ROUTE, &large),
        (Method::OPTIONS, ROUTE, ""),
        (Method::GET, ROUTE, ""),
        (Method::POST, "/api/v1/method.call/saveUserProfile", &bridge.to_string()),
        (Method::POST, "/api/v1/method.call/users%3AsaveUserProfile", &bridge.to_string()),
        (Method::GET, "/api/v1/me", ""),
        (Method::HEAD, "/api/v1/me", ""),
        (Method::GET, "/api/info", ""),
        (Method::POST, "/api/v1/login", &anonymous),
        (Method::POST, "/api/v1/login", r#"{"user": "plain", "password": "wrong"}"#),
        (Method::POST, "/api/v1/unknown", "{}"),
    ] {
        let (without, below) = (
            call(method.clone(), path, body).await,
            call(method.clone(), &format!("/chat{path}"), body).await,
        );
        assert_eq!(below.status, without.status, "{method} {path}");
        let kept = |name: &&str| without.header(name).map(str::to_owned);
        for name in [
            "content-type",
            "access-control-allow-origin",
            "access-control-allow-methods",
            "x-content-type-options",
            "connection",
        ] {
            assert_eq!(below.header(name).map(str::to_owned), kept(&name), "{method} {path}: {name}");
        }
        // The moment of the change differs.
        if path != ROUTE && path != "/api/v1/me" {
            assert_eq!(below.body, without.body, "{method} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_with_and_without_the_path_share_one_limit() {
    let app = at("/chat", Options::default().variable("RC_ACCOUNT_RATE_LIMIT", "3/600000")).await;
    let below = format!("/chat{ROUTE}");
    for (path, status) in [(ROUTE, 200), (&below, 200), (ROUTE, 200), (&below, 429), (ROUTE, 429)] {
        assert_eq!(change(&app, path).await, status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_of_the_site_url_is_served_where_the_root_url_has_none() {
    let app = Options::default().setting("Site_Url", "https://example.org/talk/").start(Six).await;
    assert_eq!(change(&app, &format!("/talk{ROUTE}")).await, 200);
    assert_eq!(change(&app, ROUTE).await, 200);
    app.set("Site_Url", "https://example.org/speak").await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while change(&app, &format!("/speak{ROUTE}")).await != 200 {
        assert!(std::time::Instant::now() < deadline, "the setting is not followed");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(change(&app, &format!("/talk{ROUTE}")).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_when_the_two_addresses_have_different_paths() {
    let app = resting(Options::default().setting("Site_Url", "https://example.org/chat"), Eight).await;
    let with = |root: &str| check_with(&[("MONGO_URL", app.mongo_url()), ("ROOT_URL", root)]);
    with("https://example.org/chat/").is_ok("settings", "");
    let checked = with("https://example.org");
    let defect = checked.has("settings", "warning", "Site_Url has the path /chat");
    assert!(defect["remedy"].as_str().is_some_and(|remedy| remedy.contains("ROOT_URL")), "{defect}");
}
