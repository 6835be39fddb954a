//! The statistics: every request once, and exactly.

use pool_stub::Reply;
use serde_json::json;

use super::lines::Lines;
use super::{
    CHAT, HELLO, OPENROUTER_CHAT, add_keys, assert_has, error, key_stats, secret, soon, streamed,
    sum,
};
use super::{enable, usage};
use crate::support::{both_stores, until};

both_stores! {
    async fn a_mix_is_counted_exactly(app) {
        let ids = add_keys(&app, 1).await;
        let replies = [
            (Reply::ok(), 200),
            (Reply::ok(), 200),
            (error(400, "no"), 400),
            (error(429, "too many concurrent requests"), 429),
            (error(500, "no"), 502),
            (Reply::ok(), 200),
        ];
        for (reply, status) in replies {
            app.stub.next("*", reply);
            assert_eq!(app.ask("m").await.status, status);
            enable(&app, &ids).await;
        }
        app.stub.next("*", Reply::sse(&[HELLO]));
        assert_eq!(app.chat(&streamed("m")).await.status, 200);
        app.stub.next("*", Reply::hang());
        let client = Lines::whole(&app, r#"{"model":"m"}"#).await;
        soon(app.stub.arrived(8)).await;
        drop(client);
        until("it is counted", async || app.stats().await["total_requests"] == 8).await;

        let stats = app.stats().await;
        let told = json!({"success_count": 3, "failure_count": 3, "client_error_count": 1,
            "cancelled_count": 1, "refused_count": 0, "success_rate": 50.0});
        assert_has(&stats, told);
        assert_eq!(stats["requests_today"], 8);
        let rows = usage(&app).await;
        assert_eq!((sum(&rows, |row| row.requests), sum(&rows, |row| row.attempts)), (8, 8));
        assert_eq!((sum(&rows, |row| row.success), sum(&rows, |row| row.failure)), (3, 3));
        assert_eq!((sum(&rows, |row| row.cancelled), sum(&rows, |row| row.client_errors)), (1, 1));
        let of_keys = (sum(&rows, |row| row.key_attempts), sum(&rows, |row| row.key_failures));
        assert_eq!(of_keys, (8, 3));
        // The client that left counts as nginx's 499, the broken stream as a 502.
        assert_eq!((sum(&rows, |row| row.status_4xx), sum(&rows, |row| row.status_429)), (2, 1));
        assert_eq!(sum(&rows, |row| row.status_5xx), 2);
        assert_eq!(sum(&rows, |row| row.prompt_tokens), 30);
        assert_eq!(sum(&rows, |row| row.completion_tokens), 60);
        let key = key_stats(&app, ids[0]).await;
        let told = json!({"totalRequests": 8, "successCount": 3, "failureCount": 3,
            "neutralCount": 2});
        assert_has(&key, told);
    }

    async fn an_attempt_that_failed_is_the_keys_not_the_requests(app) {
        let ids = add_keys(&app, 2).await;
        app.stub.next("*", error(500, "no"));
        assert_eq!(app.ask("m").await.status, 200);
        let stats = app.stats().await;
        assert_has(&stats, json!({"total_requests": 1, "success_count": 1}));
        let rows = usage(&app).await;
        assert_eq!((sum(&rows, |row| row.requests), sum(&rows, |row| row.attempts)), (1, 2));
        let mut of_keys: Vec<_> =
            rows.iter().map(|row| (row.requests, row.key_attempts, row.key_failures)).collect();
        of_keys.sort_unstable();
        assert_eq!(of_keys, [(0, 1, 1), (1, 1, 0)], "each key's own");
        let mut results = Vec::new();
        for id in ids {
            let key = key_stats(&app, id).await;
            results.push((key["successCount"].as_i64(), key["failureCount"].as_i64()));
        }
        results.sort();
        assert_eq!(results, [(Some(0), Some(1)), (Some(1), Some(0))]);
    }

    async fn requests_that_no_key_served_are_counted_too(app) {
        assert_eq!(app.ask("m").await.status, 503);
        let stats = app.stats().await;
        let told = json!({"total_requests": 1, "failure_count": 0, "refused_count": 1});
        assert_has(&stats, told);
        let row = &usage(&app).await[0];
        assert_eq!((row.key_id, row.attempts, row.status_5xx, row.refused), (0, 0, 1, 1));
    }

    async fn counts_are_by_provider_model_and_token(app) {
        add_keys(&app, 1).await;
        app.add_key_with(&json!({"api_key": secret(1), "provider": "openrouter"})).await;
        let other = app.make_token(&json!({"name": "other"})).await;
        let ask = async |path, token: &str, model: &str| {
            app.call("POST", path, token, Some(&json!({"model": model}))).await.status
        };
        assert_eq!(ask(CHAT, &app.token, "a").await, 200);
        assert_eq!(ask(CHAT, &app.token, "b").await, 200);
        assert_eq!(ask(CHAT, &other, "b").await, 200);
        assert_eq!(ask(OPENROUTER_CHAT, &other, "b").await, 200);
        assert_eq!(app.stats().await["total_requests"], 3);
        for (provider, requests) in [("openrouter", 1), ("all", 4)] {
            let stats = app.admin_get(&format!("/admin/stats?provider={provider}")).await;
            assert_eq!(stats.json()["total_requests"], requests);
        }
        assert_eq!(usage(&app).await.len(), 4);
        let tokens = app.admin_get("/admin/tokens").await.json();
        for token in tokens["tokens"].as_array().expect("tokens") {
            assert_eq!(token["requestCount"], 2, "{token}");
        }
    }

    async fn names_of_models_that_are_not_there_fill_no_table(app) {
        add_keys(&app, 1).await;
        app.stub.always("*", error(404, "model \"x\" not found"));
        for n in 0..5 {
            assert_eq!(app.ask(&format!("invented-{n}")).await.status, 404);
        }
        let rows = usage(&app).await;
        assert_eq!((rows.len(), rows[0].requests, rows[0].model.as_str()), (1, 5, ""));
    }
}
