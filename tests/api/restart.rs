//! What a restart leaves as it was.

use std::time::Duration;

use pool_stub::Reply;
use serde_json::json;

use crate::support::{TestApp, each_store};

/// What a chat comes to: its status, and the code if it is an error.
async fn chat(app: &TestApp, model: &str) -> (u16, String) {
    let answer = app.ask(model).await;
    (answer.status, if answer.status == 200 { String::new() } else { answer.code() })
}

each_store! {
    async fn keys_tokens_and_statistics(store) {
        let app = TestApp::start(store, &[]).await;
        let body = json!({"api_key": "sk-restart-0000001", "username": "Ann", "weight": 5,
            "account": "one", "max_concurrency": 2});
        let id = app.add_key_with(&body).await;
        for _ in 0..3 {
            assert_eq!(chat(&app, "llama3.2").await.0, 200);
        }
        let (token, key, before) = (app.token.clone(), app.key(id).await, app.stats().await);
        let (home, stub) = {
            let stub = app.stub.clone();
            (app.stop().await, stub)
        };

        let app = TestApp::start_with(home, stub, &[]).await;
        assert_eq!(app.key(id).await, key);
        let after = app.stats().await;
        for name in ["total_requests", "success_count", "total_api_keys", "active_keys"] {
            assert_eq!(after[name], before[name], "{name}");
        }
        let body = json!({"model": "llama3.2", "messages": []});
        let answer = app.call("POST", "/v1/chat/completions", &token, Some(&body)).await;
        assert_eq!((answer.status, app.stub.count("sk-restart-0000001")), (200, 4));
        assert_eq!(app.stats().await["total_requests"], 4);
        let tokens = app.admin_get("/admin/tokens").await.json();
        assert_eq!(tokens["tokens"][1]["requestCount"], 4);
        app.stop().await;
    }

    async fn how_keys_stand(store) {
        let app = TestApp::start(store, &[]).await;
        let add = async |name: &str| app.add_key(&format!("sk-{name}-0123456789")).await;
        let manual = add("manual").await;
        let timed = add("timed").await;
        for (id, duration) in [(manual, 0), (timed, 7200)] {
            let body = json!({"id": id, "duration": duration});
            assert_eq!(app.admin("POST", "/admin/keys/disable", &body).await.status, 200);
        }
        let rejected = add("rejected").await;
        app.stub.on_probe("sk-rejected-0123456789", Reply::json(401, "{}"));
        app.admin("POST", "/admin/verify-key", &json!({"id": rejected})).await;
        let cooling = add("cooling").await;
        let limited = Reply::json(429, "{}").with_header("retry-after", "3000");
        app.stub.next("sk-cooling-0123456789", limited);
        assert_eq!(chat(&app, "llama3.2").await.0, 429);
        let before = [
            app.key(manual).await,
            app.key(timed).await,
            app.key(rejected).await,
            app.key(cooling).await,
        ];
        let status = before.each_ref().map(|key| key["status"].clone());
        assert_eq!(json!(status), json!(["disabled", "disabled", "failed", "cooling"]));

        let app = TestApp::start_in(app.stop().await, &[]).await;
        for key in &before {
            assert_eq!(&app.key(key["id"].as_i64().unwrap()).await, key);
        }
        let refused = app.ask("llama3.2").await;
        assert_eq!((refused.status, refused.code().as_str()), (429, "all_keys_cooling"));
        let wait: i64 = refused.header("retry-after").expect("when").parse().expect("seconds");
        assert!((2900..=3000).contains(&wait), "{wait}");
        assert_eq!(app.stub.calls().len(), 0);
        app.app.clock.advance(Duration::from_secs(3001));
        assert_eq!(chat(&app, "llama3.2").await.0, 200);
        assert_eq!(app.stub.calls()[0].key, "sk-cooling-0123456789");
        app.stop().await;
    }

    async fn failures_in_a_row_go_on_counting(store) {
        let mut app = TestApp::start(store, &[]).await;
        let id = app.add_key("sk-failing-0000001").await;
        for n in 1..=3 {
            app.stub.always("*", Reply::json(403, "{}"));
            assert_eq!(app.key(id).await["status"], "active", "before failure {n}");
            assert_eq!(chat(&app, "llama3.2").await.0, 503);
            app = TestApp::start_in(app.stop().await, &[]).await;
            let stats = app.admin_get("/admin/keys/stats").await.json();
            assert_eq!(stats["stats"][0]["consecutiveFailures"], n);
        }
        let key = app.key(id).await;
        assert_eq!(
            (&key["status"], &key["disabled_reason"]),
            (&json!("failed"), &json!("auto-disabled"))
        );
        assert_eq!(chat(&app, "llama3.2").await, (503, "no_healthy_key".to_owned()));
        app.app.clock.advance(Duration::from_secs(3601));
        assert_eq!(chat(&app, "llama3.2").await.0, 200, "an hour later it is back by itself");
        app.stop().await;
    }

    async fn a_model_that_a_plan_lacks(store) {
        let app = TestApp::start(store, &[]).await;
        app.add_key("sk-free-plan-00001").await;
        let lacks = Reply::json(403, r#"{"error":"this model requires a subscription"}"#);
        app.stub.next("*", lacks);
        assert_eq!(chat(&app, "large").await, (503, "model_unavailable".to_owned()));

        let app = TestApp::start_in(app.stop().await, &[]).await;
        assert_eq!(chat(&app, "large").await, (503, "model_unavailable".to_owned()));
        assert_eq!(app.stub.calls().len(), 0, "known without asking");
        assert_eq!(chat(&app, "small").await.0, 200);
        app.app.clock.advance(Duration::from_secs(86_401));
        assert_eq!(chat(&app, "large").await.0, 200);
        app.stop().await;
    }
}
