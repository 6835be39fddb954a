//! The bytes, unchanged both ways.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use pool_stub::{Gate, Reply, Step, chat_json};
use serde_json::json;

use super::{
    CHAT, HELLO, STOP, Usage, add_keys, open_stream, secret, send, soon, streamed, sum, usage,
};
use crate::support::{Answer, Store, TestApp};

/// A body that any parser would write differently.
const ODD: &str = "{ \"stream\" : false,\t\"z\":1, \"a\":[1.0e2,  -0, 1E400],
 \"model\":\"llama\\u0033.2\",
 \"messages\":[{\"role\":\"user\",\"content\":\"Zażółć \\ud83d\\ude00 🦙 \\/ \\u0000\"}],
 \"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}],
 \"tool_choice\":\"auto\", \"big\":123456789012345678901234567890,
 \"new_in_2031\":{\"b\":{},\"a\":null} }\r\n";

const JSON: (&str, &str) = ("content-type", "application/json");

#[actix_web::test]
async fn both_bodies_pass_unchanged() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 1).await;
    app.stub.next("*", Reply::json(200, ODD));
    let answer = Answer::read(send(&app, CHAT, &[JSON], ODD).await).await;
    assert_eq!(answer.text(), ODD);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let call = &app.stub.calls()[0];
    assert_eq!(String::from_utf8_lossy(&call.body), ODD);
    assert_eq!(call.header("content-length"), Some(ODD.len().to_string().as_str()));
    assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", CHAT));
    assert_eq!(usage(&app).await[0].model, "llama3.2", "read as JSON means it");
    app.stop().await;
}

#[actix_web::test]
async fn a_long_prompt_and_a_long_answer_pass() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 2).await;
    let prompt = "🦙".repeat(1 << 18);
    let body = json!({"model": "m", "messages": [{"role": "user", "content": prompt}]}).to_string();
    let long =
        json!({"text": "y".repeat(9 << 20), "usage": {"prompt_tokens": 7, "completion_tokens": 8}});
    let long = long.to_string();
    app.stub.next("*", Reply::reset());
    app.stub.next("*", Reply::json(200, &long));
    let answer = Answer::read(send(&app, CHAT, &[JSON], body.clone()).await).await;
    assert_eq!((answer.status, answer.header("x-pool-attempts")), (200, Some("2")));
    assert!(answer.body == long.as_bytes() && !answer.broken);
    for call in app.stub.calls() {
        assert!(call.body == body.as_bytes());
    }
    let rows = usage(&app).await;
    let columns: [fn(&Usage) -> i64; 3] =
        [|row| row.prompt_tokens, |row| row.completion_tokens, |row| row.success];
    assert_eq!(columns.map(|column| sum(&rows, column)), [7, 8, 1]);
    app.stop().await;
}

#[actix_web::test]
async fn tool_calls_pass_unchanged() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 1).await;
    let function = r#"{"name":"f","arguments":"{\"error\":\"none\",\"usage\":{}"}"#;
    let delta = format!(r#"{{"tool_calls":[{{"index":0,"id":"c1","function":{function}}}]}}"#);
    let call = format!(r#"{{"choices":[{{"delta":{delta},"finish_reason":null}}]}}"#);
    let stop = r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#;
    app.stub.next("*", Reply::sse(&[&call, stop, "[DONE]"]));
    let answer = app.chat(&streamed("m")).await;
    assert_eq!(answer.text(), format!("data: {call}\n\ndata: {stop}\n\ndata: [DONE]\n\n"));
    assert_eq!(app.stats().await["success_count"], 1, "an `error` among arguments is none");
    app.stop().await;
}

#[actix_web::test]
async fn events_pass_unchanged_however_they_are_cut() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 1).await;
    let body = json!({"model": "m", "stream": true, "stream_options": {"include_usage": true}});
    let whole = app.chat(&body).await.text();
    assert!(whole.contains("\"usage\"") && whole.ends_with("data: [DONE]\n\n"));
    app.stub.next("*", Reply::dribble());
    assert_eq!(app.chat(&body).await.text(), whole);
    let rows = usage(&app).await;
    assert_eq!(
        (sum(&rows, |row| row.prompt_tokens), sum(&rows, |row| row.completion_tokens)),
        (20, 10)
    );
    assert_eq!(sum(&rows, |row| row.success), 2);
    app.stop().await;
}

#[actix_web::test]
async fn line_ends_comments_and_names_pass_unchanged() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 1).await;
    let usage_event = r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#;
    let text = format!(
        ": ping\r\n\r\nevent: x\r\nid: 1\r\ndata:{HELLO}\r\n\r\nretry: 5\r\ndata: {STOP}\r\n\r\n\
         data:   {usage_event}\r\n\r\ndata: [DONE]\r\n\r\n"
    );
    // A line end is cut in two.
    let (one, two) = text.split_at(text.find("\ndata:").expect("there"));
    let parts = [one, two].map(|part| Step::Send(part.as_bytes().to_vec()));
    app.stub.next("*", Reply::sse_raw(parts.into()));
    assert_eq!(app.chat(&streamed("m")).await.text(), text);
    let row = &usage(&app).await[0];
    assert_eq!((row.success, row.prompt_tokens, row.completion_tokens), (1, 3, 4));
    app.stop().await;
}

#[actix_web::test]
async fn gzip_passes_and_is_read_along() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 1).await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(chat_json("m").as_bytes()).expect("it fits");
    let packed = gzip.finish().expect("it ends");
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
         content-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    );
    app.stub.next("*", Reply::steps(vec![Step::Send([head.as_bytes(), &packed].concat())]));
    let response = send(&app, CHAT, &[("accept-encoding", "gzip")], r#"{"model":"m"}"#).await;
    let answer = Answer::read(response).await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert!(answer.body == packed);
    let row = &usage(&app).await[0];
    assert_eq!((row.prompt_tokens, row.completion_tokens), (10, 20));
    app.stop().await;
}

#[actix_web::test]
async fn a_gzip_stream_is_not_held_back() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 1).await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    write!(gzip, "data: {HELLO}\n\n").expect("it fits");
    gzip.flush().expect("it flushes");
    let first = std::mem::take(gzip.get_mut());
    let usage_event = r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#;
    write!(gzip, "data: {STOP}\n\ndata: {usage_event}\n\ndata: [DONE]\n\n").expect("it fits");
    let rest = gzip.finish().expect("it ends");
    let gate = Gate::new();
    let steps = vec![Step::Send(first.clone()), Step::Wait(gate.clone()), Step::Send(rest.clone())];
    app.stub.next("*", Reply::sse_raw(steps).with_header("content-encoding", "gzip"));
    let mut response = open_stream(&app, "m").await;
    let piece = soon(futures_util::StreamExt::next(&mut response)).await;
    assert!(piece.expect("there is one").expect("it is whole") == first);
    gate.open();
    assert!(Answer::read(response).await.body == rest);
    let row = &usage(&app).await[0];
    assert_eq!((row.success, row.prompt_tokens, row.completion_tokens), (1, 3, 4));
    app.stop().await;
}

#[actix_web::test]
async fn an_answer_longer_than_it_says_does_not_spoil_the_next() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    app.add_key(&secret(0)).await;
    for _ in 0..3 {
        app.stub.next("*", Reply::too_long());
        assert_eq!(app.ask("m").await.text(), "{}");
        let answer = app.ask("m").await;
        assert_eq!((answer.status, answer.text()), (200, chat_json("m")));
        assert_eq!(answer.header("x-pool-attempts"), Some("1"));
    }
    app.stop().await;
}

#[actix_web::test]
async fn an_upstream_that_repeats_the_key_does_not_give_it_away() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let secret = "sk-repeated-0000000001";
    app.add_key(secret).await;
    let words = format!(r#"{{"error":{{"message":"bad {secret}, yes {secret}"}}}}"#);
    app.stub.next(secret, Reply::json(400, &words));
    let answer = app.ask("m").await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.text(),
        r#"{"error":{"message":"bad [key]*****************, yes [key]*****************"}}"#
    );
    app.stop().await;
}
