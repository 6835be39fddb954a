//! Who is let in, and what every answer carries.

use std::collections::HashSet;

use serde_json::json;

use crate::support::{ADMIN_TOKEN, Answer, TestApp, both_stores};

const ROUTES: [(&str, &str); 49] = [
    ("GET", "/admin/stats"),
    ("GET", "/admin/keys/stats"),
    ("GET", "/admin/api-keys"),
    ("POST", "/admin/api-keys"),
    ("DELETE", "/admin/api-keys"),
    ("DELETE", "/admin/api-keys/1"),
    ("POST", "/admin/keys/enable"),
    ("POST", "/admin/keys/disable"),
    ("POST", "/admin/verify-key"),
    ("POST", "/admin/keys/health-check"),
    ("GET", "/admin/jobs"),
    ("POST", "/admin/api-keys/import-with-validation"),
    ("GET", "/admin/jobs/00000000-0000-7000-8000-000000000000"),
    ("DELETE", "/admin/jobs/00000000-0000-7000-8000-000000000000"),
    ("GET", "/admin/tokens"),
    ("POST", "/admin/tokens"),
    ("DELETE", "/admin/tokens"),
    ("PATCH", "/admin/tokens/1"),
    ("DELETE", "/admin/tokens/1"),
    ("GET", "/admin/tokens/1"),
    ("POST", "/admin/tokens/1/rotate"),
    ("POST", "/admin/tokens/1/reveal"),
    ("GET", "/admin/client-tokens"),
    ("GET", "/admin/client-tokens/1"),
    ("PATCH", "/admin/client-tokens/1"),
    ("DELETE", "/admin/client-tokens/1"),
    ("POST", "/admin/client-tokens/1/rotate"),
    ("POST", "/admin/client-tokens/1/reveal"),
    ("GET", "/admin/providers"),
    ("GET", "/admin/users"),
    ("POST", "/admin/users"),
    ("POST", "/admin/users/bulk"),
    ("GET", "/admin/users/1"),
    ("PATCH", "/admin/users/1"),
    ("DELETE", "/admin/users/1"),
    ("POST", "/admin/users/1/reset-key"),
    ("POST", "/admin/users/1/extend-key"),
    ("GET", "/admin/users/1/signins"),
    ("GET", "/admin/settings"),
    ("PATCH", "/admin/settings"),
    ("GET", "/admin/announcements"),
    ("POST", "/admin/announcements"),
    ("PATCH", "/admin/announcements"),
    ("DELETE", "/admin/announcements"),
    ("GET", "/admin/announcements/1"),
    ("PATCH", "/admin/announcements/1"),
    ("DELETE", "/admin/announcements/1"),
    ("GET", "/admin/audit"),
    ("GET", "/admin/audit/verify"),
];

async fn try_token(app: &TestApp, token: &str) -> Answer {
    app.call("GET", "/admin/stats", token, None).await
}

/// A request with this header beside a wrong admin token.
async fn with_header(app: &TestApp, token: &str, name: &str, value: &str) -> Answer {
    let request = awc::Client::default().get(app.url("/admin/stats")).bearer_auth(token);
    let sent = request.insert_header((name, value)).send().await;
    Answer::read(sent.expect("the pool answers")).await
}

both_stores! {
    async fn no_route_is_open(app) {
        for (method, path) in ROUTES {
            let answer = app.call(method, path, "", Some(&json!({}))).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "invalid_api_key"), "{path}");
            assert!(answer.json()["error"].is_string(), "{path}");
        }
        // Strangers don't learn what a body should have been, or which paths there are.
        let garbage = app.call("POST", "/admin/api-keys", "", Some(&json!("garbage"))).await;
        assert_eq!(garbage.status, 401);
        assert_eq!(app.call("GET", "/admin/nowhere", "", None).await.status, 401);
        // A client's token opens nothing here, and the admin token is no client's.
        assert_eq!(try_token(&app, &app.token).await.status, 401);
        let models = app.call("POST", "/v1/chat/completions", ADMIN_TOKEN, Some(&json!({}))).await;
        assert_eq!(models.status, 401);
        for token in [ADMIN_TOKEN.to_uppercase(), ADMIN_TOKEN[1..].to_owned()] {
            assert_eq!(try_token(&app, &token).await.status, 401);
        }
        assert_eq!(try_token(&app, ADMIN_TOKEN).await.status, 200);
    }

    async fn guessing_has_an_end(app) {
        for n in 0..10 {
            assert_eq!(try_token(&app, &format!("guess-{n}")).await.status, 401, "{n}");
        }
        let answer = try_token(&app, "guess-10").await;
        assert_eq!((answer.status, answer.code().as_str()), (429, "rate_limited"));
        let wait: u64 = answer.header("retry-after").expect("when").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        // The right one gets in; wrong ones don't from an address that the caller made up either.
        assert_eq!(try_token(&app, ADMIN_TOKEN).await.status, 200);
        let forwarded = with_header(&app, "guess-11", "x-forwarded-for", "203.0.113.9").await;
        assert_eq!(forwarded.status, 429);
        // Clients are not locked out with the guesser.
        app.app.actors.key_pool.observe("ollama").await.expect("the pool is up");
        assert_eq!(app.ask("llama3.2").await.code(), "no_keys");
    }

    async fn a_guesser_finds_not_even_the_right_one(
        app, ["--admin-attempts=2", "--trusted-proxies=127.0.0.1"]
    ) {
        let from = "203.0.113.9";
        for n in 0..20 {
            let guess = with_header(&app, &format!("guess-{n}"), "x-forwarded-for", from).await;
            assert_eq!(guess.status, if n < 2 { 401 } else { 429 }, "{n}");
        }
        let answer = with_header(&app, ADMIN_TOKEN, "x-forwarded-for", from).await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("60")));
    }

    async fn who_shares_the_administrator_s_address_shuts_nobody_out(
        app, ["--admin-attempts=2", "--trusted-proxies=127.0.0.1"]
    ) {
        let from = "203.0.113.9";
        assert_eq!(with_header(&app, ADMIN_TOKEN, "x-forwarded-for", from).await.status, 200);
        for n in 0..30 {
            let guess = with_header(&app, &format!("guess-{n}"), "x-forwarded-for", from).await;
            assert_eq!(guess.status, if n < 2 { 401 } else { 429 }, "{n}");
        }
        assert_eq!(with_header(&app, ADMIN_TOKEN, "x-forwarded-for", from).await.status, 200);
        let next = with_header(&app, "guess", "x-forwarded-for", from).await;
        assert_eq!(next.status, 429, "guessing has an end there, too");
    }

    async fn the_limit_is_by_address_behind_a_trusted_proxy(
        app, ["--admin-attempts=2", "--trusted-proxies=127.0.0.1"]
    ) {
        for _ in 0..2 {
            let answer = with_header(&app, "guess", "x-forwarded-for", "203.0.113.9").await;
            assert_eq!(answer.status, 401);
        }
        let again = with_header(&app, "guess", "x-forwarded-for", "203.0.113.9").await;
        assert_eq!(again.status, 429);
        let other = with_header(&app, ADMIN_TOKEN, "x-forwarded-for", "203.0.113.10").await;
        assert_eq!(other.status, 200);
        // What the guesser itself wrote in front of its address counts for nothing.
        let spoofed = with_header(&app, "guess", "x-forwarded-for", "1.1.1.1, 203.0.113.9").await;
        assert_eq!(spoofed.status, 429);
    }

    async fn every_answer_has_an_id(app) {
        let mut ids = HashSet::new();
        for (method, path, token, status) in [
            ("GET", "/livez", "", 200),
            ("GET", "/health", "", 200),
            ("GET", "/nowhere", "", 404),
            ("POST", "/livez", "", 405),
            ("GET", "/admin/stats", "", 401),
            ("GET", "/admin/stats", ADMIN_TOKEN, 200),
            ("GET", "/admin/nowhere", ADMIN_TOKEN, 404),
            ("POST", "/admin/api-keys", ADMIN_TOKEN, 422),
            ("PUT", "/admin/api-keys", ADMIN_TOKEN, 405),
            ("GET", "/admin/public-stats", "", 200),
            ("GET", "/v1/models", "", 200),
            ("GET", "/v1/chat/completions", "", 405),
            ("POST", "/v1/chat/completions", "", 401),
            ("POST", "/v1/chat/completions", app.token.as_str(), 422),
        ] {
            let answer = app.call(method, path, token, Some(&json!({}))).await;
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
            let id = answer.header("x-request-id").expect("an id").to_owned();
            assert!(ids.insert(id), "{path}: an id of its own");
        }
        let own = with_header(&app, ADMIN_TOKEN, "x-request-id", "trace-1.2_3").await;
        assert_eq!(own.header("x-request-id"), Some("trace-1.2_3"));
        for odd in ["a b", "<script>", &"x".repeat(65)] {
            let answer = with_header(&app, ADMIN_TOKEN, "x-request-id", odd).await;
            assert_ne!(answer.header("x-request-id"), Some(odd));
        }
    }

    async fn methods_and_origins(app) {
        let answer = app.call("PUT", "/admin/api-keys", ADMIN_TOKEN, None).await;
        assert_eq!((answer.status, answer.code().as_str()), (405, "method_not_allowed"));
        assert_eq!(answer.header("allow"), Some("GET, HEAD, POST, DELETE"));
        let admin = with_header(&app, ADMIN_TOKEN, "origin", "https://elsewhere.example").await;
        assert_eq!(admin.header("access-control-allow-origin"), None, "closed to other pages");
        let request = awc::Client::default().get(app.url("/v1/models"));
        let sent = request.insert_header(("origin", "https://elsewhere.example")).send().await;
        let open = Answer::read(sent.unwrap()).await;
        assert_eq!(open.header("access-control-allow-origin"), Some("*"), "open to them");
    }
}
