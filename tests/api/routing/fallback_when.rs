//! When another provider serves, and when not.

use pool_stub::{Reply, Step};
use serde_json::json;

use super::{PRIVATE, asked, fall_back, other, served};
use crate::support::both_stores;

const KEY: &str = "sk-first-0000001";

fn error(status: u16, words: &str) -> Reply {
    Reply::json(status, &json!({"error": {"message": words}}).to_string())
}

both_stores! {
    async fn whatever_keeps_the_provider_from_serving(
        app, [PRIVATE, "--max-attempts=1"]
    ) {
        let stub = other(&app).await;
        fall_back(&app, "*", &[("other", "theirs")]).await;
        let no_key = app.ask("llama3.2").await;
        assert_eq!(served(&no_key), (200, Some("other"), Some("1")), "no key");
        assert_eq!(asked(&stub), "theirs");
        let id = app.add_key(KEY).await;
        let reasons = [
            ("overloaded", error(503, "Server overloaded")),
            ("500", error(500, "no")),
            ("502", error(502, "no")),
            ("limited", error(429, "you've reached your weekly usage limit")),
            ("slots", error(429, "too many concurrent requests")),
            ("plan", error(403, "this model requires a subscription, upgrade for access")),
            ("401", error(401, "unauthorized")),
            ("402", error(402, "payment required")),
            ("reset", Reply::reset()),
            ("HTML", Reply::html()),
            ("empty", Reply::empty()),
            ("half an answer", Reply::too_short()),
            ("an error inside", Reply::json(200, r#"{"error":{"message":"no","code":500}}"#)),
        ];
        for (n, (name, reply)) in reasons.into_iter().enumerate() {
            let back = app.admin("POST", "/admin/keys/enable", &json!({"ids": [id]})).await;
            assert_eq!(back.status, 200);
            app.stub.next(KEY, reply);
            let answer = app.ask(&format!("model-{n}")).await;
            assert_eq!(served(&answer), (200, Some("other"), Some("2")), "{name}: {}", answer.text());
        }
        let off = app.admin("POST", "/admin/keys/disable", &json!({"ids": [id]})).await;
        assert_eq!(off.status, 200);
        let disabled = app.ask("model-x").await;
        assert_eq!(served(&disabled), (200, Some("other"), Some("1")), "all keys disabled");
    }

    async fn a_stream_falls_back_before_its_first_event(
        app, [PRIVATE, "--max-attempts=1", "--upstream-header-timeout-ms=300"]
    ) {
        let _other = other(&app).await;
        app.add_key(KEY).await;
        fall_back(&app, "llama3.2", &[("other", "*")]).await;
        let failed = Reply::sse(&[r#"{"error":{"code":502,"message":"no"}}"#]);
        for reply in [failed, Reply::hang()] {
            app.stub.next(KEY, reply);
            let body = json!({"model": "llama3.2", "messages": [], "stream": true});
            let answer = app.chat(&body).await;
            assert_eq!(served(&answer), (200, Some("other"), Some("2")));
            assert!(answer.text().contains("[DONE]"));
        }
    }

    async fn not_after_a_plain_answer_took_too_long(
        app, [PRIVATE, "--upstream-answer-timeout-ms=300"]
    ) {
        let stub = other(&app).await;
        app.add_key(KEY).await;
        fall_back(&app, "*", &[("other", "*")]).await;
        app.stub.next(KEY, Reply::hang());
        let answer = app.ask("llama3.2").await;
        assert_eq!((answer.status, answer.code().as_str()), (504, "upstream_timeout"));
        assert!(stub.calls().is_empty());
    }

    async fn not_after_the_first_byte(app, [PRIVATE]) {
        let stub = other(&app).await;
        app.add_key(KEY).await;
        fall_back(&app, "*", &[("other", "*")]).await;
        let hello = r#"{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}"#;
        let first = Step::Send(format!("data: {hello}\n\n").into_bytes());
        app.stub.next(KEY, Reply::sse_raw(vec![first, Step::Close]));
        let answer = app.chat(&json!({"model": "llama3.2", "messages": [], "stream": true})).await;
        assert_eq!(served(&answer), (200, Some("ollama"), Some("1")));
        assert!(answer.text().contains("broke off"), "{}", answer.text());
        assert!(stub.calls().is_empty());
    }

    async fn not_for_the_requests_own_faults(app, [PRIVATE]) {
        let stub = other(&app).await;
        app.add_key(KEY).await;
        fall_back(&app, "*", &[("other", "*")]).await;
        for (status, words) in
            [(400, "bad"), (413, "too long"), (422, "no"), (404, "model not found")]
        {
            app.stub.next(KEY, error(status, words));
            let answer = app.ask("llama3.2").await;
            assert_eq!(served(&answer), (status, Some("ollama"), Some("1")), "{words}");
        }
        let bad = app.chat(&json!({"messages": []})).await;
        assert_eq!(bad.status, 422);
        assert!(stub.calls().is_empty());
    }

    async fn a_model_that_is_gone_falls_back_when_it_is_named(app, [PRIVATE]) {
        let _other = other(&app).await;
        app.add_key(KEY).await;
        fall_back(&app, "old", &[("other", "new")]).await;
        app.stub.always(KEY, error(404, "model \"old\" not found"));
        assert_eq!(served(&app.ask("old").await), (200, Some("other"), Some("2")));
        assert_eq!(served(&app.ask("typo").await), (404, Some("ollama"), Some("1")));
    }

    async fn a_provider_that_is_switched_off(app, [PRIVATE]) {
        let _other = other(&app).await;
        let off = json!({"enabled": false});
        assert_eq!(app.admin("PATCH", "/admin/providers/ollama", &off).await.status, 200);
        assert_eq!(app.ask("llama3.2").await.code(), "provider_disabled");
        fall_back(&app, "llama3.2", &[("other", "*")]).await;
        assert_eq!(served(&app.ask("llama3.2").await), (200, Some("other"), Some("1")));
        assert_eq!(app.ask("another").await.code(), "provider_disabled");
    }
}
