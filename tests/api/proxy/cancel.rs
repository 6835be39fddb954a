//! Clients that leave before the end.

use pool_stub::{Gate, Reply, Step};
use serde_json::{Value, json};

use super::lines::Lines;
use super::{HELLO, add_keys, assert_has, event, key_stats, secret, soon, usage};
use crate::support::{TestApp, both_stores, until};

const BODY: &str = r#"{"model":"m"}"#;
const STREAM: &str = r#"{"model":"m","stream":true}"#;

/// The totals, once this many requests are counted.
async fn counted(app: &TestApp, requests: i64) -> Value {
    until("it is counted", async || app.stats().await["total_requests"] == requests).await;
    app.stats().await
}

/// Counted once, as nobody's success or failure, and the key is free again.
async fn assert_nobodys_fault(app: &TestApp, id: i64) {
    let stats = counted(app, 1).await;
    assert_has(&stats, json!({"success_count": 0, "failure_count": 0}));
    let rows = usage(app).await;
    assert_eq!((rows.len(), rows[0].cancelled, rows[0].attempts), (1, 1, 1));
    let key = key_stats(app, id).await;
    assert_has(&key, json!({"totalRequests": 1, "failureCount": 0}));
    assert_has(&key, json!({"consecutiveFailures": 0, "status": "active"}));
    until("a slot", async || app.ask("m").await.status == 200).await;
    assert_eq!(app.stub.open_calls(), 0);
}

/// The only key, for one request at a time.
async fn add_only_key(app: &TestApp) -> i64 {
    app.add_key_with(&json!({"api_key": secret(0), "max_concurrency": 1})).await
}

both_stores! {
    async fn leaving_while_the_upstream_thinks(app) {
        let id = add_only_key(&app).await;
        app.stub.next("*", Reply::hang());
        let client = Lines::whole(&app, BODY).await;
        soon(app.stub.arrived(1)).await;
        drop(client);
        soon(app.stub.aborted(1)).await;
        assert_nobodys_fault(&app, id).await;
        assert_eq!(app.stub.calls().len(), 2, "no other attempt for a client that has left");
    }

    async fn leaving_in_a_stream_that_is_silent(app) {
        let id = add_only_key(&app).await;
        let gate = Gate::new();
        app.stub.next("*", Reply::sse_raw(vec![event(HELLO), Step::Wait(gate.clone())]));
        let mut client = Lines::whole(&app, STREAM).await;
        client.until("Hello").await;
        drop(client);
        soon(app.stub.aborted(1)).await;
        assert!(gate.closed());
        assert_nobodys_fault(&app, id).await;
    }

    async fn leaving_before_a_streams_first_event(app) {
        let id = add_only_key(&app).await;
        app.stub.next("*", Reply::sse_raw(vec![Step::Send(b": wait\n\n".to_vec()), Step::Hang]));
        let client = Lines::whole(&app, STREAM).await;
        soon(app.stub.arrived(1)).await;
        drop(client);
        soon(app.stub.aborted(1)).await;
        assert_nobodys_fault(&app, id).await;
    }

    async fn leaving_in_the_midst_of_a_long_answer(app) {
        let id = add_only_key(&app).await;
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 90000000\r\n\r\n".to_vec();
        let piece = || Step::Send(vec![b'x'; 1 << 20]);
        let mut steps = vec![Step::Send(head), piece(), piece(), piece()];
        steps.push(Step::Hang);
        app.stub.next("*", Reply::steps(steps));
        let mut client = Lines::whole(&app, BODY).await;
        client.until("xxxx").await;
        drop(client);
        soon(app.stub.aborted(1)).await;
        assert_nobodys_fault(&app, id).await;
    }

    async fn leaving_ten_times_leaks_nothing(app) {
        add_keys(&app, 2).await;
        app.stub.always("*", Reply::sse_raw(vec![event(HELLO), Step::Hang]));
        for n in 1..=10 {
            let mut client = Lines::whole(&app, STREAM).await;
            client.until("Hello").await;
            drop(client);
            soon(app.stub.aborted(n)).await;
        }
        let stats = counted(&app, 10).await;
        assert_has(&stats, json!({"success_count": 0, "failure_count": 0}));
        assert_eq!((app.stub.open_calls(), &stats["active_keys"]), (0, &json!(2)));
        let cancelled: i64 = usage(&app).await.iter().map(|row| row.cancelled).sum();
        assert_eq!(cancelled, 10);
    }
}
