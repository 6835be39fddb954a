//! The log of requests.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use ollama_api_pool::stats::{Outcome, Record, Tokens};
use pool_stub::Reply;
use serde_json::{Value, json};

use crate::support::{ADMIN_TOKEN, Answer, TestApp, both_stores, until};

async fn list(app: &TestApp, query: &str) -> Value {
    let answer = app.admin_get(&format!("/admin/requests?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn lines(list: &Value) -> &Vec<Value> {
    list["requests"].as_array().expect("lines")
}

fn request_id(answer: &Answer) -> String {
    answer.header("x-request-id").expect("an id").to_owned()
}

/// A request that is over, without the wire.
fn record(app: &TestApp, outcome: Outcome) -> Record {
    Record {
        provider: Arc::from("ollama"),
        model: Arc::from("m"),
        asked: Arc::from("m"),
        token: 1,
        request_id: HeaderValue::from_static("many"),
        stream: false,
        cache: Cow::Borrowed("BYPASS"),
        at: app.app.clock.now(),
        outcome,
        status: if outcome == Outcome::Success { 200 } else { 502 },
        latency_ms: 1,
        ttft_ms: 1,
        tokens: Tokens::default(),
        attempts: Vec::new(),
        told: None,
    }
}

both_stores! {
    async fn a_chain_of_attempts(app) {
        let [one, two] =
            [app.add_key("sk-chain-one-canary1").await, app.add_key("sk-chain-two-canary2").await];
        app.stub.next("*", Reply::json(429, r#"{"error":"upstream-words"}"#));
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "prompt-canary"}]});
        let answer = app.chat(&body).await;
        assert_eq!(answer.status, 200);
        let id = request_id(&answer);
        let whole = app.admin_get("/admin/requests").await.text();
        for canary in ["canary1", "canary2", "prompt-canary", app.token.as_str()] {
            assert!(!whole.contains(canary), "{canary}: {whole}");
        }
        let list: Value = serde_json::from_str(&whole).unwrap();
        assert_eq!((&list["next"], &list["dropped"], &list["logging"]), (&Value::Null, &json!(0), &json!(true)));
        let line = &lines(&list)[0];
        let told = ["request_id", "provider", "model", "token", "stream", "outcome", "status", "cache"];
        assert_eq!(
            json!(told.map(|name| &line[name])),
            json!([id, "ollama", "m", "test", false, "success", 200, "BYPASS"])
        );
        let told = ["prompt_tokens", "completion_tokens"].map(|name| &line[name]);
        assert_eq!(json!(told), json!([10, 20]));
        let attempts = line["attempts"].as_array().expect("attempts");
        let told = ["provider", "verdict", "effect", "status", "model", "error_message"];
        let told: Vec<_> = attempts.iter().map(|one| told.map(|name| &one[name])).collect();
        assert_eq!(
            json!(told),
            json!([
                ["ollama", "rate_limited", "cool", 429, "m", "upstream-words"],
                ["ollama", "ok", "success", 200, "m", ""],
            ])
        );
        let keys: Vec<_> = attempts.iter().map(|one| (&one["key_id"], &one["key"])).collect();
        assert_eq!(
            json!(keys),
            json!([[one, "sk-c…ary1"], [two, "sk-c…ary2"]])
        );
        assert_eq!((&line["key_id"], &line["key"]), (&json!(two), &json!("sk-c…ary2")));
        assert!(attempts[0]["ttft_ms"].is_null() && attempts[1]["ttft_ms"].is_i64());
        let spent: i64 = attempts.iter()
            .flat_map(|one| [&one["wait_ms"], &one["duration_ms"]])
            .map(|ms| ms.as_i64().expect("milliseconds"))
            .sum();
        assert!(spent <= line["latency_ms"].as_i64().unwrap(), "{line}");
        for id in [id.as_str(), line["id"].as_str().unwrap()] {
            assert_eq!(&app.admin_get(&format!("/admin/requests/{id}")).await.json(), line);
        }
        let gone = app.admin_get("/admin/requests/019aaf3c-0000-7000-8000-000000000000").await;
        assert_eq!((gone.status, gone.code().as_str()), (404, "not_found"));
        assert_eq!(app.admin_get("/admin/requests/%00").await.status, 404);
    }

    async fn filters(app) {
        let key = app.add_key("sk-filter-00000001").await;
        app.add_key_with(&json!({"api_key": "sk-filter-00000002", "provider": "openrouter"})).await;
        assert_eq!(app.ask("a").await.status, 200);
        app.stub.next("*", Reply::json(400, "{}"));
        let bad = app.ask("b").await;
        assert_eq!(bad.status, 400);
        let other = app.make_token(&json!({"name": "other"})).await;
        let body = json!({"model": "a", "stream": true});
        let chat = app.call("POST", "/openrouter/v1/chat/completions", &other, Some(&body)).await;
        assert_eq!(chat.status, 200);
        let all = list(&app, "").await;
        let models: Vec<_> = lines(&all).iter().map(|line| (&line["provider"], &line["model"], &line["stream"])).collect();
        assert_eq!(
            json!(models),
            json!([["openrouter", "a", true], ["ollama", "b", false], ["ollama", "a", false]]),
            "newest first"
        );
        let token = lines(&all)[0]["token_id"].as_i64().unwrap();
        let first = lines(&all)[2]["at"].as_str().unwrap();
        let queries = [
            ("provider=openrouter".to_owned(), 1),
            ("provider=all".to_owned(), 3),
            ("model=a".to_owned(), 2),
            (format!("token={token}"), 1),
            (format!("key={key}"), 2),
            ("outcome=failure".to_owned(), 0),
            ("outcome=client_error".to_owned(), 1),
            ("outcome=success".to_owned(), 2),
            ("status=4xx".to_owned(), 1),
            ("status=200".to_owned(), 2),
            ("status=5xx".to_owned(), 0),
            (format!("search={}", request_id(&bad)), 1),
            ("search=nothing".to_owned(), 0),
            (format!("from={first}"), 3),
            (format!("from=2026-01-01&to={first}"), 0),
            (format!("provider=ollama&model=a&key={key}&status=2xx&outcome=success"), 1),
        ];
        for (query, found) in queries {
            assert_eq!(lines(&list(&app, &query).await).len(), found, "{query}");
        }
        for query in ["status=6xx", "status=9", "outcome=good", "cursor=x", "cursor=1.x", "from=x", "key=x"] {
            let answer = app.admin_get(&format!("/admin/requests?{query}")).await;
            assert_eq!((answer.status, answer.code().as_str()), (422, "invalid_value"), "{query}");
        }
        assert_eq!(app.admin_get("/admin/requests?provider=nowhere").await.status, 404);
    }

    async fn part_by_part(app) {
        app.add_key("sk-parts-000000001").await;
        for n in 0..7 {
            assert_eq!(app.ask(&format!("m{n}")).await.status, 200);
        }
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        for size in [3, 3, 1] {
            let part = list(&app, &format!("pageSize=3{cursor}")).await;
            assert_eq!(lines(&part).len(), size);
            seen.extend(lines(&part).iter().map(|line| line["model"].as_str().unwrap().to_owned()));
            cursor = part["next"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
        }
        assert_eq!((seen.join(" "), cursor.as_str()), ("m6 m5 m4 m3 m2 m1 m0".to_owned(), ""));
    }

    async fn a_client_that_leaves_and_no_key_at_all(app) {
        assert_eq!(app.ask("m").await.status, 503);
        app.add_key("sk-left-0000000001").await;
        app.stub.next("*", Reply::hang());
        let body = json!({"model": "m", "messages": []});
        let leaving = app.chat(&body);
        let left = tokio::select! {
            _ = leaving => false,
            () = app.stub.arrived(1) => true,
        };
        assert!(left, "it hangs");
        until("it is logged", async || lines(&list(&app, "").await).len() == 2).await;
        let all = list(&app, "").await;
        let told = |line: &Value| json!([line["outcome"], line["status"], line["key"].is_null()]);
        let told: Vec<_> = lines(&all).iter().map(told).collect();
        assert_eq!(told, [json!(["cancelled", 499, false]), json!(["refused", 503, true])]);
        let attempt = &lines(&all)[0]["attempts"][0];
        assert_eq!(json!([attempt["verdict"], attempt["status"]]), json!(["client_left", null]));
        assert_eq!(lines(&all)[1]["attempts"], json!([]));
    }

    async fn what_was_deleted_since_still_shows(app) {
        let key = app.add_key("sk-deleted-0000001").await;
        let token = app.make_token(&json!({"name": "gone"})).await;
        let body = json!({"model": "m"});
        let chat = app.call("POST", "/v1/chat/completions", &token, Some(&body)).await;
        assert_eq!(chat.status, 200);
        let id = lines(&list(&app, "").await)[0]["token_id"].as_i64().unwrap();
        for path in [format!("/admin/api-keys/{key}"), format!("/admin/tokens/{id}")] {
            assert_eq!(app.call("DELETE", &path, ADMIN_TOKEN, None).await.status, 200, "{path}");
        }
        let line = lines(&list(&app, "").await)[0].clone();
        let told = [&line["key"], &line["attempts"][0]["key"], &line["token"]];
        let gone = format!("(key {key}, deleted)");
        assert_eq!(json!(told), json!([gone, gone, format!("(token {id}, deleted)")]));
    }

    async fn off_by_a_setting(app) {
        app.add_key("sk-setting-0000001").await;
        let set = |value: &str| {
            app.app.settings.change(&BTreeMap::from([("request_log".to_owned(), value.to_owned())]));
        };
        set("false");
        assert_eq!(app.ask("unseen").await.status, 200);
        let off = list(&app, "").await;
        assert_eq!((lines(&off).len(), &off["logging"]), (0, &json!(false)));
        set("true");
        assert_eq!(app.ask("seen").await.status, 200);
        assert_eq!(lines(&list(&app, "").await)[0]["model"], "seen");
        assert_eq!(app.stats().await["total_requests"], 2, "counted all the same");
    }

    async fn too_many_are_sampled_and_failures_kept(app, ["--stats-flush-interval-ms=60000"]) {
        for n in 0..1_500 {
            let good = n % 100 != 0;
            let outcome = if good { Outcome::Success } else { Outcome::Failure };
            let number = app.app.actors.stats.begin();
            app.app.actors.stats.record(number, record(&app, outcome));
        }
        let failures = list(&app, "outcome=failure&pageSize=200").await;
        assert_eq!((lines(&failures).len(), &failures["dropped"]), (15, &json!(485)));
        assert_eq!(app.stats().await["total_requests"], 1_500, "all are counted");
        let (mut kept, mut cursor) = (0, String::new());
        loop {
            let part = list(&app, &format!("outcome=success&pageSize=200{cursor}")).await;
            kept += lines(&part).len();
            let Some(next) = part["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(kept, 1_000);
    }
}
