//! Outages, and single requests that always fail: what they may do to keys and to other clients.

mod breaker;
mod firewall;
mod returns;

use pool_stub::Reply;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const CHAT: &str = "/v1/chat/completions";

/// A chat whose text is its own.
async fn say(app: &TestApp, token: &str, text: &str) -> Answer {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": text}]});
    app.call("POST", CHAT, token, Some(&body)).await
}

/// So many keys, each an account of its own.
async fn add_keys(app: &TestApp, count: usize) -> Vec<String> {
    let keys: Vec<String> = (0..count).map(|n| format!("sk-outage-{n:010}")).collect();
    for key in &keys {
        app.add_key(key).await;
    }
    keys
}

/// Keys by status, as the provider's row has them.
async fn counts(app: &TestApp) -> Value {
    let all = app.admin_get("/admin/providers").await.json();
    let all = all["providers"].as_array().expect("a list").clone();
    let ours = all.iter().find(|one| one["id"] == "ollama").expect("it is there");
    ours["keys"].clone()
}

async fn breakers(app: &TestApp) -> Value {
    app.admin_get("/admin/circuit-breakers").await.json()
}

fn error(status: u16, words: &str) -> Reply {
    Reply::json(status, &json!({"error": words}).to_string())
}

/// An answer of a firewall before the provider.
fn html(status: u16) -> Reply {
    let body = "<html><body><h1>Access denied</h1></body></html>";
    let head = format!(
        "HTTP/1.1 {status} No\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Reply::steps(vec![pool_stub::Step::Send((head + body).into_bytes())])
}

/// Every kind of outage that is an answer.
fn kinds() -> Vec<(&'static str, Reply)> {
    vec![
        ("500", error(500, "internal error")),
        ("503", error(503, "Server overloaded, please retry shortly")),
        ("HTML 502", html(502)),
        ("401", error(401, "unauthorized")),
        ("403", error(403, "forbidden")),
        ("HTML 403", html(403)),
        ("402", error(402, "payment required")),
        ("429", error(429, "too many requests")),
        ("closed", Reply::close()),
        ("reset", Reply::reset()),
    ]
}
