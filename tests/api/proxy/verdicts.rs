//! What an answer means for the key that was used: the client's fault, the key's or the provider's.

use pool_stub::{Gate, Reply};
use serde_json::json;

use super::{
    CHAT, add_keys, advance, assert_has, error, held, key_stats, retry_after, secret, soon,
};
use crate::support::both_stores;

both_stores! {
    async fn a_refused_request_is_the_clients_own(app) {
        let id = app.add_key(&secret(0)).await;
        let body = r#"{"error": {"message":"no such thing",  "code":null}, "żółw":1}"#;
        for status in [400, 404, 413, 415, 422].into_iter().cycle().take(15) {
            let reply = Reply::json(status, body).with_header("retry-after", "9");
            app.stub.next("*", reply);
            let answer = app.ask("llama3.2").await;
            assert_eq!((answer.status, answer.text().as_str()), (status, body));
            assert_eq!(answer.header("content-type"), Some("application/json"));
            assert_eq!(answer.header("retry-after"), Some("9"));
            assert_eq!(answer.header("x-pool-attempts"), Some("1"));
        }
        assert_eq!(app.stub.calls().len(), 15);
        let key = key_stats(&app, id).await;
        assert_has(&key, json!({"totalRequests": 15, "failureCount": 0}));
        assert_has(&key, json!({"consecutiveFailures": 0, "status": "active"}));
        assert_eq!(app.ask("llama3.2").await.status, 200);
    }

    async fn three_failures_bench_a_key_for_an_hour(app) {
        let id = app.add_key(&secret(0)).await;
        app.stub.always("*", error(403, "forbidden"));
        for failures in 1..=3 {
            assert_eq!(app.ask("llama3.2").await.status, 503);
            assert_eq!(key_stats(&app, id).await["consecutiveFailures"], failures);
        }
        let key = app.key(id).await;
        assert_has(&key, json!({"status": "failed", "disabled_reason": "auto-disabled"}));
        let answer = app.ask("llama3.2").await;
        assert_eq!((answer.status, answer.code()), (503, "no_healthy_key".to_owned()));
        assert!((3590..=3600).contains(&retry_after(&answer)));
        assert_eq!(app.stub.calls().len(), 3, "a benched key is left alone");

        app.stub.clear();
        advance(&app, 3601);
        assert_eq!(app.ask("llama3.2").await.status, 200);
        let key = key_stats(&app, id).await;
        assert_has(&key, json!({"status": "active", "consecutiveFailures": 0}));
        assert!(key["disabledReason"].is_null(), "{key}");
    }

    async fn a_400_about_the_key_is_the_keys(app) {
        let ids = add_keys(&app, 2).await;
        let google = r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]"#;
        app.stub.next("*", Reply::json(400, google));
        let answer = app.ask("llama3.2").await;
        assert_eq!((answer.status, answer.header("x-pool-attempts")), (200, Some("2")));
        let mut failures = 0;
        for id in ids {
            failures += key_stats(&app, id).await["consecutiveFailures"].as_i64().expect("a count");
        }
        assert_eq!(failures, 1);
        // Further on in a message stand a client's own words.
        app.stub.next("*", error(400, "Invalid value: 'API key not valid'"));
        let answer = app.ask("llama3.2").await;
        assert_eq!((answer.status, answer.header("x-pool-attempts")), (400, Some("1")));
    }

    async fn a_success_starts_the_count_anew(app) {
        let id = app.add_key(&secret(0)).await;
        let no = || error(403, "forbidden");
        for reply in [no(), no(), Reply::ok(), no(), no()] {
            app.stub.next("*", reply);
            app.ask("llama3.2").await;
        }
        assert_eq!(key_stats(&app, id).await["consecutiveFailures"], 2);
        assert_eq!(app.ask("llama3.2").await.status, 200);
    }

    async fn a_revoked_key_is_out_until_a_probe(app) {
        let id = app.add_key(&secret(0)).await;
        app.stub.on_probe("*", error(401, "unauthorized"));
        app.admin("POST", "/admin/verify-key", &json!({"id": id})).await;
        let key = app.key(id).await;
        assert_has(&key, json!({"status": "failed", "disabled_reason": "unauthorized"}));
        advance(&app, 30 * 86_400);
        assert_eq!(app.app.actors.health_check.sweep().await.expect("it sweeps"), 1);
        let answer = app.ask("llama3.2").await;
        let told = (answer.status, answer.header("retry-after"));
        assert_eq!(told, (503, None), "time heals nothing");
        app.stub.on_probe("*", error(500, "no"));
        assert_eq!(app.app.actors.health_check.sweep().await.expect("it sweeps"), 1);
        assert_eq!(app.ask("llama3.2").await.status, 503, "a probe that fails says nothing");

        app.stub.clear();
        assert_eq!(app.app.actors.health_check.sweep().await.expect("it sweeps"), 1);
        assert_eq!(app.ask("llama3.2").await.status, 200);
        assert_eq!(app.key(id).await["status"], "active");
        assert!(app.stub.probes().iter().all(|probe| probe.path == "/api/balance"));
    }

    async fn a_providers_outage_benches_no_key(app) {
        let ids = add_keys(&app, 3).await;
        app.stub.always("*", error(503, "Server overloaded, please retry shortly"));
        assert_eq!(app.ask("llama3.2").await.status, 503);
        assert_eq!(app.stub.calls().len(), 3);
        let answer = app.ask("llama3.2").await;
        assert_eq!((answer.status, answer.code()), (503, "circuit_breaker_open".to_owned()));
        assert!(retry_after(&answer) <= 2);
        assert_eq!(app.stub.calls().len(), 3, "the model is left alone for a moment");
        for id in ids {
            let key = key_stats(&app, id).await;
            assert_has(&key, json!({"status": "active", "consecutiveFailures": 0}));
        }
        app.stub.clear();
        assert_eq!(app.ask("another-model").await.status, 200, "other models go on");
        advance(&app, 2);
        assert_eq!(app.ask("llama3.2").await.status, 200);
    }

    async fn a_key_disabled_under_way_serves_to_its_end(app) {
        let id = app.add_key(&secret(0)).await;
        let gate = Gate::new();
        app.stub.next("*", held(&gate));
        let body = json!({"model": "m"});
        let (answer, _) = tokio::join!(app.call("POST", CHAT, &app.token, Some(&body)), async {
            soon(app.stub.arrived(1)).await;
            app.admin("POST", "/admin/keys/disable", &json!({"id": id, "duration": 0})).await;
            gate.open();
        });
        assert_eq!(answer.status, 200);
        assert_eq!(app.key(id).await["status"], "disabled");
        assert_eq!(app.ask("m").await.status, 503);
    }
}
