//! A browser, used as people use it: by what is written on buttons and beside fields.

use std::path::Path;
use std::time::Duration;

use fantoccini::Client;
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use super::driver::Driver;
use crate::support::until;

/// How long a page may take to show something; less than `until` waits by itself.
const PATIENCE: Duration = Duration::from_secs(50);

/// The pages as pictures, and those that a test failed at.
pub const SCREENSHOTS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../screenshots");

/// Finds something to press, or a field, by its name. While a dialog is open there is nothing else.
const FIND: &str = "
    const [kind, name] = arguments;
    const inside = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
    const all = (what) => [...inside.querySelectorAll(what)];
    const said = (node) => (node.getAttribute('aria-label') ?? node.innerText).trim().split('\\n')[0].trim();
    const ready = (node) => node.checkVisibility() && !node.matches(':disabled, [aria-disabled=true]');
    const things = {
        tab: () => all('[role=tab]'),
        press: () => all('button:not([role=tab]), a, summary, label.form-check, input[type=checkbox]'),
        field: () => {
            const labels = all('label').filter((label) => label.control && said(label) === name);
            return labels.length ? labels.map(({ control }) => control) : all('input, select, textarea');
        },
    };
    const named = (node) => said(node) === name || [...node.labels ?? []].some((label) => said(label) === name);
    const found = things[kind]().find((node) => named(node) && ready(node));
    // Out from under the header.
    found?.scrollIntoView({ block: 'center', behavior: 'instant' });
    return found ?? null;
";

pub struct Window {
    client: Client,
    base: String,
    _driver: Driver,
}

impl Window {
    /// A fresh browser.
    pub async fn open() -> Self {
        let driver = Driver::start().await;
        let client = driver.browser().await;
        Self { client, base: String::new(), _driver: driver }
    }

    /// From now on paths are this program's.
    pub fn at(mut self, base: String) -> Self {
        self.base = base;
        self
    }

    /// Loads a page.
    pub async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.expect("it loads");
    }

    pub async fn reload(&self) {
        self.client.refresh().await.expect("it loads");
    }

    /// Presses a button, a link or a switch.
    pub async fn press(&self, name: &str) {
        self.click("press", name).await;
    }

    /// Turns to a tab.
    pub async fn turn_to(&self, name: &str) {
        self.click("tab", name).await;
    }

    /// Writes into a field, in place of what is there.
    pub async fn fill(&self, name: &str, text: &str) {
        self.until(&format!("{name} is filled in"), async || {
            let Some(field) = self.find("field", name).await else { return false };
            field.clear().await.is_ok() && field.send_keys(text).await.is_ok()
        })
        .await;
    }

    /// What is in a field.
    pub async fn filled(&self, name: &str) -> String {
        let mut value = None;
        self.until(&format!("{name} can be filled in"), async || {
            let Some(field) = self.find("field", name).await else { return false };
            value = field.prop("value").await.ok().flatten();
            value.is_some()
        })
        .await;
        value.expect("it was read")
    }

    /// Waits until this can be read.
    pub async fn sees(&self, text: &str) {
        self.until(&format!("“{text}” is there"), async || self.text().await.contains(text)).await;
    }

    /// Waits until this can't be read.
    pub async fn sees_no(&self, text: &str) {
        self.until(&format!("“{text}” is gone"), async || !self.text().await.contains(text)).await;
    }

    /// Waits until the page is at this path, with its query.
    pub async fn is_at(&self, path: &str) {
        let wanted = format!("{}{path}", self.base);
        self.until(&format!("the page is {path}"), async || {
            self.client.current_url().await.is_ok_and(|url| url.as_str() == wanted)
        })
        .await;
    }

    /// All that can be read.
    pub async fn text(&self) -> String {
        let text = self.try_run("return document.body?.innerText ?? ''", &[]).await;
        text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// What can be read in the first element that this selector finds.
    pub async fn text_of(&self, selector: &str) -> String {
        let read = "return document.querySelector(arguments[0])?.innerText ?? ''";
        let text = self.run(read, &[json!(selector)]).await;
        text.as_str().expect("text").to_owned()
    }

    /// Runs a script.
    pub async fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.try_run(script, arguments).await.expect("the script runs")
    }

    /// As [`Self::run`], where the page may be none of ours, or just going.
    pub async fn try_run(&self, script: &str, arguments: &[Value]) -> Result<Value, CmdError> {
        self.client.execute(script, arguments.to_vec()).await
    }

    /// Runs an async function's body and waits for what it returns.
    pub async fn run_async(&self, body: &str, arguments: &[Value]) -> Value {
        let script = format!(
            "const tell = arguments[arguments.length - 1];
            (async (...arguments) => {{ {body} }})(...arguments)
                .then(tell, (error) => tell({{ failed: String(error) }}));"
        );
        self.client.execute_async(&script, arguments.to_vec()).await.expect("the script runs")
    }

    /// One of Chromium's own commands, as its DevTools have them.
    pub async fn devtools(&self, command: &str, params: Value) -> Value {
        let body = json!({"cmd": command, "params": params});
        self.own("goog/cdp/execute", body).await
    }

    /// What the page's console has been told since it was asked last.
    pub async fn console(&self) -> Vec<Value> {
        let lines = self.own("se/log", json!({"type": "browser"})).await;
        lines.as_array().expect("lines").clone()
    }

    /// Opens another window and looks at it; returns the name of the first.
    pub async fn open_another(&self) -> fantoccini::wd::WindowHandle {
        let first = self.client.window().await.expect("a window");
        let second = self.client.new_window(false).await.expect("another").handle;
        self.look_at(second).await;
        first
    }

    /// Looks at another window.
    pub async fn look_at(&self, window: fantoccini::wd::WindowHandle) {
        self.client.switch_to_window(window).await.expect("it is there");
    }

    /// Waits until the answer is yes. A page that never gets there is kept as a picture.
    pub async fn until(&self, what: &str, ask: impl AsyncFnMut() -> bool) {
        if tokio::time::timeout(PATIENCE, until(what, ask)).await.is_ok() {
            return;
        }
        let test = std::thread::current().name().unwrap_or_default().replace("::", "-");
        self.picture(&format!("failed-{test}")).await;
        let url = self.client.current_url().await.expect("an address");
        panic!("not in time: {what}; {url} says:\n{}", self.text().await);
    }

    /// The window as a picture, among the results of the build.
    pub async fn picture(&self, name: &str) {
        let bytes = self.client.screenshot().await.expect("a picture");
        std::fs::create_dir_all(SCREENSHOTS).expect("a directory");
        let path = Path::new(SCREENSHOTS).join(format!("{name}.png"));
        std::fs::write(path, bytes).expect("it is written");
    }

    async fn click(&self, kind: &str, name: &str) {
        // It may be moving, or under something that is about to go.
        self.until(&format!("“{name}” is pressed"), async || {
            match self.find(kind, name).await {
                Some(element) => element.click().await.is_ok(),
                None => false,
            }
        })
        .await;
    }

    async fn find(&self, kind: &str, name: &str) -> Option<Element> {
        let found = self.try_run(FIND, &[json!(kind), json!(name)]).await.ok()?;
        let id = found.as_object()?.values().next()?.as_str()?.to_owned();
        Some(Element::from_element_id(self.client.clone(), ElementRef::from(id)))
    }

    async fn own(&self, path: &'static str, body: Value) -> Value {
        self.client.issue_cmd(Own { path, body }).await.expect("chromedriver does it")
    }
}

/// A command that only chromedriver knows.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
