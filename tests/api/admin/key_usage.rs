//! Statistics of one key, accounts, and what is told while it happens.

use std::time::Duration;

use pool_stub::Reply;
use serde_json::{Value, json};

use super::three_chats;
use crate::support::{both_stores, in_time};

both_stores! {
    async fn by_day_and_model(app) {
        let id = three_chats(&app).await;
        app.app.clock.advance(Duration::from_secs(86_400));
        assert_eq!(app.ask("llama3.2").await.status, 200);
        let answer = app.admin_get(&format!("/admin/api-keys/{id}/stats?days=7")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let report = answer.json();
        let rows: Vec<Value> = report["days"].as_array().expect("days").iter()
            .map(|day| json!([day["model"], day["requests"], day["success"], day["client_errors"]]))
            .collect();
        assert_eq!(rows.len(), 3, "{report}");
        assert_eq!(rows[0], json!(["llama3.2", 1, 1, 0]));
        assert!(report["days"][0]["day"].as_str() > report["days"][1]["day"].as_str());
        assert!(rows.contains(&json!(["gpt-oss:20b", 1, 1, 0])));
        let today = app.admin_get(&format!("/admin/api-keys/{id}/stats?days=1")).await.json();
        assert_eq!(today["days"].as_array().map(Vec::len), Some(1));
        for (query, status) in [("0", 422), ("366", 422), ("x", 422)] {
            let path = format!("/admin/api-keys/{id}/stats?days={query}");
            assert_eq!(app.admin_get(&path).await.status, status, "{query}");
        }
        assert_eq!(app.admin_get(&format!("/admin/api-keys/{}/stats", id + 1)).await.status, 404);
        let path = format!("/admin/api-keys/{id}/stats");
        assert_eq!(app.call("GET", &path, "", None).await.status, 401);
    }

    async fn accounts_add_up_their_keys(app) {
        for (key, account, cap) in [("sk-account-000001", "ann", 1), ("sk-account-000002", "ann", 3),
            ("sk-account-000003", "bob", 0), ("sk-account-000004", "", 5)] {
            app.add_key_with(&json!({"api_key": key, "account": account,
                "max_concurrency": cap})).await;
        }
        let spent = r#"{"limits":{"weekly":{"usage":1.0}}}"#;
        app.stub.on_probe("sk-account-000001", Reply::json(200, spent));
        app.admin("POST", "/admin/verify-key", &json!({"apiKey": "sk-account-000001"})).await;
        assert_eq!(app.ask("llama3.2").await.status, 200);
        assert_eq!(app.ask("llama3.2").await.status, 200);
        let answer = app.admin_get("/admin/accounts").await.json();
        let shown: Vec<Value> = answer["accounts"].as_array().expect("accounts").iter()
            .map(|it| json!([it["account"], it["keys"], it["active"], it["max_concurrency"],
                it["requests"], it["cooling_until"].is_string()]))
            .collect();
        assert_eq!(json!(shown), json!([["ann", 2, 0, 3, 0, true], ["bob", 1, 1, 0, 1, false]]));
        assert_eq!((&answer["total"], &answer["totalPages"]), (&json!(2), &json!(1)));
        let second = app.admin_get("/admin/accounts?page=2&pageSize=1").await.json();
        assert_eq!((&second["accounts"][0]["account"], &second["total"]),
            (&json!("bob"), &json!(2)));
        let found = app.admin_get("/admin/accounts?search=AN&provider=all").await.json();
        assert_eq!((&found["accounts"][0]["account"], &found["total"]),
            (&json!("ann"), &json!(1)));
        let other = app.admin_get("/admin/accounts?provider=openrouter").await.json();
        assert_eq!(other["accounts"], json!([]));
        assert_eq!(app.admin_get("/admin/accounts?provider=nowhere").await.status, 404);
        assert_eq!(app.admin_get("/admin/accounts?page=x").await.status, 422);
        assert_eq!(app.call("GET", "/admin/accounts", "", None).await.status, 401);
    }

    async fn changes_are_told_to_whoever_watches(app) {
        let mut events = app.app.events.watch();
        let mut next = async || loop {
            let event = in_time("an event", events.recv()).await.expect("an event");
            if event.kind == "key" {
                break event.data["keys"][0].clone();
            }
        };
        let id = app.add_key("sk-watched-0000001").await;
        assert_eq!(next().await, json!({"id": id, "change": "added"}));
        app.admin("POST", "/admin/keys/disable", &json!({"id": id, "duration": 0})).await;
        assert_eq!(next().await, json!({"id": id, "change": "state", "status": "disabled",
            "reason": "manual", "until": null, "failures": 0}));
        app.admin("POST", "/admin/keys/enable", &json!({"id": id})).await;
        assert_eq!(next().await["status"], "active");
        app.stub.always("*", Reply::json(402, "{}"));
        app.ask("llama3.2").await;
        let told = next().await;
        assert_eq!((&told["status"], &told["reason"]), (&json!("cooling"), &json!("out_of_credit")));
        app.admin("DELETE", &format!("/admin/api-keys/{id}"), &json!({})).await;
        assert_eq!(next().await, json!({"id": id, "change": "removed"}));
    }
}
