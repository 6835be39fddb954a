//! Whose turn it is, and how many may be under way.

use futures_util::future::{Either, select};
use pool_stub::{Gate, Reply, Step};
use serde_json::json;

use super::{HELLO, STOP, add_keys, error, event, held, open_stream, piece, secret, soon};
use crate::support::{Answer, TestApp, both_stores, until};

/// Adds the `n`th key with a cap on requests under way.
async fn add_capped(app: &TestApp, n: usize, cap: u32) {
    app.add_key_with(&json!({"api_key": secret(n), "max_concurrency": cap})).await;
}

fn order(app: &TestApp) -> Vec<String> {
    app.stub.calls().into_iter().map(|call| call.key).collect()
}

/// A stream that waits at the gate after its first event.
fn held_stream(gate: &Gate) -> Reply {
    Reply::sse_raw(vec![event(HELLO), Step::Wait(gate.clone()), event(STOP), event("[DONE]")])
}

fn assert_busy(answer: &Answer) {
    assert_eq!((answer.status, answer.code()), (429, "all_keys_busy".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("1"));
}

both_stores! {
    async fn keys_take_turns_strictly(app) {
        add_keys(&app, 3).await;
        for _ in 0..12 {
            assert_eq!(app.ask("llama3.2").await.status, 200);
        }
        let order = order(&app);
        for turn in order.chunks(3) {
            assert_eq!(turn, &order[..3]);
        }
        let mut first = order[..3].to_vec();
        first.sort();
        assert_eq!(first, [secret(0), secret(1), secret(2)]);
    }

    async fn a_weight_is_turns(app) {
        app.add_key_with(&json!({"api_key": secret(0), "weight": 3})).await;
        app.add_key(&secret(1)).await;
        for turn in 1..=4 {
            for _ in 0..4 {
                assert_eq!(app.ask("llama3.2").await.status, 200);
            }
            assert_eq!(app.stub.count(&secret(0)), 3 * turn);
        }
    }

    async fn a_full_key_makes_way(app) {
        add_capped(&app, 0, 1).await;
        add_capped(&app, 1, 1).await;
        let gate = Gate::new();
        app.stub.always("*", held_stream(&gate));
        let mut first = open_stream(&app, "m").await;
        let mut second = open_stream(&app, "m").await;
        assert!(piece(&mut first).await.contains("Hello"));
        assert!(piece(&mut second).await.contains("Hello"));
        assert_ne!(order(&app)[0], order(&app)[1]);
        assert_busy(&app.ask("m").await);
        assert_eq!(app.stub.calls().len(), 2);

        gate.open();
        assert!(Answer::read(first).await.text().ends_with("data: [DONE]\n\n"));
        assert_eq!(app.ask("m").await.status, 200);
        Answer::read(second).await;
        assert_eq!(app.stats().await["active_keys"], 2, "being busy is no fault");
    }

    async fn a_slot_comes_back_when_the_client_leaves(app) {
        add_capped(&app, 0, 1).await;
        let gate = Gate::new();
        app.stub.next("*", held_stream(&gate));
        let mut leaving = open_stream(&app, "m").await;
        assert!(piece(&mut leaving).await.contains("Hello"));
        assert_busy(&app.ask("m").await);
        drop(leaving);
        soon(app.stub.aborted(1)).await;
        until("a slot", async || app.ask("m").await.status == 200).await;
    }

    async fn slots_come_back_after_every_kind_of_failure(app) {
        add_capped(&app, 0, 1).await;
        let replies = [
            Reply::reset(),
            Reply::html(),
            error(400, "no"),
            error(500, "no"),
            Reply::sse_raw(vec![event(HELLO), Step::Close]),
            Reply::ok(),
        ];
        for (n, reply) in replies.into_iter().enumerate() {
            app.stub.next("*", reply);
            let answer = app.ask(&format!("model-{n}")).await;
            assert_ne!(answer.status, 429, "{n}");
        }
        assert_eq!(app.stub.calls().len(), 7, "after the reset the only key is asked once more");
    }

    async fn one_of_two_gets_the_last_slot(app) {
        add_capped(&app, 0, 1).await;
        let gate = Gate::new();
        app.stub.always("*", held(&gate));
        let pair = select(Box::pin(app.ask("m")), Box::pin(app.ask("m")));
        let (loser, winner) = match soon(pair).await {
            Either::Left(pair) | Either::Right(pair) => pair,
        };
        assert_busy(&loser);
        gate.open();
        assert_eq!(winner.await.status, 200);
        assert_eq!(app.stub.calls().len(), 1);
    }

    async fn two_of_many_never_exceed_the_cap(app) {
        add_capped(&app, 0, 2).await;
        add_capped(&app, 1, 2).await;
        let gate = Gate::new();
        app.stub.always("*", held(&gate));
        let all = futures_util::future::join_all((0..10).map(|_| app.ask("m")));
        let watch = async {
            soon(app.stub.arrived(4)).await;
            let counts = (app.stub.count(&secret(0)), app.stub.count(&secret(1)));
            gate.open();
            counts
        };
        let (answers, counts) = tokio::join!(all, watch);
        assert_eq!(counts, (2, 2));
        let served = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!((served, app.stub.calls().len()), (served, served));
        assert!(served >= 4);
    }
}
