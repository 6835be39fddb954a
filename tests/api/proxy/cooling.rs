//! Limits that pass: what has to wait for them, and for how long.

use chrono::{DateTime, Datelike, Timelike, Utc, Weekday};
use pool_stub::{Gate, Reply, Step};
use serde_json::json;

use super::{
    OPENROUTER_CHAT, add_keys, advance, assert_has, enable, error, key_stats, retry_after, secret,
    soon, streamed,
};
use crate::support::{Answer, TestApp, both_stores, until};

const SESSION: &str = "you have reached your session usage limit, please wait or upgrade";
const WEEKLY: &str = "you have reached your weekly usage limit, please wait or upgrade";
const PLAN: &str = "this model requires a subscription, upgrade for access: https://ollama.com";

async fn openrouter(app: &TestApp, model: &str) -> Answer {
    app.call("POST", OPENROUTER_CHAT, &app.token, Some(&json!({"model": model}))).await
}

async fn cooling_until(app: &TestApp, id: i64) -> DateTime<Utc> {
    let until = app.key(id).await["cooling_until"].as_str().expect("it is cooling").to_owned();
    until.parse().expect("a time")
}

both_stores! {
    async fn a_spent_session_waits_for_the_window(app) {
        let id = app.add_key(&secret(0)).await;
        let before = app.app.clock.now().0.div_euclid(18_000_000);
        app.stub.next("*", error(429, SESSION));
        let answer = app.ask("llama3.2").await;
        assert_eq!((answer.status, answer.code()), (429, "upstream_rate_limited".to_owned()));
        let wait = retry_after(&answer);
        let until = cooling_until(&app, id).await.timestamp();
        assert_eq!(until % 18_000, 0);
        assert!((1..=2).contains(&(until / 18_000 - before)), "the very next window");
        assert_eq!(app.key(id).await["cooling_reason"], "session_limit");

        let answer = app.ask("gpt-oss:20b").await;
        assert_eq!((answer.status, answer.code()), (429, "all_keys_cooling".to_owned()));
        assert!(retry_after(&answer).abs_diff(wait) <= 5);
        assert_eq!(app.stub.calls().len(), 1, "a cooling key is left alone");
        advance(&app, wait + 1);
        assert_eq!(app.ask("llama3.2").await.status, 200);
    }

    async fn a_spent_week_waits_for_monday_and_a_short_wait_does_not_cut_it(app) {
        let id = app.add_key(&secret(0)).await;
        let gates = [Gate::new(), Gate::new()];
        for (gate, words) in gates.iter().zip([WEEKLY, "too many concurrent requests"]) {
            let body = json!({"error": words}).to_string();
            let head = format!("HTTP/1.1 429 No\r\ncontent-length: {}\r\n\r\n", body.len());
            let send = Step::Send((head + &body).into_bytes());
            app.stub.next("*", Reply::steps(vec![Step::Wait(gate.clone()), send]));
        }
        let (first, second) = tokio::join!(app.ask("llama3.2"), async {
            let second = async {
                soon(app.stub.arrived(1)).await;
                app.ask("llama3.2").await
            };
            let in_turn = async {
                soon(app.stub.arrived(2)).await;
                gates[0].open();
                until("it cools", async || app.key(id).await["status"] == "cooling").await;
                gates[1].open();
            };
            tokio::join!(second, in_turn).0
        });
        assert_eq!((first.status, second.status), (429, 429));
        let until = cooling_until(&app, id).await;
        assert_eq!((until.weekday(), until.num_seconds_from_midnight()), (Weekday::Mon, 0));
        assert_eq!(app.key(id).await["cooling_reason"], "weekly_limit");
    }

    async fn keys_of_one_account_share_its_limits(app) {
        let mut ids = Vec::new();
        for (n, account) in ["one", "one", "two"].into_iter().enumerate() {
            let key = json!({"api_key": secret(n), "account": account});
            ids.push(app.add_key_with(&key).await);
        }
        app.stub.always(&secret(0), error(429, SESSION));
        app.stub.always(&secret(1), error(429, SESSION));
        for _ in 0..4 {
            assert_eq!(app.ask("llama3.2").await.status, 200);
        }
        assert_eq!(app.stub.count(&secret(0)) + app.stub.count(&secret(1)), 1);
        for (id, status) in ids.into_iter().zip(["cooling", "cooling", "active"]) {
            assert_eq!(app.key(id).await["status"], status);
        }
    }

    async fn a_plan_without_a_model_costs_the_key_nothing_else(app) {
        let ids = add_keys(&app, 2).await;
        let lacking = secret(0);
        for round in 0..6 {
            app.stub.next(&lacking, error(403, PLAN));
            assert_eq!(app.ask("big").await.status, 200);
            assert_eq!(app.stub.count(&lacking), 1, "round {round}");
        }
        app.stub.clear();
        for _ in 0..4 {
            assert_eq!(app.ask("small").await.status, 200);
        }
        assert_eq!(app.stub.count(&lacking), 3, "the key is healthy for other models");
        let key = key_stats(&app, ids[0]).await;
        assert_has(&key, json!({"status": "active", "consecutiveFailures": 0}));
        advance(&app, 86_401);
        for _ in 0..2 {
            assert_eq!(app.ask("big").await.status, 200);
        }
        assert_eq!(app.stub.count(&lacking), 4, "asked again after a day");
    }

    async fn a_model_that_is_not_paid_for_costs_the_account_nothing_else(app) {
        for words in [
            "this model is not included in your free usage, upgrade for access",
            "this model uses extra usage only and your extra usage balance is empty",
        ] {
            let id = app.add_key(&secret(words.len())).await;
            app.stub.next("*", Reply::json(402, &json!({"error": words}).to_string()));
            let answer = app.ask("big").await;
            assert_eq!((answer.status, answer.code()), (503, "model_unavailable".to_owned()));
            assert_eq!(app.ask("small").await.status, 200, "{words}");
            assert_has(&app.key(id).await, json!({"status": "active"}));
            let answer = app.ask("big").await;
            assert_eq!((answer.status, answer.code()), (503, "model_unavailable".to_owned()));
            assert!((86_390..=86_400).contains(&retry_after(&answer)), "asked again after a day");
        }
        assert_eq!(app.stub.calls().len(), 4);
    }

    async fn a_quota_that_is_gone_waits_for_an_hour_and_more(app) {
        let id = app.add_key(&secret(0)).await;
        let gone = json!({"error": {"message": "You exceeded your current quota",
            "type": "insufficient_quota", "param": null, "code": "insufficient_quota"}});
        let reply = Reply::json(429, &gone.to_string()).with_header("retry-after", "2");
        app.stub.next("*", reply);
        let answer = app.ask("llama3.2").await;
        assert_eq!((answer.status, answer.code()), (503, "no_healthy_key".to_owned()));
        assert_eq!(app.key(id).await["cooling_reason"], "out_of_credit");
        let wait = cooling_until(&app, id).await.timestamp_millis() - app.app.clock.now().0;
        assert!((3_590_000..=3_600_000).contains(&wait), "{wait}");
        advance(&app, 3_000);
        assert_ne!(app.ask("llama3.2").await.status, 200);
        assert_eq!(app.stub.calls().len(), 1);
        advance(&app, 601);
        assert_eq!(app.ask("llama3.2").await.status, 200);
    }

    async fn an_upstreams_own_wait_is_bounded_shown_and_cleared(
        app, ["--upstream-wait-max-secs=7200"]
    ) {
        let id = app.add_key(&secret(0)).await;
        for (name, value, secs) in [
            ("retry-after", "99999999", 7_200),
            ("retry-after", "3600", 3_600),
            ("retry-after-ms", "90000", 90),
            ("x-ratelimit-reset-tokens", "6m0s", 360),
        ] {
            app.stub.next("*", error(429, "slow down").with_header(name, value));
            let answer = app.ask("llama3.2").await;
            assert_eq!((answer.status, retry_after(&answer)), (429, secs), "{name}: {value}");
            assert_eq!(app.key(id).await["cooling_reason"], "rate_limited");
            let until = cooling_until(&app, id).await.timestamp_millis();
            let wait = u64::try_from(until - app.app.clock.now().0).expect("ahead");
            assert!((secs * 1000 - 10_000..=secs * 1000).contains(&wait), "{name}: {wait}");
            enable(&app, &[id]).await;
            assert_has(&app.key(id).await, json!({"status": "active", "cooling_until": null}));
            assert_eq!(app.ask("llama3.2").await.status, 200);
        }
    }

    async fn a_wait_inside_a_200_has_the_same_bound(app, ["--upstream-wait-max-secs=60"]) {
        let id = app.add_key(&secret(0)).await;
        let limited = json!({"error": {"code": "rate_limit_exceeded",
            "message": "Rate limit reached. Please try again in 2h."}});
        app.stub.next("*", Reply::json(200, &limited.to_string()));
        let answer = app.ask("llama3.2").await;
        assert_eq!((answer.status, retry_after(&answer)), (429, 60));
        assert_eq!(app.key(id).await["cooling_reason"], "rate_limited");
    }

    async fn a_check_reads_the_balance_and_wastes_no_call(app) {
        let id = app.add_key(&secret(0)).await;
        app.stub.next("*", error(429, SESSION));
        assert_eq!(app.ask("llama3.2").await.status, 429);
        let reset = app.app.clock.now().0 + 7_200_000;
        let reset = DateTime::from_timestamp_millis(reset).expect("a time");
        let balance = |percent: f64| {
            let window = json!({"remaining_percent": percent, "resets_at": reset.to_rfc3339()});
            let included = json!({"session": window, "weekly": {"remaining_percent": 50}});
            Reply::json(200, &json!({"included": included, "purchased": null}).to_string())
        };
        app.stub.on_probe("*", balance(0.0));
        assert_eq!(app.app.actors.health_check.sweep().await.expect("it sweeps"), 1);
        assert_eq!(app.stub.probes().pop().expect("a probe").path, "/api/balance");
        assert_eq!(app.key(id).await["cooling_reason"], "session_limit");
        assert_eq!(app.ask("llama3.2").await.status, 429);
        assert_eq!(app.stub.calls().len(), 1, "it is spent, and left alone");

        app.stub.on_probe("*", balance(90.0));
        assert_eq!(app.app.actors.health_check.sweep().await.expect("it sweeps"), 1);
        assert_eq!(app.ask("llama3.2").await.status, 200);
    }

    async fn openrouter_tells_a_keys_limit_and_money_in_flight(app) {
        let new = json!({"api_key": secret(0), "provider": "openrouter"});
        let id = app.add_key_with(&new).await;
        let words = "Key limit exceeded (daily limit). Manage it using https://openrouter.ai/x";
        app.stub.next("*", error(403, words));
        assert_eq!(openrouter(&app, "a").await.code(), "no_healthy_key");
        assert_eq!(app.key(id).await["cooling_reason"], "key_limit");
        let until = cooling_until(&app, id).await;
        assert_eq!((until.num_seconds_from_midnight(), until.timestamp_subsec_millis()), (0, 0));
        assert!(until.timestamp_millis() - app.app.clock.now().0 <= 86_400_000);
        enable(&app, &[id]).await;

        let budget = json!({"error": {"code": 402, "message": "would exceed your credits",
            "metadata": {"limit_source": "openrouter_in_flight_budget"}}});
        let reply = Reply::json(402, &budget.to_string());
        app.stub.next("*", reply.with_header("retry-after", "120"));
        let answer = openrouter(&app, "a").await;
        assert_eq!((answer.status, retry_after(&answer)), (429, 120));
        assert_eq!(app.key(id).await["cooling_reason"], "concurrency_limit");
    }

    async fn a_model_in_no_plan_is_told_with_the_soonest_wait(app) {
        let ids = add_keys(&app, 2).await;
        app.stub.always("*", error(403, PLAN));
        assert_eq!(app.ask("big").await.code(), "model_unavailable");
        let answer = app.ask("big").await;
        assert_eq!((answer.status, answer.code()), (503, "model_unavailable".to_owned()));
        assert!((86_390..=86_400).contains(&retry_after(&answer)));
        assert_eq!(app.stub.calls().len(), 2);

        // One key could serve the model, but has to wait some seconds: nobody waits for a day.
        enable(&app, &ids[1..]).await;
        app.stub.always("*", error(429, "too many concurrent requests"));
        assert_eq!(app.ask("big").await.status, 429);
        // It is tried once more for want of another, and then left alone.
        assert_eq!(app.ask("big").await.code(), "upstream_rate_limited");
        let answer = app.ask("big").await;
        assert_eq!((answer.status, answer.code()), (429, "all_keys_cooling".to_owned()));
        assert!(retry_after(&answer) <= 2, "{:?}", answer.header("retry-after"));
    }

    async fn a_busy_account_waits_for_seconds(app) {
        app.add_key(&secret(0)).await;
        app.stub.always("*", error(429, "timed out waiting for a concurrent request slot"));
        assert_eq!(app.ask("llama3.2").await.status, 429);
        assert_eq!(app.ask("llama3.2").await.code(), "upstream_rate_limited");
        assert_eq!(app.ask("llama3.2").await.code(), "all_keys_cooling");
        assert_eq!(app.stub.calls().len(), 2);
        app.stub.clear();
        advance(&app, 1);
        assert_eq!(app.ask("llama3.2").await.status, 200);
    }

    async fn openrouter_has_rules_of_its_own(app) {
        let new = json!({"api_key": secret(0), "provider": "openrouter"});
        let id = app.add_key_with(&new).await;
        app.stub.next("*", error(403, "Input was flagged by moderation"));
        let answer = openrouter(&app, "a").await;
        assert_eq!((answer.status, answer.header("x-pool-attempts")), (403, Some("1")));
        assert_eq!(key_stats(&app, id).await["consecutiveFailures"], 0);

        let limited = json!({"error": {"message": "Provider returned error", "code": 429,
            "metadata": {"provider_name": "X"}}});
        app.stub.next("*", Reply::json(429, &limited.to_string()));
        assert_eq!(openrouter(&app, "a").await.status, 429);
        assert_eq!(openrouter(&app, "a").await.code(), "upstream_rate_limited");
        assert_eq!(openrouter(&app, "b").await.status, 200, "another model goes on");

        app.stub.next("*", error(402, "Insufficient credits"));
        assert_eq!(openrouter(&app, "b").await.status, 503);
        assert_eq!(app.key(id).await["cooling_reason"], "out_of_credit");
        advance(&app, 3601);

        let reset = app.app.clock.now().0 + 90_000;
        let reply = error(429, "Rate limit exceeded");
        app.stub.next("*", reply.with_header("x-ratelimit-reset", &reset.to_string()));
        let answer = openrouter(&app, "b").await;
        assert_eq!((answer.status, retry_after(&answer)), (429, 90));
        assert_eq!(cooling_until(&app, id).await.timestamp_millis(), reset);
    }

    async fn a_wait_named_only_inside_a_stream_counts(app) {
        let new = json!({"api_key": secret(0), "provider": "openrouter"});
        let id = app.add_key_with(&new).await;
        let reset = app.app.clock.now().0 + 90_000;
        let limited = json!({"error": {"message": "Rate limit exceeded", "code": 429,
            "metadata": {"headers": {"X-RateLimit-Reset": reset.to_string()}}}});
        app.stub.next("*", Reply::sse(&[&limited.to_string()]));
        let answer = app.call("POST", OPENROUTER_CHAT, &app.token, Some(&streamed("a"))).await;
        assert_eq!(answer.status, 429);
        assert_eq!(cooling_until(&app, id).await.timestamp_millis(), reset);
    }
}
