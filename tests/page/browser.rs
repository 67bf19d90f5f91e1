//! What a person does with a browser, and what it says of the page.

use crate::driver::Session;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(40);
const POLL: Duration = Duration::from_millis(20);
/// The key by which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub const TAB: &str = "\u{e004}";
pub const ENTER: &str = "\u{e007}";
pub const ESCAPE: &str = "\u{e00c}";

pub struct Browser {
    session: Session,
    /// Where the page is.
    base: String,
}

impl Browser {
    /// A browser that shows the page at that address, 1280 pixels wide.
    pub async fn open(base: &str) -> Browser {
        let browser = Browser { session: Session::start().await, base: base.to_owned() };
        browser.resize(1280, 900).await;
        browser.go("").await;
        browser
    }

    /// Goes to that place below the page's address.
    pub async fn go(&self, path: &str) {
        // What leads to another fragment only does not load the page again.
        for url in ["about:blank".to_owned(), format!("{}/{path}", self.base)] {
            self.command("/url", json!({"url": url})).await;
        }
    }

    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    pub async fn prefer(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.command("/goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
    }

    async fn command(&self, path: &str, body: Value) -> Value {
        let value = self.session.send(Method::POST, path, body).await;
        value.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// What the script returns.
    pub async fn run(&self, script: &str) -> Value {
        self.command("/execute/sync", json!({"script": script, "args": []})).await
    }

    /// Waits until the script returns what is true.
    pub async fn until(&self, condition: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.run(&format!("return Boolean({condition})")).await != true {
            if Instant::now() > deadline {
                self.screenshot("failed").await;
                let text = self.run("return document.body.innerText").await;
                panic!("never: {condition}\n{text}");
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until the text of such an element holds that.
    pub async fn reads(&self, selector: &str, text: &str) {
        let (selector, text) = (json!(selector), json!(text));
        let found = format!("[...document.querySelectorAll({selector})]");
        self.until(&format!(
            "{found}.some((one) => one.checkVisibility() && one.innerText.includes({text}))"
        ))
        .await;
    }

    pub async fn sees(&self, selector: &str) {
        self.reads(selector, "").await;
    }

    async fn element(&self, selector: &str) -> String {
        self.sees(selector).await;
        let found = self.command("/element", json!({"using": "css selector", "value": selector})).await;
        format!("/element/{}", found[ELEMENT].as_str().expect("an element"))
    }

    pub async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.command(&format!("{element}/click"), json!({})).await;
    }

    /// Types into a field in the place of what is there.
    pub async fn write(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.command(&format!("{element}/clear"), json!({})).await;
        self.command(&format!("{element}/value"), json!({"text": text})).await;
    }

    /// Chooses in a list.
    pub async fn choose(&self, selector: &str, option: &str) {
        let element = self.element(selector).await;
        self.command(&format!("{element}/value"), json!({"text": option})).await;
    }

    /// Presses keys, wherever the focus is.
    pub async fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|stroke| json!({"type": stroke, "value": key})))
            .collect();
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": strokes});
        self.command("/actions", json!({"actions": [keyboard]})).await;
    }

    pub async fn focused(&self) -> String {
        self.run("return document.activeElement.id").await.as_str().expect("an id").to_owned()
    }

    pub async fn value(&self, selector: &str) -> String {
        let value = self.run(&format!("return document.querySelector({}).value", json!(selector))).await;
        value.as_str().expect("a value").to_owned()
    }

    pub async fn text(&self, selector: &str) -> String {
        let text = self.run(&format!("return document.querySelector({}).textContent", json!(selector))).await;
        text.as_str().expect("a text").to_owned()
    }

    /// Keeps the whole page as a picture.
    pub async fn screenshot(&self, name: &str) {
        self.run("scrollTo(0, 0)").await;
        // What has changed is painted with the frame after the next.
        let painted = "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))";
        self.command("/execute/async", json!({"script": painted, "args": []})).await;
        let whole = json!({"captureBeyondViewport": true});
        let picture = self.devtools("Page.captureScreenshot", whole).await;
        let picture = STANDARD.decode(picture["data"].as_str().expect("a picture")).expect("base64");
        let folder = pictures();
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("written");
    }

    /// What the browser complains of: errors, warnings, what the policy forbids. That an answer is a refusal is none: a page
    /// cannot ask without being refused at times.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.command("/se/log", json!({"type": "browser"})).await;
        let entries = entries.as_array().expect("a list").clone();
        let texts = entries.iter().map(|entry| format!("{}: {}", entry["source"], entry["message"]));
        let is_refusal =
            |text: &String| text.starts_with("\"network\"") && text.contains("the server responded with");
        texts.filter(|text| !is_refusal(text)).collect()
    }
}

/// Below cargo's target folder.
fn pictures() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("page-screenshots")
}
