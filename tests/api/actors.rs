//! Actors that panic, and what comes of it: nothing.

use pool_stub::{Gate, Reply, Step};
use serde_json::json;

use crate::support::{TestApp, both_stores, in_time, until};

/// Waits until the guardian has started this actor anew `times` times.
async fn revived(app: &TestApp, actor: &str, times: u64) {
    until("the guardian notices", async || {
        let report = serde_json::to_value(app.app.actors.restarts().await).expect("a report");
        report[actor] == json!({"panicked": times})
    })
    .await;
}

/// An event stream that waits at the gate.
fn held(gate: &Gate) -> Reply {
    let send = |text: &str| Step::Send(text.as_bytes().to_vec());
    let first = send("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
    let rest = send("data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
    Reply::sse_raw(vec![first, Step::Wait(gate.clone()), rest])
}

both_stores! {
    async fn the_pool_comes_back_as_it_was(app) {
        let [on, off] =
            [app.add_key("sk-crash-on-00001").await, app.add_key("sk-crash-off-0001").await];
        app.admin("POST", "/admin/keys/disable", &json!({"id": off, "duration": 0})).await;
        app.stub.next("*", Reply::json(403, r#"{"error":"requires a subscription"}"#));
        assert_eq!(app.ask("large").await.code(), "model_unavailable");
        assert!(app.app.actors.key_pool.save().await.expect("the pool answers"));

        app.app.actors.key_pool.crash();
        revived(&app, "key_pool", 1).await;
        for _ in 0..4 {
            assert_eq!(app.ask("llama3.2").await.status, 200);
        }
        assert_eq!(
            (app.stub.count("sk-crash-on-00001"), app.stub.count("sk-crash-off-0001")),
            (5, 0)
        );
        assert_eq!(app.ask("large").await.code(), "model_unavailable");
        let status =
            [&app.key(on).await["status"], &app.key(off).await["status"]].map(ToString::to_string);
        assert_eq!(status, ["\"active\"", "\"disabled\""]);
        assert_eq!(app.stats().await["success_count"], 4);
        let health = app.call("GET", "/health", "", None).await.json();
        assert_eq!(health["restarts"], json!({"key_pool": {"panicked": 1}}));
        assert_eq!(
            (&health["status"], app.call("GET", "/readyz", "", None).await.status),
            (&json!("ok"), 200)
        );
    }

    async fn again_and_again(app) {
        app.add_key("sk-crash-again-01").await;
        for times in 1..=5 {
            app.app.actors.key_pool.crash();
            revived(&app, "key_pool", times).await;
            assert_eq!(app.ask("llama3.2").await.status, 200, "after crash {times}");
        }
        assert_eq!(app.stats().await["total_requests"], 5);
    }

    async fn a_pool_that_is_dead_answers_503_and_then_serves(app) {
        app.add_key("sk-crash-dead-001").await;
        app.app.actors.key_pool.crash();
        // Until the guardian looks, nobody can lend a key: the client is told to come back.
        until("it serves again", async || {
            let answer = app.ask("llama3.2").await;
            if answer.status == 503 {
                assert_eq!(
                    (answer.code().as_str(), answer.header("retry-after")),
                    ("unavailable", Some("1"))
                );
            }
            answer.status == 200
        })
        .await;
        revived(&app, "key_pool", 1).await;
    }

    async fn leases_outlive_the_pool(app) {
        let body = json!({"api_key": "sk-crash-lease-01", "max_concurrency": 1});
        let id = app.add_key_with(&body).await;
        let gate = Gate::new();
        app.stub.next("*", held(&gate));
        let body = json!({"model": "m", "messages": [], "stream": true});
        let response = app.open("POST", "/v1/chat/completions", &app.token, Some(&body)).await;
        in_time("the stream is held", gate.reached()).await;
        assert_eq!(app.ask("m").await.code(), "all_keys_busy");

        app.app.actors.key_pool.crash();
        revived(&app, "key_pool", 1).await;
        gate.open();
        let answer = crate::support::Answer::read(response).await;
        assert!(answer.text().ends_with("data: [DONE]\n\n") && !answer.broken);
        // The new pool lent nothing, and takes the key back all the same: it counts from zero.
        for _ in 0..3 {
            assert_eq!(app.ask("m").await.status, 200);
        }
        assert_eq!(app.key(id).await["status"], "active");
        let stats = app.stats().await;
        assert_eq!((&stats["success_count"], &stats["refused_count"]), (&json!(4), &json!(1)));
    }

    async fn statistics_survive_their_writer(app, ["--stats-flush-interval-ms=60000"]) {
        app.add_key("sk-crash-stats-01").await;
        for times in 1..=3 {
            for _ in 0..5 {
                assert_eq!(app.ask("llama3.2").await.status, 200);
            }
            app.app.actors.stats.crash();
            revived(&app, "stats", times).await;
        }
        let state = app.app.actors.stats.observe().await.expect("the writer answers");
        assert_eq!((state.recorded, state.written), (15, 0), "all of it was only in memory");
        let stats = app.stats().await;
        assert_eq!((&stats["total_requests"], &stats["success_count"]), (&json!(15), &json!(15)));
        let tokens = app.admin_get("/admin/tokens").await.json();
        assert_eq!(tokens["tokens"][0]["requestCount"], 15);
    }

    async fn both_at_once_under_load(app) {
        app.add_key("sk-crash-both-001").await;
        let mut answered = 0;
        for round in 1..=5 {
            let (chats, ()) = tokio::join!(
                futures_util::future::join_all((0..10).map(|_| app.ask("llama3.2"))),
                async {
                    app.app.actors.key_pool.crash();
                    app.app.actors.stats.crash();
                }
            );
            revived(&app, "key_pool", round).await;
            revived(&app, "stats", round).await;
            for chat in &chats {
                assert!(chat.status == 200 || chat.code() == "unavailable", "{}", chat.text());
            }
            answered += chats.len();
        }
        let stats = app.stats().await;
        assert_eq!(stats["total_requests"], answered, "each counted, once");
        assert_eq!(stats["success_count"], app.stub.calls().len());
    }
}
