//! Streams and errors of odd shapes that are right all the same, and what they count as.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use pool_stub::{Reply, Step};
use serde_json::{Value, json};

use super::{CHAT, HELLO, STOP, add_keys, error, event, send, streamed};
use crate::support::{Answer, Store, TestApp, both_stores};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("it fits");
    encoder.finish().expect("it ends")
}

/// Streams that are whole.
fn whole() -> Vec<(&'static str, String)> {
    let half = r#"{"choices":[{"index":0,"delta":{},"finish_reason":null},{"index":1,"delta":{},"finish_reason":"stop"}]}"#;
    let long = format!(r#"{{"choices":[{{"delta":{{"content":"{}"}}}}]}}"#, "x".repeat(3 << 19));
    let ends = format!(
        r#"{{"choices":[{{"delta":{{"content":"{}"}},"finish_reason":"stop"}}]}}"#,
        "x".repeat(3 << 19)
    );
    vec![
        ("several choices", format!("data: {half}\n\n")),
        ("the end mark alone", "data: [DONE]\n\n".to_owned()),
        ("lone carriage returns", format!("data: {HELLO}\r\rdata: {STOP}\r\r")),
        ("a mark of the byte order", format!("\u{feff}data: {STOP}\n\n")),
        ("a long event", format!("data: {HELLO}\n\ndata: {long}\n\ndata: {STOP}\n\n")),
        ("a long event first", format!("data: {long}\n\ndata: [DONE]\n\n")),
        ("one long event", format!("data: {ends}\n\n")),
        (
            "data in two lines",
            "data: {\"choices\":[{\ndata: \"finish_reason\":\"stop\"}]}\n\n".into(),
        ),
    ]
}

both_stores! {
    async fn a_whole_stream_has_nothing_behind_it(app) {
        add_keys(&app, 2).await;
        let streams = whole();
        for (name, text) in &streams {
            app.stub.next("*", Reply::sse_raw(vec![Step::Send(text.clone().into_bytes())]));
            let answer = app.chat(&streamed("m")).await;
            assert_eq!(answer.header("x-pool-attempts"), Some("1"), "{name}");
            assert!(answer.text() == *text, "{name}: {} bytes", answer.body.len());
        }
        let stats = app.stats().await;
        let counts = (&stats["success_count"], &stats["failure_count"]);
        assert_eq!(counts, (&json!(streams.len()), &json!(0)));
    }
}

#[actix_web::test]
async fn json_may_begin_with_a_mark_of_the_byte_order() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 2).await;
    let text = "\u{feff}{\"choices\":[]}";
    app.stub.next("*", Reply::json(200, text));
    let answer = app.ask("m").await;
    assert_eq!((answer.text().as_str(), answer.header("x-pool-attempts")), (text, Some("1")));
    app.stop().await;
}

#[actix_web::test]
async fn a_packed_body_may_have_two_members() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 2).await;
    let plain = [gzip("{\"choices\":[],"), gzip("\"usage\":{\"prompt_tokens\":7}}")].concat();
    let stream = [
        gzip(&format!("data: {HELLO}\n\ndata: {{\"usage\":{{\"prompt_tokens\":7}}}}\n\n")),
        gzip(&format!("data: {STOP}\n\n")),
    ];
    let packed = |kind: &str, body: &[u8]| {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-encoding: gzip\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        Reply::steps(vec![Step::Send([head.as_bytes(), body].concat())])
    };
    let all = [
        ("application/json", plain, r#"{"model":"m"}"#),
        ("text/event-stream", stream.concat(), r#"{"model":"m","stream":true}"#),
    ];
    for (kind, bytes, body) in all {
        app.stub.next("*", packed(kind, &bytes));
        let answer = Answer::read(send(&app, CHAT, &[("accept-encoding", "gzip")], body).await);
        let answer = answer.await;
        assert_eq!(answer.header("x-pool-attempts"), Some("1"), "{kind}");
        assert!(answer.body == bytes && !answer.broken, "{kind}");
    }
    let rows = super::usage(&app).await;
    assert_eq!(super::sum(&rows, |row| row.prompt_tokens), 14, "read to the end");
    assert_eq!(super::sum(&rows, |row| row.success), 2);
    app.stop().await;
}

#[actix_web::test]
async fn an_event_named_error_is_an_error() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 2).await;
    let named = || Step::Send(b"event: error\ndata: {\"message\":\"no\"}\n\n".to_vec());
    app.stub.next("*", Reply::sse_raw(vec![named()]));
    let answer = app.chat(&streamed("m")).await;
    assert_eq!(answer.header("x-pool-attempts"), Some("2"), "the next key answers");
    app.stub.next("*", Reply::sse_raw(vec![event(HELLO), named()]));
    app.chat(&streamed("m")).await;
    let stats = app.stats().await;
    assert_eq!((&stats["success_count"], &stats["failure_count"]), (&json!(1), &json!(1)));
    app.stop().await;
}

#[actix_web::test]
async fn a_gateway_that_gave_up_is_504() {
    let app = TestApp::start(Store::Sqlite, &["--max-attempts=1"]).await;
    add_keys(&app, 1).await;
    for (n, status) in [504, 524].into_iter().enumerate() {
        app.stub.next("*", error(status, "a timeout occurred"));
        let answer = app.ask(&format!("model-{n}")).await;
        assert_eq!((answer.status, answer.code()), (504, "upstream_timeout".to_owned()));
    }
    app.stop().await;
}

/// Reasons of the last request's attempts.
async fn reasons(app: &TestApp) -> Vec<String> {
    app.stats().await;
    let list = app.admin_get("/admin/requests").await.json();
    let attempts = list["requests"][0]["attempts"].as_array().expect("attempts").clone();
    attempts.iter().map(|attempt| attempt["verdict"].as_str().unwrap_or_default().into()).collect()
}

#[actix_web::test]
async fn a_reset_is_a_lost_connection() {
    let app = TestApp::start(Store::Sqlite, &["--max-attempts=1"]).await;
    add_keys(&app, 1).await;
    let begun = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    let until_closed = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"choices\":";
    for (n, bytes) in ["HTTP/1.1 200 OK\r\ncont", begun, until_closed].into_iter().enumerate() {
        let send = Step::Send(bytes.as_bytes().to_vec());
        app.stub.next("*", Reply::steps(vec![send, Step::Reset]));
        let answer = app.ask(&format!("model-{n}")).await;
        assert_eq!((answer.status, answer.code()), (502, "upstream_error".to_owned()), "{n}");
        assert!(answer.text().contains("connection broke"), "{n}: {}", answer.text());
        assert_eq!(reasons(&app).await, ["connection_lost"], "{n}");
    }
    app.stop().await;
}

both_stores! {
    async fn a_long_error_is_whole_or_a_word_of_ours(app, ["--upstream-idle-timeout-ms=300"]) {
        add_keys(&app, 1).await;
        let long = |size: usize| json!({"error": {"message": "x".repeat(size)}}).to_string();
        app.stub.next("*", Reply::json(400, &long(300_000)));
        let answer = app.ask("m").await;
        assert!(answer.status == 400 && answer.text() == long(300_000), "{}", answer.body.len());
        let promised = "HTTP/1.1 400 Bad\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n";
        let stalled = || Step::Send(format!("{promised}{{\"error\":{{").into_bytes());
        let broken = vec![
            Reply::json(400, &long(2 << 20)),
            Reply::steps(vec![stalled(), Step::Hang]),
            Reply::steps(vec![stalled(), Step::Close]),
            // A byte now and then, for ever.
            Reply::steps(
                std::iter::once(stalled())
                    .chain((0..60).flat_map(|_| [
                        Step::Pause(std::time::Duration::from_millis(50)),
                        Step::Send(b" ".to_vec()),
                    ]))
                    .chain([Step::Hang])
                    .collect(),
            ),
        ];
        for reply in broken {
            app.stub.next("*", reply);
            let answer = app.ask("m").await;
            let error: Value = answer.json();
            assert_eq!(answer.status, 400);
            assert_eq!(error["error"]["type"], "invalid_request_error", "{error}");
            assert!(error["error"]["message"].as_str().is_some_and(|text| text.contains("left out")));
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
    }
}

/// What can't be read can't be looked through for the key: it does not pass.
#[actix_web::test]
async fn an_encoding_that_nobody_asked_for_does_not_pass() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 2).await;
    let long = json!({"x": "x".repeat(2 << 20)}).to_string();
    for (encoding, attempts) in [("br", "2"), ("ZSTD", "2"), ("gzip, br", "2"), ("utf-8", "1")] {
        let reply = Reply::json(200, &long).with_header("content-encoding", encoding);
        app.stub.next("*", reply);
        let answer = app.ask(&format!("model-{encoding}")).await;
        assert_eq!((answer.status, answer.header("x-pool-attempts")), (200, Some(attempts)));
        assert_eq!(answer.body.len() > 2 << 20, attempts == "1", "{encoding}");
    }
    let words = r#"{"error":{"message":"unreadable"}}"#;
    app.stub.next("*", Reply::json(400, words).with_header("content-encoding", "br"));
    let answer = app.ask("m").await;
    assert_eq!((answer.status, answer.header("content-encoding")), (400, None));
    assert!(
        answer.json()["error"]["message"].as_str().is_some_and(|text| text.contains("left out"))
    );
    app.stop().await;
}
