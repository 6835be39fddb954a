//! Streams on their way: unbuffered, and honest about how they end.

use pool_stub::{Gate, Reply, Step};
use serde_json::{Value, json};

use super::lines::Lines;
use super::{
    CHAT, HELLO, STOP, add_keys, assert_has, enable, event, key_stats, open_stream, piece, secret,
    send, soon, streamed,
};
use crate::support::{Answer, Store, TestApp, both_stores};

/// The code in the error event that ends a stream.
fn last_code(text: &str) -> String {
    let data = text.trim_end().rsplit("data: ").next().expect("an event");
    let json: Value = serde_json::from_str(data).expect("JSON");
    json["error"]["code"].as_str().expect("a code").to_owned()
}

async fn assert_counts(app: &TestApp, success: i64, failure: i64) {
    let stats = app.stats().await;
    let counts = (&stats["success_count"], &stats["failure_count"]);
    assert_eq!(counts, (&json!(success), &json!(failure)));
    assert_eq!(stats["total_requests"], success + failure);
}

both_stores! {
    async fn a_stream_that_dies_is_told_and_counted(app) {
        let ids = add_keys(&app, 2).await;
        let gate = Gate::new();
        let deaths = [
            ("truncated", vec![event(HELLO)]),
            ("connection_lost", vec![event(HELLO), Step::Close]),
            ("connection_lost", vec![event(HELLO), Step::Wait(gate.clone()), Step::Reset]),
            ("truncated", vec![event(HELLO), Step::Send(b"data: {\"ch".into())]),
        ];
        for (n, (code, steps)) in deaths.into_iter().enumerate() {
            app.stub.next("*", Reply::sse_raw(steps));
            let mut response = open_stream(&app, &format!("m{n}")).await;
            assert_eq!(response.status(), 200);
            assert_eq!(piece(&mut response).await, format!("data: {HELLO}\n\n"));
            gate.open();
            let rest = Answer::read(response).await;
            assert_eq!(last_code(&rest.text()), code);
            assert!(!rest.broken);
            assert_eq!(app.stub.calls().len(), n + 1, "no second attempt");
        }
        assert_counts(&app, 0, 4).await;
        for id in ids {
            let key = key_stats(&app, id).await;
            assert_has(&key, json!({"failureCount": 2, "status": "active"}));
        }
    }

    async fn an_error_under_way_passes_and_is_counted(app) {
        let id = app.add_key(&secret(0)).await;
        let failed = r#"{"error":{"code":502},"choices":[{"finish_reason":"error"}]}"#;
        app.stub.next("*", Reply::sse(&[HELLO, failed]));
        let answer = app.chat(&streamed("m")).await;
        assert_eq!(answer.text(), format!("data: {HELLO}\n\ndata: {failed}\n\n"));
        assert_counts(&app, 0, 1).await;
        assert_eq!(key_stats(&app, id).await["failureCount"], 1);

        let limited = r#"{"error":{"code":429,"message":"weekly usage limit"}}"#;
        app.stub.next("*", Reply::sse(&[HELLO, limited, "[DONE]"]));
        app.chat(&streamed("m")).await;
        assert_eq!(app.key(id).await["cooling_reason"], "weekly_limit");
        enable(&app, &[id]).await;
        assert_counts(&app, 0, 2).await;
    }

    async fn a_stream_that_stalls_is_told_and_counted(app, ["--upstream-idle-timeout-ms=200"]) {
        app.add_key(&secret(0)).await;
        app.stub.next("*", Reply::sse_raw(vec![event(HELLO), Step::Hang]));
        let answer = soon(app.chat(&streamed("m"))).await;
        assert_eq!(last_code(&answer.text()), "timed_out");
        soon(app.stub.aborted(1)).await;
        assert_counts(&app, 0, 1).await;
    }

    async fn a_stream_that_said_finished_may_lose_its_connection(app) {
        app.add_key(&secret(0)).await;
        app.stub.next("*", Reply::sse_raw(vec![event(HELLO), event(STOP), Step::Close]));
        let answer = app.chat(&streamed("m")).await;
        assert_eq!(answer.text(), format!("data: {HELLO}\n\ndata: {STOP}\n\n"));
        assert_counts(&app, 1, 0).await;
    }
}

#[actix_web::test]
async fn events_are_not_held_back() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    app.add_key(&secret(0)).await;
    let gates = [Gate::new(), Gate::new()];
    let waits = gates.clone().map(Step::Wait);
    let [first, second] = waits;
    app.stub
        .next("*", Reply::sse_raw(vec![event(HELLO), first, event(STOP), second, event("[DONE]")]));
    let mut response = open_stream(&app, "m").await;
    assert_eq!(piece(&mut response).await, format!("data: {HELLO}\n\n"));
    assert!(gates[0].closed());
    gates[0].open();
    assert_eq!(piece(&mut response).await, format!("data: {STOP}\n\n"));
    assert!(gates[1].closed());
    gates[1].open();
    assert_eq!(Answer::read(response).await.text(), "data: [DONE]\n\n");
    app.stop().await;
}

/// A promised length must not hide that an event was added, or cut it off.
#[actix_web::test]
async fn a_stream_with_a_length_that_dies_is_told() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    app.add_key(&secret(0)).await;
    let whole = format!("data: {HELLO}\n\ndata: {STOP}\n\n");
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\n\r\n",
        whole.len()
    );
    let part = head.clone() + &whole[..whole.len() - 40];
    app.stub.next("*", Reply::steps(vec![Step::Send(part.into_bytes()), Step::Close]));
    let answer = app.chat(&streamed("m")).await;
    assert_eq!(last_code(&answer.text()), "connection_lost");

    app.stub.next("*", Reply::steps(vec![Step::Send((head + &whole).into_bytes())]));
    assert_eq!(app.chat(&streamed("m")).await.text(), whole);
    assert_counts(&app, 1, 1).await;
    app.stop().await;
}

/// What is too long to be held back whole is passed on; when it breaks off, so does the client's.
#[actix_web::test]
async fn a_long_answer_that_dies_is_cut_off() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    let id = app.add_key(&secret(0)).await;
    let mut bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n{\"text\":\"".to_vec();
    bytes.resize(3 << 20, b'x');
    app.stub.next("*", Reply::steps(vec![Step::Send(bytes), Step::Close]));
    let response = send(&app, CHAT, &[], r#"{"model":"m"}"#).await;
    assert_eq!(response.status(), 200);
    let answer = Answer::read(response).await;
    assert_eq!(answer.header("content-length"), Some("9000000"));
    assert!(((1 << 20)..9_000_000).contains(&answer.body.len()));
    assert_eq!(app.stub.calls().len(), 1, "its first byte had gone out");
    assert_counts(&app, 0, 1).await;
    assert_eq!(key_stats(&app, id).await["failureCount"], 1);
    app.stop().await;
}

/// Without a promised length, an end that comes too early shows in the text alone.
#[actix_web::test]
async fn a_long_answer_without_a_length_that_dies_is_cut_off() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    app.add_key(&secret(0)).await;
    for (n, megabytes) in [2, 9].into_iter().enumerate() {
        let mut text = b"{\"text\":\"".to_vec();
        text.resize(megabytes << 20, b'x');
        let steps = vec![Step::Send(text), Step::Close];
        let reply = Reply::sse_raw(steps).with_header("content-type", "application/json");
        app.stub.next("*", reply);
        let answer = Lines::whole(&app, r#"{"model":"m"}"#).await.until_closed().await;
        assert!(answer.starts_with(b"HTTP/1.1 200 "));
        assert!(!answer.ends_with(b"0\r\n\r\n"), "no end that looks proper");
        assert_counts(&app, 0, n as i64 + 1).await;
    }
    app.stop().await;
}
