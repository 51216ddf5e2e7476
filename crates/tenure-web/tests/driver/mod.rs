//! A browser, spoken to by WebDriver: what tests need of it and no more.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

/// One window of a browser without a screen, closed at the end by `quit`.
pub(crate) struct Browser {
    client: reqwest::Client,
    session: String,
}

/// The names of keys, as WebDriver has them.
pub(crate) const TAB: char = '\u{e004}';
pub(crate) const ENTER: char = '\u{e007}';

impl Browser {
    /// Where `TENURE_CHROMEDRIVER` names a driver, as `.ci/servers/browser.sh` does; otherwise the test is skipped.
    #[expect(clippy::disallowed_methods, reason = "the address of the driver comes from the environment")]
    pub(crate) async fn open(scripts: bool) -> Option<Self> {
        let Ok(driver) = std::env::var("TENURE_CHROMEDRIVER") else {
            assert!(std::env::var("TENURE_REQUIRE_SERVERS").is_err(), "TENURE_CHROMEDRIVER is not set");
            println!("skipped: TENURE_CHROMEDRIVER is not set");
            return None;
        };
        let content = if scripts { 1 } else { 2 };
        let options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
            ],
            "prefs": { "profile.managed_default_content_settings.javascript": content },
        });
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        }}});
        let client = reqwest::Client::new();
        let answer = client.post(format!("{driver}/session")).json(&wanted).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let browser = Self { session: format!("{driver}/session/{id}"), client };
        browser.size(1280, 900).await;
        Some(browser)
    }

    pub(crate) async fn quit(self) {
        self.client.delete(&self.session).send().await.unwrap();
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.client.post(format!("{}{path}", self.session)).json(body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["value"]["error"].is_null(), "{path}: {answer}");
        answer["value"].clone()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.session)).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["value"].clone()
    }

    pub(crate) async fn go(&self, url: &str) {
        self.post("/url", &json!({"url": url})).await;
    }

    pub(crate) async fn url(&self) -> String {
        self.get("/url").await.as_str().unwrap().to_owned()
    }

    pub(crate) async fn size(&self, width: u32, height: u32) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}),
        )
        .await;
    }

    /// Light or dark.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": parameters})).await
    }

    /// What an expression comes to in the page. It is the test that runs it, not the page.
    pub(crate) async fn value_of(&self, expression: &str) -> Value {
        self.post("/execute/sync", &json!({"script": format!("return {expression}"), "args": []})).await
    }

    pub(crate) async fn text(&self) -> String {
        let found = self.post("/element", &json!({"using": "css selector", "value": "body"})).await;
        let id = found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
        self.get(&format!("/element/{id}/text")).await.as_str().unwrap().to_owned()
    }

    /// Role and name of what has the focus, as a screen reader tells them.
    pub(crate) async fn focus(&self) -> (String, String) {
        let found = self.get("/element/active").await;
        let id = found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
        let role = self.get(&format!("/element/{id}/computedrole")).await;
        let name = self.get(&format!("/element/{id}/computedlabel")).await;
        (role.as_str().unwrap_or_default().to_owned(), name.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the page has put the focus where it should be.
    pub(crate) async fn focus_on(&self, role: &str, name: &str) {
        let wait = async {
            loop {
                let (found, called) = self.focus().await;
                if found == role && called == name {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(timeout(Duration::from_secs(60), wait).await.is_ok(), "the focus is not on {role} `{name}`");
    }

    /// Presses keys, one after the other, wherever the focus is.
    pub(crate) async fn press(&self, keys: impl IntoIterator<Item = char>) {
        let actions: Vec<Value> = keys
            .into_iter()
            .flat_map(|key| {
                let key = key.to_string();
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]});
        self.post("/actions", &actions).await;
    }

    /// Presses keys that lead to another page, and waits until it is there.
    pub(crate) async fn follow(&self, keys: impl IntoIterator<Item = char>) {
        self.value_of("(document.left = true)").await;
        self.press(keys).await;
        let arrived =
            json!({"script": "return !document.left && document.readyState === 'complete'", "args": []});
        let wait = async {
            loop {
                // Between two pages there is none to ask.
                let answer =
                    self.client.post(format!("{}/execute/sync", self.session)).json(&arrived).send().await;
                if answer.unwrap().json::<Value>().await.unwrap()["value"] == true {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(timeout(Duration::from_secs(20), wait).await.is_ok(), "no other page comes");
    }

    /// Tabs on until something with this role and name has the focus.
    pub(crate) async fn tab_to(&self, role: &str, name: &str) {
        let mut passed = Vec::new();
        for _ in 0..40 {
            self.press([TAB]).await;
            let focus = self.focus().await;
            if focus == (role.to_owned(), name.to_owned()) {
                return;
            }
            passed.push(focus);
        }
        panic!("no {role} `{name}` is reached with the keyboard, only {passed:?}");
    }

    /// What the console was told since the last call.
    pub(crate) async fn console(&self) -> Vec<String> {
        let entries = self.post("/se/log", &json!({"type": "browser"})).await;
        entries.as_array().unwrap().iter().map(|entry| entry["message"].to_string()).collect()
    }

    /// Every address that was asked for since the last call.
    pub(crate) async fn requests(&self) -> BTreeSet<String> {
        let entries = self.post("/se/log", &json!({"type": "performance"})).await;
        let messages = entries.as_array().unwrap().iter().filter_map(|entry| {
            let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let message = &message["message"];
            (message["method"] == "Network.requestWillBeSent")
                .then(|| message["params"]["request"]["url"].as_str().unwrap_or_default().to_owned())
        });
        messages.collect()
    }

    /// What a screen reader finds: role and name of everything that should have a name.
    pub(crate) async fn named(&self) -> Vec<(String, String)> {
        self.devtools("Accessibility.enable", json!({})).await;
        let tree = self.devtools("Accessibility.getFullAXTree", json!({})).await;
        let nodes = tree["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] != true);
        let found = nodes.map(|node| {
            let text = |field: &str| node[field]["value"].as_str().unwrap_or_default().to_owned();
            (text("role"), text("name"))
        });
        found.filter(|(role, _)| NEED_A_NAME.contains(&role.as_str())).collect()
    }

    /// Keeps what the page looks like, where somebody wants to look at it.
    #[expect(clippy::disallowed_methods, reason = "the folder comes from the environment")]
    pub(crate) async fn photograph(&self, name: &str) {
        let whole = self.devtools("Page.getLayoutMetrics", json!({})).await;
        let size = &whole["cssContentSize"];
        let clip = json!({"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1});
        let shot = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let shot = self.devtools("Page.captureScreenshot", shot).await;
        let bytes = STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 2_000, "{name}: {} bytes", bytes.len());
        if let Ok(folder) = std::env::var("TENURE_SCREENSHOTS") {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(Path::new(&folder).join(format!("{name}.png")), bytes).unwrap();
        }
    }

    /// How many pages it has on paper.
    pub(crate) async fn printed(&self) -> usize {
        let printed =
            self.devtools("Page.printToPDF", json!({"paperWidth": 8.27, "paperHeight": 11.69})).await;
        let bytes = STANDARD.decode(printed["data"].as_str().unwrap()).unwrap();
        assert!(bytes.starts_with(b"%PDF"));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.matches("/Type /Page\n").count()
    }

    /// The lowest contrast of text to what is behind it.
    pub(crate) async fn contrast(&self) -> f64 {
        self.value_of(CONTRAST).await.as_f64().unwrap()
    }
}

const NEED_A_NAME: &[&str] = &[
    "RootWebArea",
    "button",
    "columnheader",
    "figure",
    "form",
    "heading",
    "image",
    "link",
    "navigation",
    "region",
    "table",
    "textbox",
];

/// Over every element with text of its own: the ratio that the accessibility guidelines define.
const CONTRAST: &str = "(() => {
  const numbers = text => (text.match(/[0-9.]+/g) || []).map(Number);
  const light = colour => numbers(colour).slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor, parts = numbers(colour);
    if (parts.length === 3 || parts[3] > 0) return colour; } return 'rgb(255, 255, 255)'; };
  const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  return Math.min(...[...document.querySelectorAll('body *')].filter(own).map(e => {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05); }));
})()";
