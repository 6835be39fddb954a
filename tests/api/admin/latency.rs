//! How long answers took.

use chrono::NaiveDate;
use ollama_api_pool::models::latency::LatencyRow;
use ollama_api_pool::stats::latency::bucket;
use pool_stub::Reply;
use serde_json::{Value, json};

use crate::support::{TestApp, both_stores};

/// A hundred answers of an hour: `n` seconds for `n` from 1 on, a tenth of it until the first byte.
async fn a_hundred(app: &TestApp, hour: u32, provider: &str, model: &str) {
    let hour = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().and_hms_opt(hour, 0, 0).unwrap();
    let row = |bucket, latency, ttft| LatencyRow {
        hour,
        provider: provider.to_owned(),
        model: model.to_owned(),
        bucket,
        latency,
        ttft,
    };
    for n in 1..=100 {
        let rows = [row(bucket(n * 1000), 1, 0), row(bucket(n * 100), 0, 1)];
        let mut conn = app.app.database.get().await.expect("a connection");
        for one in rows {
            LatencyRow::add(&mut conn, &[one]).await.expect("it is written");
        }
    }
}

async fn report(app: &TestApp, query: &str) -> Value {
    let answer = app.admin_get(&format!("/admin/latency?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn near(told: &Value, truth: i64) -> bool {
    told.as_i64().is_some_and(|told| (told - truth).abs() * 10 <= truth)
}

both_stores! {
    async fn percentiles(app) {
        a_hundred(&app, 5, "ollama", "a").await;
        a_hundred(&app, 7, "openrouter", "b").await;
        let span = "from=2026-01-01&to=2026-01-02";
        let hours = report(&app, span).await;
        let points = hours["points"].as_array().expect("points");
        let periods: Vec<_> = points.iter().map(|point| &point["period"]).collect();
        assert_eq!(json!(periods), json!(["2026-01-01T05:00:00.000Z", "2026-01-01T07:00:00.000Z"]));
        for point in points.iter().chain([&hours["total"]]) {
            for (name, rank) in [("p50_ms", 50), ("p90_ms", 90), ("p95_ms", 95), ("p99_ms", 99)] {
                assert!(near(&point["latency"][name], rank * 1000), "{name}: {point}");
                assert!(near(&point["ttft"][name], rank * 100), "{name}: {point}");
            }
        }
        assert_eq!((&points[0]["requests"], &hours["total"]["requests"]), (&json!(100), &json!(200)));
        let days = report(&app, &format!("{span}&by=day")).await;
        assert_eq!(days["points"][0]["period"], "2026-01-01");
        assert_eq!(days["points"][0]["requests"], 200);
        for (filter, requests) in [("provider=ollama", 100), ("model=b", 100), ("model=c", 0)] {
            let one = report(&app, &format!("{span}&{filter}")).await;
            assert_eq!(one["total"]["requests"], requests, "{filter}");
        }
        let none = report(&app, "model=c").await;
        assert!(none["total"]["latency"]["p50_ms"].is_null() && none["points"] == json!([]));
    }

    async fn only_good_answers_count(app) {
        app.add_key("sk-latency-00000001").await;
        assert_eq!(app.ask("m").await.status, 200);
        app.stub.next("*", Reply::json(400, "{}"));
        assert_eq!(app.ask("m").await.status, 400);
        let report = report(&app, "").await;
        assert_eq!((&report["by"], &report["total"]["requests"]), (&json!("hour"), &json!(1)));
        assert!(report["total"]["ttft"]["p99_ms"].as_i64() <= report["total"]["latency"]["p99_ms"].as_i64());
    }
}
