//! Where requests go: providers that come and go, other names, other providers, answers from memory.

mod aliases;
mod answers;
mod fallback_when;
mod fallbacks;
mod moved;
mod providers;
mod ssrf;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use ollama_api_pool::db::schema::audit_log;
use ollama_api_pool::with_conn;
use pool_stub::Stub;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

/// Lets providers be on this machine, as the stubs are.
const PRIVATE: &str = "--allow-private-upstreams=true";

/// Another upstream, known as `other`, with a key.
async fn other(app: &TestApp) -> Stub {
    let stub = Stub::start();
    let body = json!({"id": "other", "base_url": stub.url()});
    let added = app.admin("POST", "/admin/providers", &body).await;
    assert_eq!(added.status, 201, "{}", added.text());
    app.add_key_with(&json!({"api_key": "sk-other-0000001", "provider": "other"})).await;
    stub
}

/// Sets who serves when the default provider can't serve this model.
async fn fall_back(app: &TestApp, model: &str, to: &[(&str, &str)]) {
    let to: Vec<Value> =
        to.iter().map(|(provider, model)| json!({"provider": provider, "model": model})).collect();
    let answer = app.admin("PUT", "/admin/fallbacks", &json!({"model": model, "to": to})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Who served, after how many attempts.
fn served(answer: &Answer) -> (u16, Option<&str>, Option<&str>) {
    (answer.status, answer.header("x-pool-provider"), answer.header("x-pool-attempts"))
}

/// The model that a stub was asked for last.
fn asked(stub: &Stub) -> Value {
    let call = stub.calls().pop().expect("a call");
    let body: Value = serde_json::from_slice(&call.body).expect("JSON");
    body["model"].clone()
}

/// A deed in the audit log.
#[derive(Debug, Queryable)]
struct Deed {
    action: String,
    target: String,
    before: Option<String>,
    after: Option<String>,
}

/// What the audit log says was done since the test's token was made.
async fn deeds(app: &TestApp) -> Vec<Deed> {
    use audit_log as a;
    let mut conn = app.app.database.get().await.expect("a connection");
    let all: Vec<Deed> = with_conn!(&mut conn, |conn| {
        let columns = (a::action, a::target, a::before, a::after);
        a::table.select(columns).order(a::id).load(conn).await
    })
    .expect("rows");
    let kinds = ["provider.", "alias.", "fallback.", "cache."];
    all.into_iter().filter(|deed| kinds.iter().any(|kind| deed.action.starts_with(kind))).collect()
}

/// Everything under these paths refuses strangers and what is no JSON.
async fn refuses(app: &TestApp, routes: &[(&str, &str)]) {
    for (method, path) in routes {
        for token in ["", "wrong-token-wrong-token"] {
            let answer = app.call(method, path, token, Some(&json!({}))).await;
            assert_eq!(answer.status, 401, "{method} {path}");
        }
    }
}
