//! Clients that close their side of the connection: those that wait on, and those that have left.

use pool_stub::{Gate, Reply, Step};
use serde_json::json;

use super::raw::{Raw, chat};
use super::{HELLO, PLAIN, STREAM, event, events, soon};
use crate::support::{TestApp, both_stores, until};

const INTERIM: &str = "HTTP/1.1 100 Continue\r\n\r\n";

/// One request was counted, as cancelled.
async fn assert_cancelled(app: &TestApp) {
    until("it is counted", async || app.stats().await["total_requests"] == 1).await;
    let stats = app.stats().await;
    assert_eq!((&stats["success_count"], &stats["failure_count"]), (&json!(0), &json!(0)));
    assert_eq!(app.stub.open_calls(), 0);
}

both_stores! {
    async fn a_plain_answer_reaches_a_client_that_says_no_more(app) {
        app.add_key("sk-edges-00000001").await;
        let gate = Gate::new();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"here\": 1}";
        let steps = vec![Step::Wait(gate.clone()), Step::Send(answer.to_vec())];
        app.stub.next("*", Reply::steps(steps));
        let mut client = Raw::send(&app, chat(&app, "1.1", "", PLAIN)).await;
        client.half_close().await;
        soon(app.stub.arrived(1)).await;
        // It was noticed before the answer came.
        client.until(INTERIM).await;
        gate.open();
        let answer = client.rest().await;
        let answer = answer.trim_start_matches(INTERIM);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.ends_with("{\"here\": 1}"), "{answer}");
        assert_eq!(app.stats().await["success_count"], 1);
    }

    async fn a_stream_reaches_a_client_that_says_no_more(app) {
        app.add_key("sk-edges-00000001").await;
        let gate = Gate::new();
        let mut steps = vec![Step::Wait(gate.clone())];
        steps.extend(events());
        app.stub.next("*", Reply::sse_raw(steps));
        let mut client = Raw::send(&app, chat(&app, "1.1", "", STREAM)).await;
        client.half_close().await;
        soon(app.stub.arrived(1)).await;
        client.until(INTERIM).await;
        gate.open();
        let answer = client.rest().await;
        assert!(answer.contains("Hello") && answer.contains("[DONE]"), "{answer}");
        assert!(answer.ends_with("0\r\n\r\n"), "{answer}");
        assert_eq!(app.stats().await["success_count"], 1);
    }

    async fn one_that_leaves_later_cancels_its_call(app) {
        app.add_key("sk-edges-00000001").await;
        app.stub.next("*", Reply::hang());
        let mut client = Raw::send(&app, chat(&app, "1.1", "", PLAIN)).await;
        client.half_close().await;
        soon(app.stub.arrived(1)).await;
        client.until(INTERIM).await;
        drop(client);
        soon(app.stub.aborted(1)).await;
        assert_cancelled(&app).await;
    }

    async fn closing_after_the_answer_has_begun_is_leaving(app) {
        app.add_key("sk-edges-00000001").await;
        app.stub.next("*", Reply::sse_raw(vec![event(HELLO), Step::Hang]));
        let mut client = Raw::send(&app, chat(&app, "1.1", "", STREAM)).await;
        client.until("Hello").await;
        client.half_close().await;
        soon(app.stub.aborted(1)).await;
        assert_cancelled(&app).await;
    }

    async fn an_http_1_0_client_can_not_be_asked_and_has_left(app) {
        app.add_key("sk-edges-00000001").await;
        app.stub.next("*", Reply::hang());
        let mut client = Raw::send(&app, chat(&app, "1.0", "", PLAIN)).await;
        soon(app.stub.arrived(1)).await;
        client.half_close().await;
        soon(app.stub.aborted(1)).await;
        assert_cancelled(&app).await;
    }

    async fn what_costs_nothing_is_answered_whatever_the_version(app) {
        for version in ["1.0", "1.1"] {
            let ask = format!("GET /health HTTP/{version}\r\nhost: pool\r\n\r\n");
            let mut client = Raw::send(&app, ask).await;
            client.half_close().await;
            let answer = client.rest().await;
            assert!(answer.contains(&format!("HTTP/{version} 200 OK")), "{answer}");
            assert!(answer.ends_with('}'), "{answer}");
        }
    }
}
