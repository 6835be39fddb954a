//! What strangers and upstreams write is text wherever it is shown, never a part of the page.

use pool_stub::Reply;
use serde_json::{Value, json};

use super::{Window, administer, start};
use crate::support::{Store, TestApp, until};

/// What is an element of the page where it is taken for HTML. No space: some names have none.
const MARKUP: &str = "<img/src=x/class=owned><b/class=owned>";

/// As a name of this thing.
fn named(what: &str) -> String {
    format!("{MARKUP}{what}")
}

/// The models that a browser offers for a field.
const OFFERED: &str =
    "return [...document.querySelectorAll('#models option')].map(({ value }) => value)";

/// It can be read as it was written, and nothing was made of it.
async fn reads(window: &Window, place: &str, what: &str) {
    window.sees(&named(what)).await;
    nothing_is_made(window, place).await;
}

async fn nothing_is_made(window: &Window, place: &str) {
    let made = window.run("return document.querySelectorAll('.owned').length", &[]).await;
    assert_eq!(made, 0, "{place} takes names for HTML");
}

#[actix_web::test]
async fn markup_is_text() {
    let (app, window) = start(Store::Sqlite, &["--allow-private-upstreams=true"]).await;
    let Filled { key, token, request } = fill(&app).await;
    administer(&window, "/dashboard").await;
    for (path, things) in [
        ("/dashboard", &["provider", "title", "model"][..]),
        ("/dashboard/keys", &["label", "account"]),
        (&format!("/dashboard/keys?open={key}"), &["note"]),
        ("/dashboard/tokens", &["token", "allowed"]),
        ("/dashboard/statistics", &["model"]),
        ("/dashboard/requests", &["model", "token"]),
        (&format!("/dashboard/requests?open={request}"), &["model"]),
        ("/dashboard/providers", &["provider", "alias"]),
        ("/dashboard/settings", &["title", "body"]),
        ("/dashboard/audit", &["alias"]),
        ("/stats", &["model"]),
    ] {
        window.go(path).await;
        for what in things {
            reads(&window, path, what).await;
        }
    }
    // What an upstream says, and what it calls its models.
    let offered = json!(named("offered"));
    window.go("/api-docs#playground").await;
    window
        .until("models are offered", async || {
            window.run(OFFERED, &[]).await.as_array().is_some_and(|all| all.contains(&offered))
        })
        .await;
    nothing_is_made(&window, "the playground").await;
    window.fill("Client token", &token).await;
    window.fill("Message", "Hello").await;
    window.press("Send").await;
    reads(&window, "the playground", "error").await;
    app.stub.next("*", Reply::json(200, &answer(&named("answer")).to_string()));
    window.press("As a stream").await;
    window.press("Send").await;
    reads(&window, "the playground", "answer").await;
    window.has_no_complaints().await;
    app.stop().await;
}

fn answer(words: &str) -> Value {
    let message = json!({"role": "assistant", "content": words});
    json!({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
}

/// What the test needs again of what was made.
struct Filled {
    key: i64,
    token: String,
    request: String,
}

/// Markup in all that has a name.
async fn fill(app: &TestApp) -> Filled {
    let ids = ["offered", "model"].map(|id| json!({"id": named(id), "object": "model"}));
    let models = json!({"object": "list", "data": ids});
    app.stub.on_probe("*", Reply::json(200, &models.to_string()));
    let error = json!({"error": {"message": named("error"), "type": "invalid_request_error"}});
    app.stub.always("*", Reply::json(400, &error.to_string()));
    let add = async |method: &str, path: &str, body: Value| {
        let answer = app.admin(method, path, &body).await;
        assert!(answer.status < 300, "{path}: {}", answer.text());
    };
    let key = json!({"api_key": "sk-marked-0000001", "username": named("label"), "account": named("account")});
    app.add_key_with(&key).await;
    let off = app.add_key("sk-marked-0000002").await;
    add("POST", "/admin/keys/disable", json!({"id": off, "duration": 0, "reason": named("note")}))
        .await;
    let token = app.make_token(&json!({"name": named("token")})).await;
    app.make_token(&json!({"name": "kept to one", "models": [named("allowed")]})).await;
    let provider = json!({"id": "other", "name": named("provider"), "base_url": app.stub.url()});
    add("POST", "/admin/providers", provider).await;
    let alias = json!({"alias": named("alias"), "model": "llama3.2", "provider": "ollama"});
    add("POST", "/admin/aliases", alias).await;
    let notice = json!({"title": named("title"), "body": named("body"), "audience": "all"});
    add("POST", "/admin/announcements", notice).await;
    let body = json!({"model": named("model"), "messages": []});
    let ask = || app.call("POST", "/v1/chat/completions", &token, Some(&body));
    // Only models that have answered are shown to everyone.
    app.stub.next("*", Reply::ok());
    assert_eq!(ask().await.status, 200);
    let asked = ask().await;
    assert_eq!(asked.status, 400, "{}", asked.text());
    let request = asked.header("x-request-id").expect("an id").to_owned();
    until("the request is stored", async || {
        app.admin_get(&format!("/admin/requests/{request}")).await.status == 200
    })
    .await;
    Filled { key: off, token, request }
}
