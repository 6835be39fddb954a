//! Requests that can't be served, each with a clear answer.

use serde_json::{Value, json};

use super::lines::Lines;
use super::{CHAT, OPENROUTER_CHAT, add_keys, send};
use crate::support::{Answer, Store, TestApp, both_stores};

/// Status, code, and OpenAI's shape.
fn assert_error(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty()));
    let json = answer.json();
    let error = json["error"].as_object().expect("an object");
    let mut fields: Vec<&str> = error.keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["code", "message", "param", "type"]);
    assert!(error["message"].as_str().is_some_and(|words| !words.is_empty()));
    assert!(error["type"].as_str().is_some_and(|kind| kind.ends_with("_error")));
    assert_eq!(json.as_object().map(serde_json::Map::len), Some(1));
}

#[actix_web::test]
async fn bodies_that_can_not_be_requests() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 1).await;
    let cases: [(&str, u16, &str, Value); 18] = [
        ("", 400, "malformed_request", json!(null)),
        ("  ", 400, "malformed_request", json!(null)),
        ("{", 400, "malformed_request", json!(null)),
        ("not json", 400, "malformed_request", json!(null)),
        (r#"{"model":"m"} x"#, 400, "malformed_request", json!(null)),
        (r#"{"model":"m","model":"n"}"#, 400, "malformed_request", json!("model")),
        (
            r#"{"model":"m","stream":true,"stream":false}"#,
            400,
            "malformed_request",
            json!("stream"),
        ),
        ("{\"model\":\"m\",\"x\":\"\u{1}\"}", 400, "malformed_request", json!(null)),
        ("[]", 422, "invalid_value", json!(null)),
        (r#"["m"]"#, 422, "invalid_value", json!(null)),
        ("null", 422, "invalid_value", json!(null)),
        (r#""m""#, 422, "invalid_value", json!(null)),
        ("{}", 422, "invalid_value", json!("model")),
        (r#"{"model":null}"#, 422, "invalid_value", json!("model")),
        (r#"{"model":7}"#, 422, "invalid_value", json!("model")),
        (r#"{"model":" "}"#, 422, "invalid_value", json!("model")),
        (r#"{"model":"m","stream":"yes"}"#, 422, "invalid_value", json!("stream")),
        (r#"{"model":"m","stream":1}"#, 422, "invalid_value", json!("stream")),
    ];
    for (body, status, code, param) in cases {
        let answer = Answer::read(send(&app, CHAT, &[], body).await).await;
        assert_error(&answer, status, code);
        assert_eq!(answer.json()["error"]["param"], param, "{body}");
    }
    let not_utf8 = send(&app, CHAT, &[], b"{\"model\":\"\xff\"}".to_vec()).await;
    assert_eq!(not_utf8.status().as_u16() / 100, 4);
    assert_eq!(app.stub.calls().len(), 0, "no upstream was bothered");
    assert_eq!(app.stats().await["active_keys"], 1);
    app.stop().await;
}

#[actix_web::test]
async fn paths_and_methods_that_are_not_there() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let unknown = app.call("POST", "/nobody/v1/chat/completions", &app.token, None).await;
    assert_error(&unknown, 404, "unknown_provider");
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let answer = app.call(method, CHAT, &app.token, None).await;
        assert_error(&answer, 405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("POST"), "{method}");
    }
    let nowhere = app.call("POST", "/v1/nowhere", &app.token, None).await;
    assert_error(&nowhere, 404, "not_found");
    app.stop().await;
}

#[actix_web::test]
async fn bodies_over_the_limit() {
    let app = TestApp::start(Store::Sqlite, &["--max-body-bytes=2048"]).await;
    add_keys(&app, 1).await;
    let body = |length: usize| {
        let empty = json!({"model": "m", "pad": ""}).to_string().len();
        json!({"model": "m", "pad": "x".repeat(length - empty)}).to_string()
    };
    let fits = Answer::read(send(&app, CHAT, &[], body(2048)).await).await;
    assert_eq!(fits.status, 200);
    let over = Answer::read(send(&app, CHAT, &[], body(2049)).await).await;
    assert_error(&over, 413, "body_too_large");

    // Told by the head alone: none of it is waited for.
    let mut told = Lines::chat(&app, "content-length: 4096\r\n", "").await;
    let answer = told.until("\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400)).repeat(3);
    let mut chunked = Lines::chat(&app, "transfer-encoding: chunked\r\n", &chunk).await;
    let answer = chunked.until("body_too_large").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(app.stub.calls().len(), 1);
    app.stop().await;
}

#[actix_web::test]
async fn a_client_that_stops_sending() {
    let app = TestApp::start(Store::Sqlite, &["--body-idle-timeout-secs=1"]).await;
    add_keys(&app, 1).await;
    let mut slow = Lines::chat(&app, "content-length: 100\r\n", "{\"model\":").await;
    let answer = slow.until("request_timeout").await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(app.stub.calls().len(), 0);
    app.stop().await;
}

#[actix_web::test]
async fn a_body_that_breaks_off_reaches_no_upstream() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 1).await;
    // Its token is known by now: the connection is cut under a look-up, without an answer.
    assert_eq!(app.ask("m").await.status, 200);
    let chunk = "d\r\n{\"model\":\"m\"}\r\nZZ\r\n";
    let mut broken = Lines::chat(&app, "transfer-encoding: chunked\r\n", chunk).await;
    let answer = broken.until("\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(app.stub.calls().len(), 1);
    app.stop().await;
}

both_stores! {
    async fn a_pool_without_keys(app) {
        let answer = app.ask("m").await;
        assert_error(&answer, 503, "no_keys");
        assert_eq!(answer.json()["error"]["type"], "server_error");
        add_keys(&app, 1).await;
        assert_eq!(app.ask("m").await.status, 200);
        let body = json!({"model": "m"});
        let other = app.call("POST", OPENROUTER_CHAT, &app.token, Some(&body)).await;
        assert_error(&other, 503, "no_keys");
    }

    async fn a_provider_that_is_switched_off(app, ["--disable-ollama=true"]) {
        add_keys(&app, 1).await;
        assert_error(&app.ask("m").await, 503, "provider_disabled");
        assert_eq!(app.stub.calls().len(), 0);
    }
}

#[actix_web::test]
async fn a_page_may_ask_first() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let client = awc::Client::default();
    for path in [CHAT, "/openrouter/v1/chat/completions", "/v1/models"] {
        let ask = client.request(awc::http::Method::OPTIONS, app.url(path));
        let ask = ask.insert_header(("origin", "https://page.example"));
        let ask = ask.insert_header(("access-control-request-method", "POST"));
        let ask =
            ask.insert_header(("access-control-request-headers", "authorization,content-type"));
        let answer = Answer::read(ask.send().await.expect("an answer")).await;
        assert!(matches!(answer.status, 200 | 204), "{path}: {}", answer.status);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let methods = answer.header("access-control-allow-methods").expect("methods");
        assert!(methods.contains("POST"), "{methods}");
        let headers = answer.header("access-control-allow-headers").expect("headers");
        assert!(headers.to_lowercase().contains("authorization"), "{headers}");
    }
    let origin = [("origin", "https://page.example")];
    let answer = Answer::read(send(&app, CHAT, &origin, "{").await).await;
    assert_error(&answer, 400, "malformed_request");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "a page reads errors too");
    app.stop().await;
}
