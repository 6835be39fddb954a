//! The administrators' API, and what anyone may see of the pool.

mod announcements;
mod audit;
mod door;
mod events;
mod health_check;
mod imports;
mod invitations;
mod jobs;
mod key_change;
mod key_deeds;
mod key_list;
mod key_secrets;
mod key_usage;
mod keys;
mod latency;
mod models;
pub mod people;
mod public_stats;
mod requests;
mod retention;
mod settings;
mod stats;
mod status;
mod switch;
mod tokens;
mod usage;
mod users;
mod validated_import;

use awc::http::header::CONTENT_TYPE;
use pool_stub::Reply;
use serde_json::Value;

use crate::support::{ADMIN_TOKEN, Answer, Store, TestApp};

/// An administrator's POST of a body that need not be JSON, called what it need not be.
async fn post_raw(app: &TestApp, path: &str, content_type: &str, body: &'static str) -> Answer {
    let request = awc::Client::default().post(app.url(path)).bearer_auth(ADMIN_TOKEN);
    let sent = request.insert_header((CONTENT_TYPE, content_type)).send_body(body).await;
    Answer::read(sent.expect("the pool answers")).await
}

/// The names of an object's fields.
fn fields(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn storage(app: &TestApp) -> &'static str {
    if app.home.store() == Store::Sqlite { "sqlite" } else { "postgres" }
}

/// Two good chats and one that the upstream finds fault with, all with the one key.
async fn three_chats(app: &TestApp) -> i64 {
    let id = app.add_key("sk-stats-0123456789").await;
    assert_eq!(app.ask("llama3.2").await.status, 200);
    assert_eq!(app.ask("gpt-oss:20b").await.status, 200);
    app.stub.next("*", Reply::json(400, r#"{"error":{"message":"no"}}"#));
    assert_eq!(app.ask("llama3.2").await.status, 400);
    id
}
