//! The report of usage.

use std::time::Duration;

use chrono::NaiveDate;
use diesel_async::RunQueryDsl;
use ollama_api_pool::models::usage::{Batch, UsageRow};
use ollama_api_pool::with_conn;
use pool_stub::Reply;
use serde_json::{Value, json};

use crate::support::{TestApp, both_stores};

/// The rows as `[id, label, requests]`.
fn rows(report: &Value) -> Vec<Value> {
    let rows = report["rows"].as_array().expect("rows");
    rows.iter().map(|row| json!([row["id"], row["label"], row["requests"]])).collect()
}

async fn report(app: &TestApp, query: &str) -> Value {
    let answer = app.admin_get(&format!("/admin/usage?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn csv(app: &TestApp, query: &str) -> Vec<String> {
    let answer = app.admin_get(&format!("/admin/usage?format=csv&{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(answer.header("content-disposition").unwrap().starts_with("attachment; filename="));
    assert!(!answer.broken);
    answer.text().lines().map(str::to_owned).collect()
}

async fn execute(app: &TestApp, sql: &str) {
    let mut conn = app.app.database.get().await.expect("a connection");
    with_conn!(&mut conn, |conn| diesel::sql_query(sql).execute(conn).await).expect("it works");
}

/// Two keys of two providers, and four chats of two tokens.
async fn four_chats(app: &TestApp) -> (i64, i64) {
    let one = app.add_key("sk-usage-one-000001").await;
    let openrouter = json!({"api_key": "sk-usage-two-000002", "provider": "openrouter"});
    let two = app.add_key_with(&openrouter).await;
    let other = app.make_token(&json!({"name": "other"})).await;
    let chat = async |path: &str, token: &str, model: &str| {
        app.call("POST", path, token, Some(&json!({"model": model}))).await.status
    };
    assert_eq!(chat("/v1/chat/completions", &app.token, "a").await, 200);
    assert_eq!(chat("/v1/chat/completions", &app.token, "b").await, 200);
    app.stub.next("*", Reply::json(400, "{}"));
    assert_eq!(chat("/v1/chat/completions", &other, "b").await, 400);
    assert_eq!(chat("/openrouter/v1/chat/completions", &other, "b").await, 200);
    (one, two)
}

both_stores! {
    async fn by_each_group(app) {
        let (one, two) = four_chats(&app).await;
        let whole = report(&app, "").await;
        assert_eq!((&whole["group"], &whole["by"]), (&json!("model"), &json!("none")));
        assert_eq!(rows(&whole), [json!(["b", "b", 3]), json!(["a", "a", 1])]);
        let told = ["requests", "success", "client_errors", "cancelled", "status_4xx", "attempts"];
        assert_eq!(json!(told.map(|name| &whole["total"][name])), json!([4, 3, 1, 0, 1, 4]));
        let told = ["prompt_tokens", "completion_tokens", "total_tokens", "success_rate"];
        let row = &whole["rows"][0];
        assert_eq!(json!(told.map(|name| &row[name])), json!([20, 40, 60, 100.0]));
        assert!(row["avg_latency_ms"].is_i64() && row["latency_p99_ms"].is_i64(), "{row}");
        let of = report(&app, "group=provider").await;
        let provider = |id: &str, n: i64| json!([id, id, n]);
        assert_eq!(rows(&of), [provider("ollama", 3), provider("openrouter", 1)]);
        let of = report(&app, "group=key").await;
        let key = |id: i64, label: &str, n: i64| json!([id.to_string(), label, n]);
        assert_eq!(rows(&of), [key(one, "sk-u…0001", 3), key(two, "sk-u…0002", 1)]);
        assert!(of["rows"][0]["latency_p50_ms"].is_null(), "latencies aren't kept by key");
        let of = report(&app, "group=token").await;
        let tokens: Vec<_> = rows(&of).iter().map(|row| json!([row[1], row[2]])).collect();
        assert_eq!(tokens, [json!(["test", 2]), json!(["other", 2])]);
        assert_eq!(rows(&report(&app, "group=user").await), [json!(["0", "(no user)", 4])]);
        assert_eq!(rows(&report(&app, "group=none").await), [json!(["", "", 4])]);
    }

    async fn narrowed(app) {
        let (one, _) = four_chats(&app).await;
        let tokens = report(&app, "group=token").await;
        let token = tokens["rows"][1]["id"].as_str().unwrap().to_owned();
        let queries = [
            ("provider=openrouter".to_owned(), 1),
            ("provider=all".to_owned(), 4),
            ("model=b".to_owned(), 3),
            (format!("key={one}"), 3),
            (format!("token={token}"), 2),
            (format!("token={token}&provider=ollama&model=b&key={one}"), 1),
            ("token=999".to_owned(), 0),
            ("user=1".to_owned(), 0),
            ("to=2020-01-01&from=2019-12-01".to_owned(), 0),
        ];
        for (query, requests) in queries {
            assert_eq!(report(&app, &query).await["total"]["requests"], requests, "{query}");
        }
    }

    async fn of_users_and_of_what_was_deleted(app) {
        let (one, _) = four_chats(&app).await;
        let users = "INSERT INTO users (id, email, created_at, updated_at) \
             VALUES (41, 'ann@example.org', '2026-01-01 00:00:00', '2026-01-01 00:00:00')";
        execute(&app, users).await;
        execute(&app, "UPDATE client_tokens SET user_id = 41 WHERE name = 'test'").await;
        let of = report(&app, "group=user").await;
        assert_eq!(rows(&of), [json!(["0", "(no user)", 2]), json!(["41", "ann@example.org", 2])]);
        assert_eq!(report(&app, "user=41").await["total"]["requests"], 2);
        let path = format!("/admin/api-keys/{one}");
        let gone = app.call("DELETE", &path, crate::support::ADMIN_TOKEN, None);
        assert_eq!(gone.await.status, 200);
        let label = format!("(key {one}, deleted)");
        assert_eq!(rows(&report(&app, "group=key").await)[0], json!([one.to_string(), label, 3]));
    }

    async fn by_hour_and_by_day(app) {
        four_chats(&app).await;
        app.app.clock.advance(Duration::from_secs(86_400));
        assert_eq!(app.ask("a").await.status, 200);
        let now = app.app.clock.now().naive();
        let (today, yesterday) = (now.date(), now.date().pred_opt().unwrap());
        let days = report(&app, "by=day&group=none").await;
        let told: Vec<_> = days["rows"].as_array().unwrap().iter()
            .map(|row| json!([row["period"], row["requests"]])).collect();
        assert_eq!(told, [json!([yesterday, 4]), json!([today, 1])]);
        let hours = report(&app, "by=hour&group=model").await;
        let hour = format!("{}:00:00.000Z", now.format("%FT%H"));
        let last = hours["rows"].as_array().unwrap().last().unwrap();
        assert_eq!(json!([last["period"], last["id"]]), json!([hour, "a"]));
        assert_eq!(report(&app, &format!("from={today}")).await["total"]["requests"], 1);
        assert_eq!(report(&app, &format!("to={today}")).await["total"]["requests"], 4);
    }

    async fn as_csv(app) {
        app.add_key("sk-usage-csv-000001").await;
        assert_eq!(app.ask("=1+1").await.status, 200);
        assert_eq!(app.ask("b, \"c\"").await.status, 200);
        let lines = csv(&app, "").await;
        assert!(lines[0].starts_with("period,id,label,requests,success,failure,cancelled,success_rate,"));
        assert_eq!(lines.len(), 3);
        assert!(lines[1].starts_with(",'=1+1,'=1+1,1,1,0,0,100,"), "{lines:?}");
        assert!(lines[2].starts_with(",\"b, \"\"c\"\"\","), "{lines:?}");
        let columns = |line: &String| line.matches(',').count();
        assert_eq!(columns(&lines[0]), columns(&lines[1]));
    }

    async fn what_is_too_long_for_json_fits_into_csv(app) {
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let hour = day.and_hms_opt(5, 0, 0).unwrap();
        let row = |key_id| UsageRow {
            hour, day, provider: "ollama".to_owned(), key_id, model: "m".to_owned(), token_id: 1,
            requests: 1, success: 1, failure: 0, cancelled: 0, status_4xx: 0, status_429: 0,
            status_5xx: 0, attempts: 1, prompt_tokens: 1, completion_tokens: 1,
            latency_ms_sum: 10, ttft_ms_sum: 5, client_errors: 0, refused: 0, key_attempts: 1,
            key_failures: 0,
        };
        let batch = Batch { id: "many".to_owned(), hours: (1..=10_001).map(row).collect(), ..Batch::default() };
        let mut conn = app.app.database.get().await.expect("a connection");
        batch.apply(&mut conn, hour).await.expect("it is written");
        drop(conn);
        let range = "from=2026-01-01&to=2026-01-02&group=key";
        let answer = app.admin_get(&format!("/admin/usage?{range}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "invalid_value"));
        let lines = csv(&app, range).await;
        let mut ids: Vec<i64> =
            lines[1..].iter().map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
        ids.sort_unstable();
        assert_eq!(ids, (1..=10_001).collect::<Vec<_>>());
    }

    async fn refused(app) {
        for path in ["usage", "latency", "requests", "requests/x", "stats", "events"] {
            let answer = app.call("GET", &format!("/admin/{path}"), "", None).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "invalid_api_key"), "{path}");
            let answer = app.call("GET", &format!("/admin/{path}"), &app.token, None).await;
            assert_eq!(answer.status, 401, "{path}");
        }
        let queries = [
            ("usage?from=yesterday", 422),
            ("usage?from=2026-02-30", 422),
            ("usage?from=2026-01-02&to=2026-01-01", 422),
            ("usage?from=2001-01-01&to=2026-01-01", 422),
            ("usage?from=2026-01-01&to=2026-06-01&by=hour", 422),
            ("usage?by=minute", 422),
            ("usage?group=colour", 422),
            ("usage?group=reason&model=a", 422),
            ("usage?group=reason&key=1", 422),
            ("usage?token=x", 422),
            ("usage?format=xlsx", 422),
            ("usage?provider=nowhere", 404),
            ("usage?provider=nowhere&format=csv", 404),
            ("latency?by=week", 422),
            ("latency?from=x", 422),
            ("latency?provider=nowhere", 404),
        ];
        for (query, status) in queries {
            let answer = app.admin_get(&format!("/admin/{query}")).await;
            assert_eq!(answer.status, status, "{query}: {}", answer.text());
        }
        let answer = app.admin("POST", "/admin/usage", &json!({})).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")));
    }
}
