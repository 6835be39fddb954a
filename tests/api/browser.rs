//! The pages, as people use them: in Chromium, driven through its chromedriver. The stores have
//! little part in it, so most run on the one that is cheaper.

mod checklist;
mod checks;
mod driver;
mod first_steps;
mod keys;
mod looks;
mod markup;
mod pages;
mod people;
mod sudo;
mod window;

use serde_json::json;

use self::window::Window;
use crate::support::{ADMIN_TOKEN, Store, TestApp};

/// What `make assets` has made.
const ASSETS: &str = concat!("--assets-dir=", env!("CARGO_MANIFEST_DIR"), "/assets");

/// The program with its pages, and a browser that is nowhere yet.
async fn start(store: Store, settings: &[&str]) -> (TestApp, Window) {
    let window = Window::open().await;
    let app = TestApp::start(store, &[&[ASSETS], settings].concat()).await;
    let window = window.at(app.url(""));
    (app, window)
}

/// An administrator is at this page of the dashboard, and sees what happens as it happens.
async fn administer(window: &Window, path: &str) {
    let kept = window.try_run("return localStorage.getItem('pool.admin')", &[]).await;
    if !kept.is_ok_and(|hint| hint.is_string()) {
        window.go("/stats").await;
        let show = "const body = JSON.stringify({ token: arguments[0] });
            const headers = { 'content-type': 'application/json' };
            const answer = await fetch('/api/auth/admin-session', { method: 'POST', headers, body });
            localStorage.setItem('pool.admin', '1');
            return answer.status;";
        assert_eq!(window.run_async(show, &[json!(ADMIN_TOKEN)]).await, json!(200));
    }
    window.go(path).await;
    window.sees("Live").await;
}
