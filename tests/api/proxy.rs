//! Chats through the pool: whichever key answers, the bytes both ways, and all that goes wrong.

mod access;
mod allowance;
mod bad_input;
mod bytes;
mod cancel;
mod cooling;
mod counts;
mod echoes;
mod failover;
mod gave_up;
mod headers;
mod inner_errors;
mod interim;
mod limits;
mod lines;
mod midnight;
mod model_choice;
mod own_key;
mod patience;
mod refusals;
mod shapes;
mod slots;
mod streams;
mod tokens;
mod verdicts;
mod words;

use std::time::Duration;

use ::bytes::Bytes;
use awc::ClientResponse;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::StreamExt;
use ollama_api_pool::db::schema::usage_hourly;
use ollama_api_pool::with_conn;
use pool_stub::{Gate, Reply, Step};
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const CHAT: &str = "/v1/chat/completions";
const OPENROUTER_CHAT: &str = "/openrouter/v1/chat/completions";

/// An event of a stream with something to say.
const HELLO: &str = r#"{"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}"#;
/// The event that ends an answer.
const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

/// A row of the table of hours.
#[derive(Queryable, Selectable)]
#[diesel(table_name = usage_hourly)]
struct Usage {
    key_id: i64,
    model: String,
    requests: i64,
    success: i64,
    failure: i64,
    cancelled: i64,
    client_errors: i64,
    refused: i64,
    key_attempts: i64,
    key_failures: i64,
    status_4xx: i64,
    status_429: i64,
    status_5xx: i64,
    attempts: i64,
    prompt_tokens: i64,
    completion_tokens: i64,
}

/// What must happen, and soon. The bound is for what never would.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), what).await.expect("it happens soon")
}

/// The secret of the `n`th key.
fn secret(n: usize) -> String {
    format!("sk-proxy-{n:08}")
}

/// Adds this many keys, each of an account of its own; returns their ids.
async fn add_keys(app: &TestApp, count: usize) -> Vec<i64> {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(app.add_key(&secret(n)).await);
    }
    ids
}

/// Puts keys back with a clean sheet.
async fn enable(app: &TestApp, ids: &[i64]) {
    let answer = app.admin("POST", "/admin/keys/enable", &json!({"ids": ids})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// A chat whose answer is to come as a stream.
fn streamed(model: &str) -> Value {
    json!({"model": model, "messages": [], "stream": true})
}

/// A POST with these headers and exactly these bytes.
async fn send(
    app: &TestApp,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> ClientResponse {
    let client = awc::Client::builder().disable_timeout().no_default_headers().finish();
    let mut request = client.post(app.url(path)).no_decompress().bearer_auth(&app.token);
    for (name, value) in headers {
        request = request.append_header((*name, *value));
    }
    request.send_body(body.into()).await.expect("the pool answers")
}

/// The next bytes of an answer on its way.
async fn piece(response: &mut ClientResponse) -> String {
    let bytes = soon(response.next()).await.expect("there is more").expect("it is whole");
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// The seconds that a refusal names.
fn retry_after(answer: &Answer) -> u64 {
    answer.header("retry-after").expect("Retry-After").parse().expect("seconds")
}

/// Moves the pool's clock ahead.
fn advance(app: &TestApp, secs: u64) {
    app.app.clock.advance(Duration::from_secs(secs));
}

/// An upstream's error in OpenAI's shape.
fn error(status: u16, words: &str) -> Reply {
    let fields = json!({"message": words, "type": "api_error", "param": null, "code": null});
    Reply::json(status, &json!({ "error": fields }).to_string())
}

/// An answer that comes when the gate is opened.
pub fn held(gate: &Gate) -> Reply {
    let bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec();
    Reply::steps(vec![Step::Wait(gate.clone()), Step::Send(bytes)])
}

/// One event of a stream.
fn event(data: &str) -> Step {
    Step::Send(format!("data: {data}\n\n").into_bytes())
}

/// Opens a stream; its body is still to be read.
async fn open_stream(app: &TestApp, model: &str) -> ClientResponse {
    app.open("POST", CHAT, &app.token, Some(&streamed(model))).await
}

/// The object has these fields with these values, among others.
#[track_caller]
fn assert_has(json: &Value, fields: Value) {
    for (name, value) in fields.as_object().expect("an object") {
        assert_eq!(&json[name], value, "`{name}` in {json}");
    }
}

/// A key in `GET /admin/keys/stats`.
async fn key_stats(app: &TestApp, id: i64) -> Value {
    let list = app.admin_get("/admin/keys/stats?provider=all&pageSize=200").await.json();
    let keys = list["stats"].as_array().expect("keys").clone();
    keys.into_iter().find(|key| key["id"] == id).expect("the key is there")
}

/// The sum of a column over all rows.
fn sum(rows: &[Usage], column: fn(&Usage) -> i64) -> i64 {
    rows.iter().map(column).sum()
}

/// What is in the table of hours by now.
async fn usage(app: &TestApp) -> Vec<Usage> {
    app.stats().await;
    let mut conn = app.app.database.get().await.expect("a connection");
    with_conn!(&mut conn, |conn| {
        usage_hourly::table.select(Usage::as_select()).load(conn).await
    })
    .expect("rows")
}
