//! What was counted, for anyone.

use std::time::Duration;

use pool_stub::Reply;
use serde_json::{Value, json};

use super::{fields, storage, three_chats};
use crate::support::both_stores;

both_stores! {
    async fn public(app) {
        three_chats(&app).await;
        let answer = app.call("GET", "/admin/public-stats", "", None).await;
        assert_eq!(answer.status, 200);
        let stats = answer.json();
        assert_eq!(
            fields(&stats),
            ["global", "hourlyTrend", "recentTopModels", "storage", "timestamp", "topModels"]
        );
        let global = &stats["global"];
        assert_eq!(
            fields(global),
            [
                "activeKeys",
                "cancelledCount",
                "clientErrorCount",
                "failedKeys",
                "failureCount",
                "lastUpdated",
                "refusedCount",
                "storage",
                "successCount",
                "successRate",
                "totalApiKeys",
                "totalRequests"
            ]
        );
        let told = [
            "totalRequests",
            "successCount",
            "failureCount",
            "clientErrorCount",
            "cancelledCount",
            "refusedCount",
            "successRate",
            "totalApiKeys",
            "activeKeys",
            "failedKeys",
        ]
        .map(|name| global[name].clone());
        assert_eq!(json!(told), json!([3, 2, 0, 1, 0, 0, 100.0, 1, 1, 0]));
        assert_eq!(
            (&stats["storage"], &global["storage"]),
            (&json!(storage(&app)), &stats["storage"])
        );
        let model = |name: &str, all: i64, good: i64, rate: f64| {
            json!({"model": name, "requests": all, "success": good, "failure": 0,
                "clientErrors": all - good, "cancelled": 0, "refused": 0, "successRate": rate})
        };
        let top = json!([model("llama3.2", 2, 1, 100.0), model("gpt-oss:20b", 1, 1, 100.0)]);
        assert_eq!((&stats["topModels"], &stats["recentTopModels"]), (&top, &top));
        assert_trend(&stats["hourlyTrend"], 3);
    }

    async fn public_ones_are_cached_and_per_provider(app) {
        three_chats(&app).await;
        let path = "/admin/public-stats?provider=openrouter";
        let before = app.call("GET", path, "", None).await.json();
        assert_eq!(
            (&before["global"]["totalRequests"], &before["topModels"]),
            (&json!(0), &json!([]))
        );
        assert_trend(&before["hourlyTrend"], 0);
        let first = app.call("GET", "/admin/public-stats", "", None).await.body;
        assert_eq!(app.ask("llama3.2").await.status, 200);
        assert_eq!(app.call("GET", "/admin/public-stats", "", None).await.body, first);
        let unknown = app.call("GET", "/admin/public-stats?provider=nowhere", "", None).await;
        assert_eq!((unknown.status, unknown.code().as_str()), (404, "unknown_provider"));
    }

    /// Names come from clients: what everybody sees are those of the catalogue, and one token's
    /// made-up names leave the others' their place in the statistics.
    async fn made_up_names_are_not_told(app) {
        app.add_key("sk-public-stats-00001").await;
        let busy = app.make_token(&json!({"name": "busy"})).await;
        for n in 0..130 {
            let body = json!({"model": format!("Visit evil.example/{n}"), "messages": []});
            for _ in 0..2 {
                let answer = app.call("POST", "/v1/chat/completions", &busy, Some(&body)).await;
                assert_eq!(answer.status, 200, "the upstream takes any name");
            }
        }
        assert_eq!(app.ask("llama3.2").await.status, 200);
        let stats = app.call("GET", "/admin/public-stats", "", None).await.json();
        for list in ["topModels", "recentTopModels"] {
            let names: Vec<&Value> =
                stats[list].as_array().unwrap().iter().map(|model| &model["model"]).collect();
            assert_eq!(names, [&json!("llama3.2")], "{list}");
        }
        assert_eq!(stats["global"]["totalRequests"], 261, "all are counted");
        let usage = app.admin_get("/admin/usage?group=model").await.json();
        let rows = usage["rows"].as_array().expect("rows");
        assert_eq!(rows.len(), 102, "a hundred of the token's, none, and the other's: {usage}");
        let nameless = rows.iter().filter(|row| row["requests"] == 60);
        assert_eq!(nameless.count(), 1, "thirty names twice: {usage}");
    }

    async fn without_a_catalogue_no_names_are_told(app) {
        app.stub.on_probe("*", Reply::json(500, "{}"));
        three_chats(&app).await;
        let stats = app.call("GET", "/admin/public-stats", "", None).await.json();
        assert_eq!((&stats["topModels"], &stats["recentTopModels"]), (&json!([]), &json!([])));
        assert_eq!(stats["global"]["totalRequests"], 3);
    }

    async fn the_day_rolls_on(app) {
        let ids: Vec<Value> = (0..12).map(|n| json!({"id": format!("model-{n}")})).collect();
        app.stub.on_probe("*", Reply::json(200, &json!({"data": ids}).to_string()));
        three_chats(&app).await;
        app.app.clock.advance(Duration::from_secs(5 * 3600));
        for n in 0..12 {
            assert_eq!(app.ask(&format!("model-{n}")).await.status, 200);
        }
        let stats = app.call("GET", "/admin/public-stats", "", None).await.json();
        assert_eq!(stats["topModels"].as_array().unwrap().len(), 10);
        assert_eq!(stats["recentTopModels"].as_array().unwrap().len(), 3);
        let trend = stats["hourlyTrend"].as_array().unwrap();
        assert_eq!((&trend[18]["requests"], &trend[23]["requests"]), (&json!(3), &json!(12)));
        assert_eq!((&trend[18]["success"], &trend[18]["clientErrors"]), (&json!(2), &json!(1)));
    }
}

/// Exactly 24 points, an hour apart, oldest first; all `requests` in the last or, when the clock
/// struck during the test, the one before it.
fn assert_trend(trend: &Value, requests: i64) {
    let trend = trend.as_array().expect("points");
    assert_eq!(trend.len(), 24);
    let hour = |point: &Value| {
        let told =
            ["cancelled", "clientErrors", "failure", "hour", "refused", "requests", "success"];
        assert_eq!(fields(point), told);
        let text = point["hour"].as_str().expect("a time");
        chrono::DateTime::parse_from_rfc3339(text).expect("RFC 3339").timestamp()
    };
    for pair in trend.windows(2) {
        assert_eq!(hour(&pair[1]) - hour(&pair[0]), 3600);
    }
    assert_eq!(hour(&trend[0]) % 3600, 0);
    let of = |point: &Value| point["requests"].as_i64().expect("a number");
    assert_eq!(trend[22..].iter().map(of).sum::<i64>(), requests);
    assert_eq!(trend[..22].iter().map(of).sum::<i64>(), 0);
}
