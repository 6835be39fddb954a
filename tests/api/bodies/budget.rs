//! Memory of bodies: no more than there is, no more than one's share, and all of it given back.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use pool_stub::Gate;
use serde_json::{Value, json};

use super::{CHAT, Client, administrator, assert_given_back, chat_of, head, outcome};
use crate::metrics::scrape::scrape;
use crate::proxy::held;
use crate::support::{ADMIN_TOKEN, Store, TestApp, both_stores, until};

const KIB: usize = 1 << 10;
/// The largest body of these tests, and a budget that has room for four.
const SETTINGS: [&str; 2] = ["--max-body-bytes=1048576", "--max-bodies-bytes=4194304"];

fn sized(token: &str, length: usize) -> String {
    head(CHAT, token, &format!("content-length: {length}\r\n"))
}

/// A client that has sent this much of a body and goes on no further.
async fn stuck(app: &TestApp, token: &str, length: usize, sent: usize) -> Client {
    let before = app.app.bodies.held();
    let client = Client::send(app, sized(token, length) + &"x".repeat(sent)).await;
    // While it moves to a larger place it is charged for more than its length.
    let arrived = before + sent..=before + length;
    until("it has arrived", async || arrived.contains(&app.app.bodies.held())).await;
    client
}

async fn under_way(app: &TestApp, id: i64) -> Value {
    app.admin_get(&format!("/admin/tokens/{id}")).await.json()["under_way"].clone()
}

both_stores! {
    async fn as_many_bodies_as_requests_at_once(app, SETTINGS) {
        app.add_key("sk-bodies-00000001").await;
        let token = app.make_token(&json!({"name": "one", "max_concurrency": 1})).await;
        let first = stuck(&app, &token, 1024 * KIB, 1000 * KIB).await;
        let before = app.app.bodies.peak();
        let body = chat_of(1024 * KIB);
        for _ in 0..24 {
            let mut client = Client::send(&app, sized(&token, body.len())).await;
            client.more(&body[..64 * KIB]).await;
            assert_eq!(outcome(&client.rest().await), (429, "token_concurrency".to_owned()));
        }
        assert_eq!(app.app.bodies.peak(), before, "none of them was read");
        let charged = scrape(&app).await.get("ollama_pool_bodies_bytes", &[]);
        assert_eq!(charged, Some(app.app.bodies.held() as f64));
        // Whoever leaves in the midst of a body gives its place back.
        drop(first);
        until("the slot", async || under_way(&app, 2).await == 0).await;
        assert_given_back(&app).await;
        let ended = "content-length: 13\r\nconnection: close\r\n";
        let client = Client::send(&app, head(CHAT, &token, ended) + r#"{"model":"m"}"#).await;
        assert!(client.rest().await.starts_with("HTTP/1.1 200 "));
    }

    async fn places_come_back_on_every_way_out(app, ["--max-body-bytes=65536"]) {
        app.add_key("sk-bodies-00000001").await;
        let token = app.make_token(&json!({"name": "one", "max_concurrency": 1})).await;
        let cases = [
            ("content-length: 1\r\n", "{", 400),
            ("content-length: 2\r\n", "{}", 422),
            ("content-length: 70000\r\n", "", 413),
            ("content-encoding: br\r\ncontent-length: 1\r\n", "x", 415),
            ("content-encoding: gzip\r\ncontent-length: 1\r\n", "x", 400),
            ("transfer-encoding: chunked\r\n", "ZZ\r\n", 400),
            ("content-length: 13\r\n", r#"{"model":"m"}"#, 200),
        ];
        for (lines, body, status) in cases {
            let lines = format!("connection: close\r\n{lines}");
            let client = Client::send(&app, head(CHAT, &token, &lines) + body).await;
            let answer = client.rest().await;
            // The library cuts a broken connection without an answer while Redis is asked.
            let cut = body == "ZZ\r\n" && answer.is_empty();
            let told = answer.starts_with(&format!("HTTP/1.1 {status} "));
            assert!(told || cut, "{lines}{body}: {answer}");
            until("the slot", async || under_way(&app, 2).await == 0).await;
        }
        assert_given_back(&app).await;
    }
}

#[actix_web::test]
async fn one_token_leaves_others_their_part() {
    let app = TestApp::start(Store::Sqlite, &SETTINGS).await;
    app.add_key("sk-bodies-00000001").await;
    let greedy = app.make_token(&json!({"name": "greedy"})).await;
    let other = app.make_token(&json!({"name": "other"})).await;
    let first = stuck(&app, &greedy, 1024 * KIB, 1000 * KIB).await;
    // A body that grows is there twice for a moment: half of it leaves room for that.
    let second = stuck(&app, &greedy, 600 * KIB, 300 * KIB).await;
    let refused = Client::send(&app, sized(&greedy, 1024 * KIB)).await.rest().await;
    assert_eq!(outcome(&refused), (429, "token_bodies".to_owned()));
    assert!(refused.contains("\r\nretry-after: 1\r\n"), "{refused}");
    let third = stuck(&app, &other, 1024 * KIB, 1000 * KIB).await;
    let more = app.make_token(&json!({"name": "more"})).await;
    let fourth = stuck(&app, &more, 300 * KIB, 260 * KIB).await;
    // Not all that is left is for clients: administrators must be able to end this.
    let last = Client::send(&app, sized(&more, 1000 * KIB)).await.rest().await;
    assert_eq!(outcome(&last), (503, "bodies_full".to_owned()));
    assert!(last.contains("\r\nretry-after: 1\r\n"), "{last}");
    let off = json!({"enabled": false});
    assert_eq!(app.admin("PATCH", "/admin/tokens/2", &off).await.status, 200);
    assert!(app.app.bodies.peak() <= app.app.bodies.max());
    drop((first, second, third, fourth));
    assert_given_back(&app).await;
    app.stop().await;
}

#[actix_web::test]
async fn a_promise_takes_nothing() {
    let app = TestApp::start(Store::Sqlite, &SETTINGS).await;
    let mut clients = Vec::new();
    for _ in 0..40 {
        clients.push(Client::send(&app, sized(&app.token, 1024 * KIB) + "{").await);
    }
    until("all have begun", async || app.app.bodies.held() == 40).await;
    drop(clients);
    assert_given_back(&app).await;
    app.stop().await;
}

#[actix_web::test]
async fn what_is_decoded_counts() {
    let app = TestApp::start(Store::Sqlite, &SETTINGS).await;
    app.add_key("sk-bodies-00000001").await;
    let gate = Gate::new();
    app.stub.always("*", held(&gate));
    let body = chat_of(1000 * KIB);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body.as_bytes()).expect("memory");
    let packed = encoder.finish().expect("memory");
    let length = packed.len();
    let lines =
        format!("connection: close\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n");
    let bytes = [head(CHAT, &app.token, &lines).into_bytes(), packed].concat();
    let first = Client::send(&app, &bytes).await;
    app.stub.arrived(1).await;
    assert!(app.app.bodies.held() >= body.len(), "for as long as the upstream works");
    // Another two don't fit into one token's part.
    let second = Client::send(&app, &bytes).await.rest().await;
    assert_eq!(outcome(&second), (429, "token_bodies".to_owned()));
    gate.open();
    drop(first);
    assert_given_back(&app).await;
    app.stop().await;
}

#[actix_web::test]
async fn a_copy_for_another_model_counts() {
    let app = TestApp::start(Store::Sqlite, &SETTINGS).await;
    app.add_key("sk-bodies-00000001").await;
    let alias = json!({"alias": "m", "model": "gpt-oss:20b", "provider": "ollama"});
    assert_eq!(app.admin("POST", "/admin/aliases", &alias).await.status, 201);
    let gate = Gate::new();
    app.stub.always("*", held(&gate));
    let body = chat_of(600 * KIB);
    let client = Client::send(&app, sized(&app.token, body.len()) + &body).await;
    app.stub.arrived(1).await;
    assert!(app.app.bodies.held() >= 2 * body.len());
    drop(client);
    assert_given_back(&app).await;
    app.stop().await;
}

#[actix_web::test]
async fn administrators_have_no_share_and_accounts_small_bodies() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let ann = administrator(&app).await;
    let body = format!(r#"{{"name":"{}"}}"#, "x".repeat(64 << 10));
    let lines = format!("connection: close\r\ncontent-length: {}\r\n", body.len());
    for (path, token) in [
        ("/api/auth/login", ""),
        ("/api/auth/register", ""),
        ("/api/auth/change-password", &*ann.session),
    ] {
        let mut client = Client::send(&app, head(path, token, &lines)).await;
        client.more(&body).await;
        assert_eq!(outcome(&client.rest().await), (413, "body_too_large".to_owned()), "{path}");
    }
    // Read, and refused for what it says.
    for token in [ADMIN_TOKEN, &*ann.session] {
        let client = Client::send(&app, head("/admin/tokens", token, &lines) + &body).await;
        assert_eq!(outcome(&client.rest().await).0, 422);
    }
    assert_given_back(&app).await;
    app.stop().await;
}
