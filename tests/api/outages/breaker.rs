//! The circuit breaker of a model: who opens it, for whom, and how it closes.

use std::time::Duration;

use pool_stub::{Gate, Reply, Step};
use serde_json::json;

use super::{add_keys, breakers, counts, error, kinds, say};
use crate::support::{TestApp, both_stores};

fn advance(app: &TestApp, ms: u64) {
    app.app.clock.advance(Duration::from_millis(ms));
}

both_stores! {
    async fn one_client_that_always_fails_takes_nothing_from_others(app) {
        let keys = add_keys(&app, 4).await;
        let poison = app.make_token(&json!({"name": "poison"})).await;
        for (kind, reply) in kinds() {
            for n in 0..6 {
                keys.iter().for_each(|key| app.stub.always(key, reply.clone()));
                let failed = say(&app, &poison, "always the same").await;
                assert!(failed.status >= 400, "{kind}: {}", failed.status);
                app.stub.clear();
                for good in 0..3 {
                    let answer = say(&app, &app.token, &format!("{kind} {n} {good}")).await;
                    assert_eq!(answer.status, 200, "{kind}: {}", answer.text());
                }
            }
            assert_eq!(counts(&app).await["active"], 4, "{kind}");
            advance(&app, 60_000);
        }
    }

    async fn an_outage_opens_it_and_a_probe_closes_it(app) {
        let keys = add_keys(&app, 4).await;
        keys.iter().for_each(|key| app.stub.always(key, error(503, "overloaded")));
        let (mut tried, mut refused) = (0, 0);
        for n in 0..20 {
            let answer = say(&app, &app.token, &format!("text {n}")).await;
            assert_eq!(answer.status, 503);
            let wait: u64 = answer.header("retry-after").and_then(|wait| wait.parse().ok()).expect("a wait");
            assert!((1..=2).contains(&wait), "{wait}");
            if answer.code() == "circuit_breaker_open" {
                refused += 1;
            } else {
                tried += 1;
            }
        }
        assert!(tried <= 3 && refused >= 17, "{tried} tried, {refused} refused");
        let calls = app.stub.calls().len();
        assert!(calls <= 9, "{calls} calls");
        let shown = &breakers(&app).await["breakers"][0];
        assert_eq!((shown["state"].as_str(), shown["reason"].as_str()), (Some("open"), Some("overloaded")));
        assert_eq!(shown["one_client"], false);

        // One request each second and a half tests the upstream, by one call.
        advance(&app, 1_500);
        for n in 0..4 {
            assert_eq!(say(&app, &app.token, &format!("probe {n}")).await.status, 503);
        }
        assert_eq!(app.stub.calls().len(), calls + 1);
        app.stub.clear();
        assert_eq!(say(&app, &app.token, "too soon").await.code(), "circuit_breaker_open");
        advance(&app, 1_500);
        for n in 0..4 {
            assert_eq!(say(&app, &app.token, &format!("after {n}")).await.status, 200);
        }
        assert_eq!(counts(&app).await["active"], 4);
    }

    async fn an_administrator_closes_it(app) {
        let keys = add_keys(&app, 3).await;
        keys.iter().for_each(|key| app.stub.always(key, error(500, "no")));
        for n in 0..3 {
            say(&app, &app.token, &format!("text {n}")).await;
        }
        app.stub.clear();
        assert_eq!(say(&app, &app.token, "now").await.code(), "circuit_breaker_open");
        let which = json!({"provider": "ollama", "model": "m"});
        let closed = app.admin("POST", "/admin/circuit-breakers/close", &which).await.json();
        assert_eq!(closed["closed"], 1);
        assert_eq!(say(&app, &app.token, "now").await.status, 200);
        let closed = app.admin("POST", "/admin/circuit-breakers/close", &which).await.json();
        assert_eq!(closed["closed"], 0);
    }

    async fn a_success_that_began_before_closes_it(app) {
        let keys = add_keys(&app, 3).await;
        let gate = Gate::new();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec();
        app.stub.next("*", Reply::steps(vec![Step::Wait(gate.clone()), Step::Send(answer)]));
        let slow = async { say(&app, &app.token, "slow").await };
        let (answer, ()) = tokio::join!(slow, async {
            app.stub.arrived(1).await;
            keys.iter().for_each(|key| app.stub.always(key, error(500, "no")));
            for n in 0..4 {
                say(&app, &app.token, &format!("text {n}")).await;
            }
            assert_eq!(say(&app, &app.token, "one more").await.code(), "circuit_breaker_open");
            app.stub.clear();
            gate.open();
        });
        assert_eq!(answer.status, 200);
        assert_eq!(say(&app, &app.token, "at once").await.status, 200);
    }
}
