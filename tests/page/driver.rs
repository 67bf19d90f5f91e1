//! chromedriver, which all tests share. It is spoken to in WebDriver's own JSON: a crate for that would bring a second
//! version of several others.

use devstack::debian;
use devstack::supervised::{Supervised, free_port};
use reqwest::Method;
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

const CHROMIUM: &str = "/usr/bin/chromium";
const CHROMEDRIVER: &str = "/usr/bin/chromedriver";
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

struct Driver {
    base: String,
    /// Ended with the tests.
    _process: Supervised,
}

static DRIVER: OnceCell<Driver> = OnceCell::const_new();

/// One session of WebDriver is one browser with a profile of its own.
pub struct Session {
    http: reqwest::Client,
    base: String,
}

impl Session {
    pub async fn start() -> Session {
        let driver = DRIVER.get_or_init(Driver::start).await;
        // Root has no sandbox, and containers have little shared memory.
        let arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"];
        let options = json!({"binary": CHROMIUM, "args": arguments});
        let wanted = json!({
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}
        });
        let http = devstack::http::client();
        let mut session = Session { http, base: driver.base.clone() };
        let begun =
            session.send(Method::POST, "/session", json!({"capabilities": {"alwaysMatch": wanted}})).await;
        let begun = begun.expect("a browser");
        session.base = format!("{}/session/{}", driver.base, begun["sessionId"].as_str().expect("an id"));
        session
    }

    /// A command; an error is what the driver says of it.
    pub async fn send(&self, method: Method, path: &str, body: Value) -> Result<Value, String> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if method == Method::POST {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("chromedriver answers");
        let status = answer.status();
        let answer: Value = answer.json().await.expect("JSON");
        if status.is_success() { Ok(answer["value"].clone()) } else { Err(answer["value"].to_string()) }
    }
}

impl Drop for Session {
    /// Ends the browser, for which one cannot wait here.
    fn drop(&mut self) {
        let base = self.base.clone();
        let ending = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let end = devstack::http::client().delete(base).send();
            let _ = runtime.expect("a runtime").block_on(end);
        });
        let _ = ending.join();
    }
}

impl Driver {
    async fn start() -> Driver {
        debian::install(CHROMIUM, "chromium").await.expect("Chromium");
        debian::install(CHROMEDRIVER, "chromium-driver").await.expect("chromedriver");
        let port = free_port().expect("a port");
        let process = Supervised::start("chromedriver", |_| {
            let mut command = Command::new(CHROMEDRIVER);
            command.arg(format!("--port={port}"));
            Ok(command)
        });
        let process = process.expect("chromedriver");
        let deadline = Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(Instant::now() < deadline, "chromedriver does not come up: {}", process.log_tail(20));
            tokio::time::sleep(POLL).await;
        }
        Driver { base: format!("http://127.0.0.1:{port}"), _process: process }
    }
}
