//! Another key, as long as the client has not had a byte.

use pool_stub::{Reply, Step, chat_json};
use serde_json::json;

use super::{
    HELLO, OPENROUTER_CHAT, STOP, add_keys, advance, enable, error, event, secret, streamed,
};
use crate::support::{Answer, Store, TestApp, both_stores};

/// All that an upstream may do instead of answering.
fn failures() -> Vec<(&'static str, Reply)> {
    vec![
        ("a reset", Reply::reset()),
        ("a closed connection", Reply::close()),
        ("401", error(401, "unauthorized")),
        ("402", error(402, "payment required")),
        ("403", error(403, "forbidden")),
        ("another plan", error(403, "this model requires a subscription, upgrade for access")),
        ("429 session", error(429, "you've reached your session usage limit, please wait")),
        ("429 weekly", error(429, "you have reached your weekly usage limit")),
        ("429 slots", error(429, "timed out waiting for a concurrent request slot")),
        ("429", error(429, "too many concurrent requests")),
        ("408", error(408, "timeout")),
        ("500", error(500, "internal server error")),
        ("502", error(502, "bad gateway")),
        ("503", error(503, "Server overloaded, please retry shortly")),
        ("504", error(504, "gateway timeout")),
        ("a redirect", Reply::json(302, "{}").with_header("location", "/elsewhere")),
        ("HTML", Reply::html()),
        ("nothing", Reply::empty()),
        ("blanks", Reply::json(200, " \n")),
        ("half an answer", Reply::too_short()),
        ("half JSON", Reply::json(200, r#"{"id":"chatcmpl-1","choices":["#)),
        ("an error inside", Reply::json(200, r#"{"error":{"message":"no","code":500}}"#)),
        ("an error in words inside", Reply::json(200, r#"{"error":"no"}"#)),
        ("an answer that is no HTTP", Reply::steps(vec![Step::Send(b"SSH-2.0-x\r\n\r\n".into())])),
    ]
}

/// The same for a stream; its first event decides.
fn stream_failures() -> Vec<(&'static str, Reply)> {
    let comment = || Step::Send(b": OPENROUTER PROCESSING\n\n".to_vec());
    let failed = r#"{"error":{"code":502,"message":"no"},"choices":[{"finish_reason":"error"}]}"#;
    vec![
        ("an error first", Reply::sse(&[failed])),
        ("comments, then an error", Reply::sse_raw(vec![comment(), comment(), event(failed)])),
        ("no event", Reply::sse(&[])),
        ("comments only", Reply::sse_raw(vec![comment(), comment()])),
        ("a close before an event", Reply::sse_raw(vec![comment(), Step::Close])),
        ("half an event", Reply::sse_raw(vec![Step::Send(b"data: {\"cho".into()), Step::Close])),
        ("an error that is no stream", error(200, "no")),
        ("HTML", Reply::html()),
    ]
}

/// Two attempts since `before`, on two keys.
fn assert_failed_over(app: &TestApp, name: &str, answer: &Answer, before: usize) {
    assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    assert_eq!(answer.header("x-pool-attempts"), Some("2"), "{name}");
    let calls = app.stub.calls();
    assert_eq!(calls.len() - before, 2, "{name}");
    assert_ne!(calls[before].key, calls[before + 1].key, "{name}");
    assert_eq!(calls[before].body, calls[before + 1].body, "{name}");
}

both_stores! {
    async fn another_key_answers(app) {
        let ids = add_keys(&app, 3).await;
        for (name, reply) in failures() {
            let before = app.stub.calls().len();
            app.stub.next("*", reply);
            let answer = app.ask("llama3.2").await;
            assert_failed_over(&app, name, &answer, before);
            assert_eq!(answer.text(), chat_json("llama3.2"), "{name}");
            enable(&app, &ids).await;
            // Far more retries than any pool needs: they would meet their budget.
            advance(&app, 2);
        }
        let stats = app.stats().await;
        assert_eq!(stats["success_count"], failures().len());
        assert_eq!(stats["failure_count"], 0);
    }

    async fn another_key_streams(app) {
        for n in 0..3 {
            app.add_key_with(&json!({"api_key": secret(n), "provider": "openrouter"})).await;
        }
        for (name, reply) in stream_failures() {
            let before = app.stub.calls().len();
            app.stub.next("*", reply);
            let body = streamed("llama3.2");
            let answer = app.call("POST", OPENROUTER_CHAT, &app.token, Some(&body)).await;
            assert_failed_over(&app, name, &answer, before);
            assert!(answer.text().starts_with("data: {\"id\":\"chatcmpl-stub\""), "{name}");
            assert!(answer.text().ends_with("data: [DONE]\n\n"), "{name}");
            advance(&app, 2);
        }
    }

    async fn three_keys_are_tried_and_none_twice(app) {
        add_keys(&app, 5).await;
        app.stub.always("*", error(500, "no"));
        let answer = app.ask("llama3.2").await;
        assert_eq!((answer.status, answer.code()), (502, "upstream_error".to_owned()));
        let mut keys: Vec<String> = app.stub.calls().into_iter().map(|call| call.key).collect();
        keys.sort();
        keys.dedup();
        assert_eq!((app.stub.calls().len(), keys.len()), (3, 3));
    }

    async fn with_fewer_keys_there_are_fewer_attempts(app) {
        add_keys(&app, 2).await;
        app.stub.always("*", error(500, "no"));
        assert_eq!(app.ask("llama3.2").await.status, 502);
        assert_eq!(app.stub.calls().len(), 2);
    }
}

#[actix_web::test]
async fn after_the_first_event_nothing_is_tried_again() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    add_keys(&app, 3).await;
    app.stub.next("*", Reply::sse_raw(vec![event(HELLO), Step::Close]));
    let answer = app.chat(&streamed("llama3.2")).await;
    assert_eq!(answer.header("x-pool-attempts"), Some("1"));
    assert_eq!(app.stub.calls().len(), 1);
    assert!(!answer.text().contains(STOP));
    app.stop().await;
}
