//! Who may see it.

use crate::support::{ADMIN_TOKEN, Answer, TestApp, both_stores, canary};

const METRICS_TOKEN: &str = "9a8b7c6d5e4f30214a5b6c7d8e9f0a1b";

/// A scrape with these headers.
async fn with(app: &TestApp, headers: &[(&str, &str)]) -> Answer {
    let mut request = awc::Client::default().get(app.url("/metrics"));
    for (name, value) in headers {
        request = request.insert_header((*name, *value));
    }
    let answer = Answer::read(request.send().await.expect("an answer")).await;
    canary::look_at("GET", "/metrics", &answer);
    answer
}

fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

fn unauthorized() -> (u16, String) {
    (401, "invalid_api_key".to_owned())
}

both_stores! {
    async fn who_comes_by_a_proxy_needs_a_token(app, [
        "--trusted-proxies=127.0.0.1",
        "--metrics-token=9a8b7c6d5e4f30214a5b6c7d8e9f0a1b",
        "--admin-attempts=1000",
    ]) {
        canary::release(METRICS_TOKEN);
        let from = ("x-forwarded-for", "203.0.113.7");
        assert_eq!(refusal(&with(&app, &[from]).await), unauthorized());
        for token in ["wrong", "", &app.token] {
            let bearer = format!("Bearer {token}");
            let answer = with(&app, &[from, ("authorization", &bearer)]).await;
            assert_eq!(refusal(&answer), unauthorized(), "{token}");
        }
        for token in [METRICS_TOKEN, ADMIN_TOKEN] {
            let bearer = format!("Bearer {token}");
            let answer = with(&app, &[from, ("authorization", &bearer)]).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        assert_eq!(app.call("GET", "/admin/stats", METRICS_TOKEN, None).await.status, 401, "only the metrics");
        assert_eq!(with(&app, &[]).await.status, 200, "nobody was forwarded");
    }

    async fn no_header_makes_a_stranger_local(app, ["--trusted-proxies=127.0.0.1"]) {
        for headers in [
            &[("x-forwarded-for", "127.0.0.1")][..],
            &[("x-forwarded-for", "::1")],
            &[("x-forwarded-for", "unknown")],
            &[("x-forwarded-for", "203.0.113.7:4711")],
            &[("x-real-ip", "203.0.113.7")],
            &[("forwarded", "for=203.0.113.7")],
            &[("via", "1.1 proxy")],
            &[("host", "pool.example.org")],
            &[("host", "127.0.0.1.example.org")],
        ] {
            assert_eq!(refusal(&with(&app, headers).await), unauthorized(), "{headers:?}");
        }
    }

    async fn a_proxy_that_nobody_trusts_is_no_neighbour(app) {
        assert_eq!(refusal(&with(&app, &[("x-forwarded-for", "203.0.113.7")]).await), unauthorized());
        assert_eq!(with(&app, &[("host", "localhost:8080")]).await.status, 200);
    }

    async fn guessing_has_an_end(app, [
        "--trusted-proxies=127.0.0.1",
        "--metrics-token=9a8b7c6d5e4f30214a5b6c7d8e9f0a1b",
        "--admin-attempts=2",
    ]) {
        let from = ("x-forwarded-for", "203.0.113.7");
        for n in 0..20 {
            let guess = format!("Bearer guess-{n}");
            let status = with(&app, &[from, ("authorization", &guess)]).await.status;
            assert_eq!(status, if n < 2 { 401 } else { 429 });
        }
        let bearer = format!("Bearer {METRICS_TOKEN}");
        assert_eq!(with(&app, &[from, ("authorization", &bearer)]).await.status, 429);
        let other = ("x-forwarded-for", "203.0.113.8");
        assert_eq!(with(&app, &[other, ("authorization", &bearer)]).await.status, 200);
    }
}
