//! Requests that are turned away: each is counted by its reason, and an operator can see why.

use std::collections::BTreeMap;

use pool_stub::Reply;
use serde_json::{Value, json};

use super::{CHAT, OPENROUTER_CHAT, add_keys, advance, error, secret, send};
use crate::support::{Answer, TestApp, both_stores};

const HOUR: u64 = 3_600;

/// How often each reason was the answer.
#[derive(Default)]
struct Reasons(BTreeMap<String, i64>);

impl Reasons {
    fn note(&mut self, answer: &Answer, code: &str) {
        assert_eq!(answer.code(), code, "{}", answer.text());
        *self.0.entry(code.to_owned()).or_default() += 1;
    }
}

async fn token(app: &TestApp, body: Value) -> (String, i64) {
    let made = app.admin("POST", "/admin/tokens", &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let token = made["token"].as_str().expect("a token").to_owned();
    crate::support::canary::release(&token);
    (token, made["id"].as_i64().expect("an id"))
}

async fn chat(app: &TestApp, path: &str, token: &str, model: &str) -> Answer {
    app.call("POST", path, token, Some(&json!({"model": model, "messages": []}))).await
}

async fn raw(app: &TestApp, body: &'static str) -> Answer {
    Answer::read(send(app, CHAT, &[], body).await).await
}

async fn usage(app: &TestApp, query: &str) -> Value {
    let answer = app.admin_get(&format!("/admin/usage?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn log(app: &TestApp, query: &str) -> Vec<Value> {
    let answer = app.admin_get(&format!("/admin/requests?pageSize=200&{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["requests"].as_array().expect("lines").clone()
}

/// Counts of a report by its rows' ids.
fn counts(report: &Value, field: &str) -> BTreeMap<String, i64> {
    let rows = report["rows"].as_array().expect("rows").iter();
    let counts = rows.map(|row| {
        (row["id"].as_str().expect("an id").to_owned(), row[field].as_i64().expect("a count"))
    });
    counts.filter(|(_, count)| *count > 0).collect()
}

/// What a refusal says of who would have been asked.
fn pool_headers(answer: &Answer) -> [Option<&str>; 2] {
    ["x-pool-provider", "x-pool-attempts"].map(|name| answer.header(name))
}

/// Refuses a request in every way but for want of a key; returns the ids of the tokens.
async fn refuse_by_token(app: &TestApp, reasons: &mut Reasons) -> [i64; 2] {
    let (narrow, narrow_id) =
        token(app, json!({"name": "narrow", "models": ["a"], "providers": ["ollama"], "rpm": 2}))
            .await;
    reasons.note(&chat(app, OPENROUTER_CHAT, &narrow, "a").await, "provider_not_allowed");
    reasons.note(&chat(app, CHAT, &narrow, "b").await, "model_not_allowed");
    assert_eq!(chat(app, CHAT, &narrow, "a").await.status, 200);
    for _ in 0..3 {
        let limited = chat(app, CHAT, &narrow, "a").await;
        reasons.note(&limited, "token_requests_per_minute");
        assert_eq!(pool_headers(&limited), [Some("ollama"), Some("0")]);
    }
    let (away, _) = token(app, json!({"name": "away", "ip_allow": ["10.0.0.0/8"]})).await;
    reasons.note(&chat(app, CHAT, &away, "a").await, "ip_not_allowed");
    let (off, off_id) = token(app, json!({"name": "off"})).await;
    let path = format!("/admin/tokens/{off_id}");
    assert_eq!(app.admin("PATCH", &path, &json!({"enabled": false})).await.status, 200);
    for _ in 0..2 {
        reasons.note(&chat(app, CHAT, &off, "a").await, "token_disabled");
    }
    for unknown in ["sk-pool-nobody-knows-it", ""] {
        let answer = chat(app, CHAT, unknown, "a").await;
        reasons.note(&answer, "invalid_api_key");
        assert_eq!(pool_headers(&answer), [None, None]);
    }
    let (short, _) = token(app, json!({"name": "short", "expiresIn": 60})).await;
    advance(app, 61);
    reasons.note(&chat(app, CHAT, &short, "a").await, "token_expired");
    [narrow_id, off_id]
}

async fn refuse_by_request(app: &TestApp, reasons: &mut Reasons) {
    reasons.note(&raw(app, "{").await, "malformed_request");
    reasons.note(&raw(app, r#"{"messages":[]}"#).await, "invalid_value");
    let answer = chat(app, "/nowhere/v1/chat/completions", &app.token, "a").await;
    reasons.note(&answer, "unknown_provider");
    let off = json!({"enabled": false});
    assert_eq!(app.admin("PATCH", "/admin/providers/openrouter", &off).await.status, 200);
    let answer = chat(app, OPENROUTER_CHAT, &app.token, "a").await;
    reasons.note(&answer, "provider_disabled");
    assert_eq!(pool_headers(&answer), [Some("openrouter"), Some("0")]);
}

both_stores! {
    async fn every_one_is_counted_by_its_reason(app) {
        let mut reasons = Reasons::default();
        let answer = chat(&app, CHAT, &app.token, "a").await;
        reasons.note(&answer, "no_keys");
        assert_eq!(pool_headers(&answer), [Some("ollama"), Some("0")]);
        add_keys(&app, 1).await;
        let [narrow, off] = refuse_by_token(&app, &mut reasons).await;
        refuse_by_request(&app, &mut reasons).await;
        app.stub.next("*", error(429, "weekly usage limit").with_header("retry-after", "600"));
        let answer = app.ask("a").await;
        assert_eq!((answer.code().as_str(), pool_headers(&answer)),
            ("upstream_rate_limited", [Some("ollama"), Some("1")]), "keys were tried: a failure");
        let cooling = app.ask("a").await;
        reasons.note(&cooling, "all_keys_cooling");
        assert_eq!(pool_headers(&cooling), [Some("ollama"), Some("0")]);
        let all: i64 = reasons.0.values().sum();

        let report = usage(&app, "group=reason").await;
        assert_eq!(counts(&report, "refused"), reasons.0);
        assert_eq!(report["total"]["refused"], all);
        let tokens = counts(&usage(&app, "group=token").await, "refused");
        assert_eq!((tokens[&narrow.to_string()], tokens[&off.to_string()]), (5, 2), "{tokens:?}");
        assert_eq!(tokens.values().sum::<i64>(), all - 2, "the token of two is not known");
        let of_one = usage(&app, &format!("group=reason&token={narrow}")).await;
        assert_eq!(counts(&of_one, "refused")["token_requests_per_minute"], 3);
        let nobodys = usage(&app, "group=reason&token=0").await;
        assert_eq!(json!(counts(&nobodys, "refused")), json!({"invalid_api_key": 2}));
        let csv = app.admin_get("/admin/usage?group=reason&format=csv").await.text();
        assert!(csv.lines().any(|line| line.contains("token_disabled,token_disabled,2,")), "{csv}");

        let mut lines = BTreeMap::<String, i64>::new();
        for line in log(&app, "outcome=refused").await {
            *lines.entry(line["error_code"].as_str().unwrap().to_owned()).or_default() += 1;
            assert_eq!(line["attempts"], json!([]));
            assert!(!line["error_message"].as_str().unwrap().is_empty(), "{line}");
        }
        assert_eq!(lines, reasons.0);
        let limited = log(&app, "reason=token_requests_per_minute").await;
        let told = ["provider", "model", "token", "status"].map(|name| &limited[0][name]);
        assert_eq!((limited.len(), json!(told)), (3, json!(["ollama", "", "narrow", 429])), "its body is not read");
        let nobody = &log(&app, "token=0").await;
        assert_eq!((nobody.len(), &nobody[0]["token"]), (2, &json!("(no token)")));

        let stats = app.admin_get("/admin/stats?provider=all").await.json();
        let told = ["success_count", "failure_count", "refused_count", "total_requests"];
        let told = told.map(|name| stats[name].as_i64().unwrap());
        assert_eq!(told, [1, 1, all - 2, all], "two that nobody knows are in no total");
        assert_eq!(stats["success_rate"], 50.0, "of what was served");
    }

    async fn each_hour_has_its_own(app) {
        for _ in 0..2 {
            app.ask("a").await;
        }
        advance(&app, HOUR);
        app.ask("a").await;
        let report = usage(&app, "group=reason&by=hour").await;
        let rows = report["rows"].as_array().unwrap().iter();
        let hours: Vec<_> = rows.map(|row| (row["id"].clone(), row["refused"].clone())).collect();
        assert_eq!(hours, [(json!("no_keys"), json!(2)), (json!("no_keys"), json!(1))]);
        let model = usage(&app, "group=model").await;
        assert_eq!((&model["rows"][0]["id"], &model["rows"][0]["refused"]), (&json!("a"), &json!(3)));
    }

    /// What a limit refuses costs nothing: neither the token's day nor its own count.
    async fn refusals_are_no_use_of_a_token(app) {
        let (token, _) = token(&app, json!({"name": "counted", "daily_requests": 50})).await;
        for _ in 0..3 {
            assert_eq!(chat(&app, CHAT, &token, "a").await.status, 503);
        }
        add_keys(&app, 1).await;
        assert_eq!(chat(&app, CHAT, &token, "a").await.status, 200);
        let stats = app.stats().await;
        assert_eq!((&stats["refused_count"], &stats["success_count"]), (&json!(3), &json!(1)));
        let tokens = app.admin_get("/admin/tokens?search=counted").await.json();
        assert_eq!(tokens["tokens"][0]["requestCount"], 1, "{tokens}");
    }

    async fn the_asked_name_is_kept_beside_the_real_one(app) {
        add_keys(&app, 1).await;
        let alias = json!({"alias": "fast", "model": "gpt-oss:20b", "provider": "ollama"});
        assert_eq!(app.admin("POST", "/admin/aliases", &alias).await.status, 201);
        assert_eq!(app.ask("fast").await.status, 200);
        assert_eq!(app.ask("gpt-oss:20b").await.status, 200);
        let names = |line: &Value| json!([line["model"], line["asked_model"]]);
        let lines: Vec<_> = log(&app, "").await.iter().map(names).collect();
        let own = json!(["gpt-oss:20b", "gpt-oss:20b"]);
        assert_eq!(lines, [own, json!(["gpt-oss:20b", "fast"])]);
        assert_eq!(log(&app, "model=fast").await.len(), 1);
        assert_eq!(log(&app, "model=gpt-oss:20b").await.len(), 2);
        app.stub.next("*", error(404, "model not found"));
        assert_eq!(app.ask("invented").await.status, 404);
        assert_eq!(names(&log(&app, "").await[0]), json!(["", "invented"]));
    }

    async fn a_key_is_found_by_its_attempts_and_its_counts_agree(app) {
        let ids = add_keys(&app, 2).await;
        app.stub.next(&secret(0), error(500, "no"));
        while app.stub.count(&secret(0)) == 0 {
            assert_eq!(app.ask("m").await.status, 200);
        }
        app.stub.next("*", Reply::json(400, r#"{"error":{"message":"no"}}"#));
        assert_eq!(app.ask("m").await.status, 400);
        let found = log(&app, &format!("key={}", ids[0])).await;
        let failed = found.iter().find(|line| line["attempts"].as_array().unwrap().len() == 2);
        let failed = failed.expect("the request of which this key failed");
        assert_eq!((&failed["key_id"], &failed["outcome"]), (&json!(ids[1]), &json!("success")));
        assert_eq!(log(&app, "key=999").await.len(), 0);
        app.stats().await;
        for (n, id) in ids.into_iter().enumerate() {
            let key = app.key(id).await;
            let days = app.admin_get(&format!("/admin/api-keys/{id}/stats")).await.json();
            let sum = |name: &str| -> i64 {
                days["days"].as_array().unwrap().iter().map(|day| day[name].as_i64().unwrap()).sum()
            };
            assert_eq!(key["total_requests"], app.stub.count(&secret(n)));
            assert_eq!(key["total_requests"], sum("attempts"), "{days}");
            assert_eq!(key["answers"], sum("success"));
            assert_eq!(key["failed_attempts"], sum("failed_attempts"));
            assert_eq!(key["neutral_attempts"], sum("client_errors") + sum("cancelled"));
        }
        let keys = usage(&app, "group=key").await;
        assert_eq!(keys["total"]["attempts"], app.stub.calls().len(), "each key's own");
        assert_eq!(keys["total"]["failed_attempts"], 1);
    }
}
