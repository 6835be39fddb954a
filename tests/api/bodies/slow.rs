//! Bodies, and heads, that never come.

use std::time::Duration;

use serde_json::json;

use super::{CHAT, Client, LOGIN, assert_given_back, head, outcome};
use crate::support::{ADMIN_TOKEN, Store, TestApp, both_stores};

both_stores! {
    async fn on_every_route_a_pause_has_an_end(app, ["--body-idle-timeout-secs=1"]) {
        let begun = "content-length: 100\r\n";
        for (path, token) in [
            (CHAT, &*app.token),
            (LOGIN, ""),
            ("/api/auth/send-code", ""),
            ("/admin/tokens", ADMIN_TOKEN),
            ("/admin/api-keys/import", ADMIN_TOKEN),
        ] {
            let client = Client::send(&app, head(path, token, begun) + "{").await;
            let answer = client.rest().await;
            assert_eq!(outcome(&answer), (408, "request_timeout".to_owned()), "{path}");
            assert!(answer.to_lowercase().contains("\r\nconnection: close\r\n"), "{path}: {answer}");
            let openai = answer.contains(r#""type":"invalid_request_error""#);
            assert_eq!(openai, path == CHAT, "{path}: in its dialect: {answer}");
        }
        assert_given_back(&app).await;
    }
}

/// Sends a byte now and then until the connection ends; returns what was answered.
async fn trickle(app: &TestApp, head: String) -> String {
    let mut client = Client::send(app, head).await;
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    // The answer is there before the connection is closed for good, so it is read first.
    loop {
        tokio::select! {
            _ = client.0.readable() => return client.rest().await,
            _ = ticks.tick() => {}
        }
        client.more(" ").await;
    }
}

#[actix_web::test]
async fn byte_by_byte_a_body_has_an_end_too() {
    let settings = ["--body-idle-timeout-secs=30", "--body-timeout-secs=1"];
    let app = TestApp::start(Store::Sqlite, &settings).await;
    for (path, token) in [(CHAT, &*app.token), (LOGIN, ""), ("/admin/tokens", ADMIN_TOKEN)] {
        let answer = trickle(&app, head(path, token, "content-length: 60000\r\n")).await;
        assert_eq!(outcome(&answer), (408, "request_timeout".to_owned()), "{path}");
    }
    assert_given_back(&app).await;
    app.stop().await;
}

#[actix_web::test]
async fn a_small_body_has_the_time_of_one_pause() {
    let app = TestApp::start(Store::Sqlite, &["--body-idle-timeout-secs=1"]).await;
    let answer = trickle(&app, head(LOGIN, "", "content-length: 60000\r\n")).await;
    assert_eq!(outcome(&answer), (408, "request_timeout".to_owned()));
    app.stop().await;
}

#[actix_web::test]
async fn who_was_answered_early_can_not_go_on_for_ever() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    for framing in ["content-length: 1000000\r\n", "transfer-encoding: chunked\r\n"] {
        for (path, status) in [(CHAT, 401), ("/nowhere", 404), ("/livez", 405)] {
            let client = Client::send(&app, head(path, "", framing)).await;
            let answer = client.rest().await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status} ")),
                "{framing}{path}: {answer}"
            );
        }
    }
    app.stop().await;
}

#[actix_web::test]
async fn the_head_of_a_second_request_has_an_end() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let get = "GET /livez HTTP/1.1\r\nhost: pool\r\n\r\n";
    let mut client = Client::send(&app, get).await;
    assert!(client.head().await.starts_with("HTTP/1.1 200 "));
    assert!(client.more("GET /livez HT").await);
    let answer = client.rest().await;
    let answer = answer.trim_start_matches(r#"{"status":"ok"}"#);
    assert_eq!(outcome(answer), (408, "request_timeout".to_owned()));
    app.stop().await;
}

#[actix_web::test]
async fn a_connection_that_is_kept_stays_when_nothing_comes() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let get = "GET /livez HTTP/1.1\r\nhost: pool\r\n\r\n";
    let mut client = Client::send(&app, get).await;
    for _ in 0..3 {
        assert!(client.head().await.starts_with("HTTP/1.1 200 "));
        assert!(client.more(get).await);
    }
    client.head().await;
    let ended = tokio::time::timeout(Duration::from_secs(6), client.rest()).await;
    assert!(ended.is_err(), "it was closed after a head that was whole: {ended:?}");
    app.stop().await;
}

#[actix_web::test]
async fn whoever_asks_before_sending_is_told_to_go_on() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    app.add_key("sk-bodies-00000001").await;
    let expecting = "expect: 100-continue\r\nconnection: close\r\ncontent-length: 13\r\n";
    let mut client = Client::send(&app, head(CHAT, &app.token, expecting)).await;
    assert!(client.head().await.starts_with("HTTP/1.1 100 "));
    assert!(client.more(r#"{"model":"m"}"#).await);
    let answer = client.rest().await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let old = head(CHAT, &app.token, "content-length: 13\r\n").replace("HTTP/1.1", "HTTP/1.0");
    let answer = Client::send(&app, old + r#"{"model":"m"}"#).await.rest().await;
    assert!(answer.starts_with("HTTP/1.0 200 "), "{answer}");
    assert_given_back(&app).await;
    app.stop().await;
}

#[actix_web::test]
async fn who_is_refused_is_not_told_to_send_its_body() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    app.add_key("sk-bodies-00000001").await;
    let expecting = "expect: 100-continue\r\ncontent-length: 13\r\n";
    for (path, token) in [
        (CHAT, "sk-nobody"),
        ("/v1/nowhere", &*app.token),
        ("/admin/tokens", "no such token"),
        ("/api/auth/sign", ""),
    ] {
        let mut client = Client::send(&app, head(path, token, expecting)).await;
        let answer = client.head().await;
        assert!(answer.starts_with("HTTP/1.1 40"), "{path}: {answer}");
    }
    let one = app.make_token(&json!({"name": "one", "max_concurrency": 1})).await;
    let mut first = Client::send(&app, head(CHAT, &one, expecting)).await;
    assert!(first.head().await.starts_with("HTTP/1.1 100 "), "its permit is taken");
    let mut second = Client::send(&app, head(CHAT, &one, expecting)).await;
    let refused = second.head().await;
    assert!(refused.starts_with("HTTP/1.1 429 "), "{refused}");
    assert!(first.more(r#"{"model":"m"}"#).await);
    assert!(first.head().await.starts_with("HTTP/1.1 200 "));
    app.stop().await;
}

#[actix_web::test]
async fn who_is_let_in_is_told_to_send_its_body_on_every_route() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let body = r#"{"name":"made"}"#;
    let expecting = format!("expect: 100-continue\r\ncontent-length: {}\r\n", body.len());
    let mut client = Client::send(&app, head("/admin/tokens", ADMIN_TOKEN, &expecting)).await;
    for _ in 0..3 {
        assert!(client.head().await.starts_with("HTTP/1.1 100 "));
        assert!(client.more(body).await);
        assert!(client.answer().await.starts_with("HTTP/1.1 201 "));
        assert!(client.more(head("/admin/tokens", ADMIN_TOKEN, &expecting)).await);
    }
    // Who doesn't wait for it needs none.
    let all = head("/admin/tokens", ADMIN_TOKEN, &expecting) + body;
    let mut client = Client::send(&app, all).await;
    let mut answer = client.head().await;
    if answer.starts_with("HTTP/1.1 100 ") {
        answer = client.head().await;
    }
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    app.stop().await;
}
