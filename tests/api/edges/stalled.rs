//! Clients that stop reading.

use std::time::Duration;

use pool_stub::{Reply, Step};
use serde_json::json;

use super::raw::{Raw, chat};
use super::{HELLO, PLAIN, STREAM, event, events, soon};
use crate::support::{TestApp, both_stores, until};

/// More than the buffers between the upstream and the client hold.
const PIECES: usize = 48;

/// The call was ended, its request counted as cancelled, and its key is free again.
async fn assert_let_go(app: &TestApp) {
    soon(app.stub.aborted(1)).await;
    until("it is counted", async || app.stats().await["total_requests"] == 1).await;
    let stats = app.stats().await;
    assert_eq!((&stats["success_count"], &stats["failure_count"]), (&json!(0), &json!(0)));
    until("the key's slot", async || app.ask("m").await.status == 200).await;
    assert_eq!(app.stub.open_calls(), 0);
}

async fn add_only_key(app: &TestApp) {
    app.add_key_with(&json!({"api_key": "sk-edges-00000001", "max_concurrency": 1})).await;
}

both_stores! {
    async fn in_a_stream(app, ["--client-write-timeout-secs=1"]) {
        add_only_key(&app).await;
        let piece = || event(&HELLO.replace("Hello", &"x".repeat(1 << 20)));
        let mut steps = vec![event(HELLO)];
        steps.extend((0..PIECES).map(|_| piece()));
        steps.push(Step::Hang);
        app.stub.next("*", Reply::sse_raw(steps));
        let mut client = Raw::send_narrow(&app, chat(&app, "1.1", "", STREAM)).await;
        client.until("Hello").await;
        assert_let_go(&app).await;
        drop(client);
    }

    async fn in_a_large_plain_answer(app, ["--client-write-timeout-secs=1"]) {
        add_only_key(&app).await;
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 90000000\r\n\r\n".to_vec();
        let mut steps = vec![Step::Send(head)];
        steps.extend((0..PIECES).map(|_| Step::Send(vec![b'x'; 1 << 20])));
        steps.push(Step::Hang);
        app.stub.next("*", Reply::steps(steps));
        let mut client = Raw::send_narrow(&app, chat(&app, "1.1", "", PLAIN)).await;
        client.until("xxxx").await;
        assert_let_go(&app).await;
        drop(client);
    }

    async fn reading_slowly_is_not_that(app, ["--client-write-timeout-secs=2"]) {
        add_only_key(&app).await;
        let piece = || event(&HELLO.replace("Hello", &"x".repeat(1 << 20)));
        let mut steps: Vec<Step> = (0..PIECES).map(|_| piece()).collect();
        steps.extend(events());
        app.stub.next("*", Reply::sse_raw(steps));
        let lines = "connection: close\r\n";
        let client = Raw::send(&app, chat(&app, "1.1", lines, STREAM)).await;
        // In all longer than the limit, never as long without a byte.
        let pause = Duration::from_millis(500);
        let answer = client.rest_slowly(7, pause).await;
        assert!(answer.len() > PIECES << 20 && answer.ends_with("0\r\n\r\n"));
        assert_eq!(app.stats().await["success_count"], 1);
    }

    async fn waiting_for_a_slow_upstream_is_not_that(app, ["--client-write-timeout-secs=1"]) {
        add_only_key(&app).await;
        let mut steps = vec![event(HELLO), Step::Pause(Duration::from_millis(1500))];
        steps.extend(events());
        app.stub.next("*", Reply::sse_raw(steps));
        let lines = "connection: close\r\n";
        let client = Raw::send_narrow(&app, chat(&app, "1.1", lines, STREAM)).await;
        let answer = client.rest().await;
        assert!(answer.contains("[DONE]") && answer.ends_with("0\r\n\r\n"), "{answer}");
        assert_eq!(app.stats().await["success_count"], 1);
    }
}
