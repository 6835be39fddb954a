//! What Prometheus is told: the right numbers, of everything that is documented, and nothing that a
//! caller or a secret put into it.

mod access;
mod agreement;
pub mod scrape;

use std::time::Duration;

use pool_stub::{Gate, Reply, Step};
use serde_json::json;

use self::scrape::{Scrape, scrape};
use crate::support::{ADMIN_TOKEN, both_stores, in_time, until};

const REQUESTS: &str = "ollama_pool_requests_total";
const ATTEMPTS: &str = "ollama_pool_upstream_attempts_total";
const HTTP: &str = "ollama_pool_http_requests_total";

/// Attempts of the default provider with this verdict and reason.
fn attempts(page: &Scrape, verdict: &str, reason: &str) -> f64 {
    let labels = [("provider", "ollama"), ("verdict", verdict), ("reason", reason)];
    page.get(ATTEMPTS, &labels).unwrap_or(0.0)
}

both_stores! {
    async fn requests_and_attempts_are_counted(app) {
        app.add_key("sk-metrics-count-01").await;
        app.add_key("sk-metrics-count-02").await;
        for _ in 0..3 {
            assert_eq!(app.ask("llama3.2").await.status, 200);
        }
        // One key fails, the other serves.
        app.stub.next("*", Reply::json(503, r#"{"error":"Server overloaded"}"#));
        assert_eq!(app.ask("llama3.2").await.status, 200);
        // The request itself is at fault.
        app.stub.next("*", Reply::json(400, r#"{"error":"no such option"}"#));
        assert_eq!(app.ask("llama3.2").await.status, 400);
        // The upstream fails with each key.
        for _ in 0..2 {
            app.stub.next("*", Reply::json(500, r#"{"error":"broken"}"#));
        }
        assert!(app.ask("llama3.2").await.status >= 500);

        let page = scrape(&app).await;
        let of = |outcome| page.get(REQUESTS, &[("provider", "ollama"), ("outcome", outcome)]);
        assert_eq!((of("success"), of("failure"), of("cancelled")), (Some(4.0), Some(1.0), Some(0.0)));
        assert_eq!((of("client_error"), of("refused")), (Some(1.0), Some(0.0)));
        assert_eq!(attempts(&page, "success", "ok"), 4.0, "{page}");
        assert_eq!(attempts(&page, "overloaded", "overloaded"), 1.0, "{page}");
        assert_eq!(attempts(&page, "neutral", "bad_request"), 1.0, "{page}");
        assert_eq!(attempts(&page, "overloaded", "upstream_error"), 2.0, "{page}");
        assert_eq!(page.sum(ATTEMPTS), app.stub.calls().len() as f64, "{page}");

        let chats = |class| {
            page.get(HTTP, &[("route", "/v1/chat/completions"), ("class", class)]).unwrap_or(0.0)
        };
        assert_eq!((chats("2xx"), chats("4xx"), chats("5xx")), (4.0, 1.0, 1.0), "{page}");
        for name in ["ollama_pool_request_duration_seconds", "ollama_pool_request_first_byte_seconds"] {
            let of = [("provider", "ollama")];
            assert_eq!(page.get(&format!("{name}_count"), &of), Some(4.0), "only good ones");
            let ends = [("provider", "ollama"), ("le", "300")];
            assert_eq!(page.get(&format!("{name}_bucket"), &ends), Some(4.0));
        }
    }

    async fn refusals_are_counted_by_reason(app) {
        let body = json!({"model": "invented-label", "messages": []});
        let chat = async |path: &str, token: &str| {
            app.call("POST", path, token, Some(&body)).await.code()
        };
        let (own, other) = ("/v1/chat/completions", "/invented-label/v1/chat/completions");
        let narrow = app.make_token(&json!({"name": "narrow", "models": ["m"]})).await;
        for _ in 0..2 {
            assert_eq!(chat(own, &app.token).await, "no_keys");
        }
        assert_eq!(chat(own, "sk-pool-invented-label").await, "invalid_api_key");
        assert_eq!(chat(own, &narrow).await, "model_not_allowed");
        assert_eq!(chat(other, &app.token).await, "unknown_provider");
        let page = scrape(&app).await;
        let reasons = [("no_keys", 2.0), ("invalid_api_key", 1.0), ("model_not_allowed", 1.0),
            ("unknown_provider", 1.0)];
        for (reason, count) in reasons {
            let found = page.get("ollama_pool_refusals_total", &[("reason", reason)]);
            assert_eq!(found, Some(count), "{reason}: {page}");
        }
        assert_eq!(page.sum("ollama_pool_refusals_total"), 5.0, "{page}");
        let refused = [("provider", "ollama"), ("outcome", "refused")];
        assert_eq!(page.get(REQUESTS, &refused), Some(3.0), "of known tokens: {page}");
        assert!(!page.to_string().contains("invented-label"), "{page}");
        app.stats().await;
        let page = scrape(&app).await;
        assert_eq!(page.get("ollama_pool_stats_written_total", &[]), Some(5.0), "{page}");
    }

    async fn keys_are_told_by_how_they_stand(app) {
        app.add_key("sk-metrics-stand-00").await;
        let [_, off, cool] = [
            app.add_key("sk-metrics-stand-01").await,
            app.add_key("sk-metrics-stand-02").await,
            app.add_key("sk-metrics-stand-03").await,
        ];
        app.admin("POST", "/admin/keys/disable", &json!({"id": off, "duration": 0})).await;
        app.stub.next("sk-metrics-stand-03", Reply::json(429, r#"{"error":"rate limit"}"#).with_header("retry-after", "600"));
        while app.stub.count("sk-metrics-stand-03") == 0 {
            app.ask("llama3.2").await;
        }
        assert_eq!(app.key(cool).await["status"], "cooling");
        let page = scrape(&app).await;
        let of = |provider, status| {
            page.get("ollama_pool_keys", &[("provider", provider), ("status", status)])
        };
        let statuses = ["active", "cooling", "disabled", "expired"];
        assert_eq!(statuses.map(|status| of("ollama", status)), [Some(2.0), Some(1.0), Some(1.0), Some(0.0)]);
        assert_eq!(statuses.map(|status| of("openrouter", status)), [Some(0.0); 4]);
        assert_eq!(page.get("ollama_pool_key_pool_up", &[]), Some(1.0));
    }

    async fn actors_that_die_and_requests_that_wait_are_seen(app) {
        app.add_key("sk-metrics-actor-01").await;
        let gate = Gate::new();
        let held = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec();
        app.stub.next("*", Reply::steps(vec![Step::Wait(gate.clone()), Step::Send(held)]));
        let asking = actix_web::rt::spawn({
            let body = json!({"model": "m", "messages": []});
            let request = awc::Client::builder().disable_timeout().finish();
            let request = request.post(app.url("/v1/chat/completions")).bearer_auth(&app.token);
            request.send_json(&body)
        });
        in_time("the upstream is asked", gate.reached()).await;
        assert_eq!(scrape(&app).await.get("ollama_pool_requests_under_way", &[]), Some(1.0));
        gate.open();
        assert!(asking.await.expect("it ends").is_ok());

        app.app.actors.stats.crash();
        let restarts = [("actor", "stats"), ("cause", "panicked")];
        until("the guardian is heard of", async || {
            scrape(&app).await.get("ollama_pool_actor_restarts_total", &restarts) == Some(1.0)
        })
        .await;
        let page = scrape(&app).await;
        assert_eq!(page.sum("ollama_pool_actor_restarts_total"), 1.0, "{page}");
        for actor in ["key_pool", "stats", "health_check", "jobs", "events", "mail", "retention"] {
            assert_eq!(page.get("ollama_pool_mailbox_depth", &[("actor", actor)]), Some(0.0));
        }
    }

    async fn what_waits_to_be_written_grows_old(app, ["--stats-flush-interval-ms=60000"]) {
        app.add_key("sk-metrics-lag-0001").await;
        let page = scrape(&app).await;
        assert_eq!(page.get("ollama_pool_stats_lag_seconds", &[]), Some(0.0));
        assert_eq!(page.get("ollama_pool_stats_last_write_timestamp_seconds", &[]), Some(0.0));
        assert_eq!(app.ask("llama3.2").await.status, 200);
        let page = scrape(&app).await;
        assert!(page.get("ollama_pool_stats_lag_seconds", &[]) > Some(0.0), "{page}");
        for table in ["usage", "keys", "tokens"] {
            assert_eq!(page.get("ollama_pool_stats_open_rows", &[("table", table)]), Some(1.0));
        }
        app.stats().await;
        let page = scrape(&app).await;
        assert_eq!(page.get("ollama_pool_stats_lag_seconds", &[]), Some(0.0), "{page}");
        assert_eq!(page.sum("ollama_pool_stats_open_rows"), 0.0);
        let now = app.app.clock.now().0 as f64 / 1000.0;
        let written = page.get("ollama_pool_stats_last_write_timestamp_seconds", &[]);
        assert!(written.is_some_and(|at| (now - at).abs() < 60.0), "{written:?}");
        assert_eq!(page.get("ollama_pool_stats_written_total", &[]), Some(1.0));
    }

    async fn callers_make_no_series(app, ["--client-attempts=1000"]) {
        app.add_key("sk-metrics-bound-01").await;
        // Whatever there is once is there: each kind of answer to each kind of path.
        let hostile = async |n: u32| {
            for path in [
                format!("/nowhere/{n}"),
                format!("/admin/nowhere-{n}"),
                format!("/v1/models/model-{n}"),
                format!("/provider-{n}/v1/models"),
                format!("/admin/tokens/{n}"),
                format!("/health?label=%22{n}%22%0A"),
                format!("/assets/build-{n}/file-{n}.js"),
            ] {
                app.call("GET", &path, "", None).await;
                app.call("GET", &path, ADMIN_TOKEN, None).await;
            }
            let token = format!("pool-token-{n}");
            app.call("POST", "/v1/chat/completions", &token, Some(&json!({"model": "m"}))).await;
            app.ask(&format!("model-{n}")).await;
            app.stub.next("*", Reply::json(404, r#"{"error":"model not found"}"#));
            app.ask(&format!("unknown-{n}")).await;
        };
        hostile(3_141_592_600).await;
        scrape(&app).await;
        let before = scrape(&app).await.series();
        for n in 3_141_592_601..3_141_592_630 {
            hostile(n).await;
        }
        let page = scrape(&app).await;
        let new: Vec<_> = page.series().difference(&before).cloned().collect();
        assert!(new.is_empty(), "{new:#?}");
        assert!(!page.to_string().contains("31415926"), "{page}");
        let [unmatched, models] = ["unmatched", "/v1/models/{id}"]
            .map(|route| page.get(HTTP, &[("route", route), ("class", "4xx")]));
        assert!(unmatched >= Some(60.0) && models >= Some(30.0), "{unmatched:?} {models:?}");
    }

    async fn whoever_is_turned_away_is_counted_under_the_route(app, ["--admin-attempts=1000"]) {
        app.call("GET", "/admin/tokens/17", "sk-wrong", None).await;
        app.call("GET", "/api/auth/profile", "", None).await;
        app.call("DELETE", "/health", "", None).await;
        let page = scrape(&app).await;
        for route in ["/admin/tokens/{id}", "/api/auth/profile", "/health"] {
            assert_eq!(page.get(HTTP, &[("route", route), ("class", "4xx")]), Some(1.0), "{route}: {page}");
        }
    }

    async fn what_shuts_people_out_is_told(app, ["--bcrypt-cost=4", "--admin-attempts=1"]) {
        let limits = "ollama_pool_account_limits_total";
        let page = scrape(&app).await;
        assert_eq!(page.get(limits, &[("limit", "passwords")]), Some(0.0), "{page}");
        let guess = json!({"email": "ann@example.org", "password": "a wrong password"});
        for _ in 0..12 {
            app.call("POST", "/api/auth/login", "", Some(&guess)).await;
        }
        for _ in 0..3 {
            app.call("GET", "/admin/users", "not-the-admin-token", None).await;
        }
        let page = scrape(&app).await;
        assert_eq!(page.get(limits, &[("limit", "passwords")]), Some(2.0), "{page}");
        assert_eq!(page.get(limits, &[("limit", "admin_token")]), Some(2.0), "{page}");
        assert_eq!(page.get(limits, &[("limit", "second_factor")]), Some(0.0), "{page}");
        for lane in ["known", "sign_in", "new_password"] {
            let lane = [("lane", lane)];
            assert_eq!(page.get("ollama_pool_hashing_refused_total", &lane), Some(0.0), "{page}");
        }
        let max = app.app.bodies.max() as f64;
        assert_eq!(page.get("ollama_pool_bodies_max_bytes", &[]), Some(max));
        assert!(page.get("ollama_pool_bodies_bytes", &[]).is_some_and(|bytes| bytes <= max));
    }

    async fn scraping_waits_for_no_actor(app) {
        app.add_key("sk-metrics-dead-001").await;
        app.app.actors.key_pool.crash();
        let page = tokio::time::timeout(Duration::from_secs(5), scrape(&app)).await;
        let page = page.expect("in time");
        assert!(page.get("ollama_pool_key_pool_up", &[]).is_some(), "{page}");
    }
}
