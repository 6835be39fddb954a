//! What was counted, for administrators.

use std::time::Duration;

use pool_stub::Reply;
use serde_json::json;

use super::{fields, storage, three_chats};
use crate::support::both_stores;

both_stores! {
    async fn totals(app) {
        three_chats(&app).await;
        let stats = app.stats().await;
        assert_eq!(
            fields(&stats),
            [
                "active_keys",
                "cancelled_count",
                "client_error_count",
                "failed_keys",
                "failure_count",
                "latency_p50_ms",
                "latency_p99_ms",
                "refused_count",
                "requests_today",
                "storage",
                "success_count",
                "success_rate",
                "timestamp",
                "total_api_keys",
                "total_client_tokens",
                "total_requests",
                "ttft_p50_ms",
                "ttft_p99_ms"
            ]
        );
        let told = [
            "total_api_keys",
            "active_keys",
            "failed_keys",
            "total_client_tokens",
            "total_requests",
            "requests_today",
            "success_count",
            "failure_count",
            "client_error_count",
            "success_rate",
        ];
        let told = told.map(|name| stats[name].clone());
        assert_eq!(json!(told), json!([1, 1, 0, 1, 3, 3, 2, 0, 1, 100.0]));
        assert_eq!(stats["storage"], storage(&app));
        assert!(stats["latency_p99_ms"].as_i64() >= stats["latency_p50_ms"].as_i64());
        assert!(stats["ttft_p50_ms"].is_i64() && stats["ttft_p99_ms"].is_i64());
        assert_eq!(
            app.admin_get("/admin/stats?provider=openrouter").await.json()["total_requests"],
            0
        );
        assert_eq!(app.admin_get("/admin/stats?provider=all").await.json()["total_requests"], 3);
        assert_eq!(app.admin_get("/admin/stats?provider=nowhere").await.status, 404);
        app.app.clock.advance(Duration::from_secs(86_400));
        let tomorrow = app.stats().await;
        assert_eq!(
            (&tomorrow["requests_today"], &tomorrow["total_requests"]),
            (&json!(0), &json!(3))
        );
        app.app.clock.advance(Duration::from_secs(3_600));
        let later = app.stats().await;
        assert!(later["latency_p50_ms"].is_null() && later["ttft_p99_ms"].is_null());
    }

    async fn by_key(app) {
        let id = three_chats(&app).await;
        app.stub.next("*", Reply::json(403, "{}"));
        assert_eq!(app.ask("llama3.2").await.status, 503);
        let list = app.admin_get("/admin/keys/stats?sort=-total_requests").await.json();
        assert_eq!((&list["total"], &list["page"]), (&json!(1), &json!(1)));
        let key = &list["stats"][0];
        assert_eq!(
            fields(key),
            [
                "apiKey",
                "consecutiveFailures",
                "disabledReason",
                "failureCount",
                "id",
                "lastFailure",
                "lastSuccess",
                "lastUsed",
                "neutralCount",
                "status",
                "successCount",
                "successRate",
                "totalRequests"
            ]
        );
        let told = [
            "id",
            "apiKey",
            "totalRequests",
            "successCount",
            "failureCount",
            "successRate",
            "consecutiveFailures",
            "status",
            "disabledReason",
        ];
        let told = told.map(|name| key[name].clone());
        // The request that was at fault itself says nothing about the key.
        assert_eq!(json!(told), json!([id, "sk-s…6789", 4, 2, 1, 66.67, 1, "active", null]));
        assert!(key["lastFailure"].as_str() >= key["lastSuccess"].as_str());
        assert_eq!(key["lastUsed"], key["lastFailure"]);
        assert_eq!(app.ask("llama3.2").await.status, 200);
        let key = app.admin_get("/admin/keys/stats").await.json()["stats"][0].clone();
        assert_eq!(key["consecutiveFailures"], 0);
    }
}
