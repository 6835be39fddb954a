//! How many requests of one token are under way at once.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use pool_stub::{Gate, Reply, Step};
use serde_json::{Value, json};

use super::{CHAT, HELLO, STOP, add_keys, error, event, held, piece, soon, streamed};
use crate::support::{Answer, TestApp, both_stores, until};

async fn ask(app: &TestApp, token: &str) -> Answer {
    app.call("POST", CHAT, token, Some(&json!({"model": "m", "messages": []}))).await
}

async fn make(app: &TestApp, slots: u32) -> String {
    app.make_token(&json!({"name": "slots", "max_concurrency": slots})).await
}

fn assert_full(answer: &Answer) {
    assert_eq!((answer.status, answer.code().as_str()), (429, "token_concurrency"));
    assert_eq!(answer.json()["error"]["type"], "rate_limit_error");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

/// Requests under way as the administrator sees it. The token is the second that was made.
async fn under_way(app: &TestApp) -> Value {
    app.admin_get("/admin/tokens/2").await.json()["under_way"].clone()
}

both_stores! {
    async fn of_fifty_at_once_as_many_are_under_way_as_may(app) {
        add_keys(&app, 3).await;
        let token = make(&app, 5).await;
        let gate = Gate::new();
        app.stub.always("*", held(&gate));
        let mut all: FuturesUnordered<_> = (0..50).map(|_| ask(&app, &token)).collect();
        for _ in 0..45 {
            assert_full(&soon(all.next()).await.expect("an answer"));
        }
        // Some may have been let in and not have reached the upstream yet.
        let arrived = async { soon(app.stub.arrived(5)).await };
        tokio::select! {
            _ = all.next() => panic!("a sixth was let in, or the gate is open"),
            () = arrived => {}
        }
        assert_eq!((app.stub.calls().len(), under_way(&app).await), (5, json!(5)));
        gate.open();
        while let Some(answer) = soon(all.next()).await {
            assert_eq!(answer.status, 200);
        }
        assert_eq!(under_way(&app).await, 0);
        assert_eq!(ask(&app, &token).await.status, 200);
    }

    async fn clients_that_leave_give_their_slot_back(app) {
        add_keys(&app, 2).await;
        let token = make(&app, 1).await;
        for n in 1..=5 {
            // In the midst of a stream.
            app.stub.next("*", Reply::sse_raw(vec![event(HELLO), Step::Hang]));
            let mut leaving = app.open("POST", CHAT, &token, Some(&streamed("m"))).await;
            assert!(piece(&mut leaving).await.contains("Hello"));
            assert_full(&ask(&app, &token).await);
            drop(leaving);
            soon(app.stub.aborted(2 * n - 1)).await;
            until("a slot", async || under_way(&app).await == 0).await;
            // While the upstream thinks.
            app.stub.next("*", Reply::hang());
            let calls = app.stub.calls().len();
            tokio::select! {
                _ = ask(&app, &token) => panic!("it hangs"),
                () = async { soon(app.stub.arrived(calls + 1)).await } => {}
            }
            soon(app.stub.aborted(2 * n)).await;
            until("a slot", async || under_way(&app).await == 0).await;
        }
        assert_eq!(ask(&app, &token).await.status, 200);
    }

    async fn every_kind_of_end_gives_the_slot_back(app) {
        add_keys(&app, 1).await;
        let token = make(&app, 1).await;
        let replies = [
            Reply::ok(),
            Reply::reset(),
            Reply::html(),
            Reply::too_short(),
            error(400, "no"),
            error(500, "no"),
            Reply::sse_raw(vec![event(HELLO), Step::Close]),
            Reply::sse_raw(vec![event(HELLO), event(STOP), event("[DONE]")]),
        ];
        for (n, reply) in replies.into_iter().enumerate() {
            app.stub.next("*", reply);
            let body = json!({"model": format!("m{n}"), "messages": []});
            let answer = app.call("POST", CHAT, &token, Some(&body)).await;
            assert_ne!(answer.status, 429, "{n}");
            assert_eq!(under_way(&app).await, 0, "{n}");
        }
        // Without any key, too.
        let off = json!({"ids": [1], "duration": 0});
        assert_eq!(app.admin("POST", "/admin/keys/disable", &off).await.status, 200);
        for _ in 0..3 {
            assert_eq!(ask(&app, &token).await.code(), "no_healthy_key");
        }
    }
}
