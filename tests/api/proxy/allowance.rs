//! What a client token may use by the minute and by the day.

use std::time::Duration;

use futures_util::future::join_all;
use pool_stub::{Gate, Reply};
use serde_json::{Value, json};

use super::{CHAT, HELLO, STOP, add_keys, advance, error, held, retry_after, soon};
use crate::support::{Answer, TestApp, both_stores, each_store};

/// Tokens that the stub counts for a plain chat.
const A_CHAT: u64 = 30;

async fn ask(app: &TestApp, token: &str) -> Answer {
    app.call("POST", CHAT, token, Some(&json!({"model": "m", "messages": []}))).await
}

async fn make(app: &TestApp, limits: Value) -> (String, String) {
    let mut body = json!({"name": "limited"});
    body.as_object_mut().expect("fields").extend(limits.as_object().expect("fields").clone());
    let made = app.admin("POST", "/admin/tokens", &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let token = made["token"].as_str().expect("a token").to_owned();
    (token, format!("/admin/tokens/{}", made["id"]))
}

fn assert_refused(answer: &Answer, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (429, code), "{}", answer.text());
    assert_eq!(answer.json()["error"]["type"], "rate_limit_error");
}

/// Limit, remaining and reset of one kind, as the headers have it.
fn told<'a>(answer: &'a Answer, kind: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let header = |what: &str| answer.header(&format!("x-ratelimit-{what}-{kind}"));
    Some((header("limit")?, header("remaining")?, header("reset")?))
}

/// Moves to noon of the next day, so that no test is overtaken by midnight.
fn to_noon(app: &TestApp) {
    let day = 86_400_000;
    let left = day - app.app.clock.now().0.rem_euclid(day) + day / 2;
    app.app.clock.advance(Duration::from_millis(left.try_into().expect("ahead")));
}

both_stores! {
    async fn requests_a_minute(app) {
        add_keys(&app, 1).await;
        let (token, _) = make(&app, json!({"rpm": 3})).await;
        for left in ["2", "1", "0"] {
            let answer = ask(&app, &token).await;
            assert_eq!(answer.status, 200);
            let (limit, remaining, reset) = told(&answer, "requests").expect("told");
            assert_eq!((limit, remaining), ("3", left));
            assert!(reset == "1m0s" || reset.ends_with('s'), "{reset}");
            assert_eq!(told(&answer, "tokens"), None, "not limited");
            advance(&app, 10);
        }
        let refused = ask(&app, &token).await;
        assert_refused(&refused, "token_requests_per_minute");
        let (limit, remaining, _) = told(&refused, "requests").expect("told");
        assert_eq!((limit, remaining), ("3", "0"));
        // The first was half a minute ago: one comes free after the other half, and only one.
        let wait = retry_after(&refused);
        assert!((22..=31).contains(&wait), "{wait}");
        advance(&app, 15);
        assert_eq!(ask(&app, &token).await.status, 429);
        advance(&app, wait - 15);
        assert_eq!(ask(&app, &token).await.status, 200);
        assert_refused(&ask(&app, &token).await, "token_requests_per_minute");
        assert_eq!(app.stub.calls().len(), 4);
        assert_eq!(app.ask("m").await.status, 200, "nobody else's limit");
    }

    async fn of_fifty_at_once_as_many_come_in_as_may(app) {
        add_keys(&app, 3).await;
        let (token, _) = make(&app, json!({"rpm": 7, "daily_requests": 9})).await;
        let gate = Gate::new();
        app.stub.always("*", held(&gate));
        let all = join_all((0..50).map(|_| ask(&app, &token)));
        let open = async {
            soon(app.stub.arrived(7)).await;
            gate.open();
        };
        let (answers, ()) = tokio::join!(all, open);
        let served = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!((served, app.stub.calls().len()), (7, 7));
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            assert_refused(refused, "token_requests_per_minute");
        }
        // The refused have cost nothing of the day either: two are left of nine.
        advance(&app, 61);
        for status in [200, 200, 429] {
            assert_eq!(ask(&app, &token).await.status, status);
        }
    }

    async fn tokens_a_minute(app) {
        add_keys(&app, 1).await;
        let (token, _) = make(&app, json!({"tpm": A_CHAT + 1})).await;
        let answer = ask(&app, &token).await;
        let (limit, remaining, reset) = told(&answer, "tokens").expect("told");
        assert_eq!((limit, remaining, reset), ("31", "31", "0s"), "before it is used");
        let answer = ask(&app, &token).await;
        assert_eq!(answer.status, 200, "one is left, so that one request may go beyond");
        assert_eq!(told(&answer, "tokens").expect("told").1, "1");
        let refused = ask(&app, &token).await;
        assert_refused(&refused, "token_tokens_per_minute");
        assert_eq!(told(&refused, "tokens").expect("told").1, "0");
        advance(&app, retry_after(&refused));
        assert_eq!(ask(&app, &token).await.status, 200);
    }

    async fn a_stream_that_tells_no_usage_is_not_free(app) {
        add_keys(&app, 1).await;
        let (token, _) = make(&app, json!({"tpm": 5})).await;
        let stream = async |options: Value| {
            let body = json!({"model": "m", "messages": [], "stream": true,
                "stream_options": options});
            app.call("POST", CHAT, &token, Some(&body)).await
        };
        assert_eq!(stream(json!({})).await.status, 200);
        assert_refused(&stream(json!({})).await, "token_tokens_per_minute");
        advance(&app, 61);
        // Where the upstream counts, its word holds.
        let usage = r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#;
        let events = [HELLO, STOP, usage, "[DONE]"];
        app.stub.always("*", Reply::sse(&events));
        for status in [200, 200, 200, 429] {
            assert_eq!(stream(json!({"include_usage": true})).await.status, status);
        }
    }

    async fn requests_and_tokens_a_day(app) {
        add_keys(&app, 1).await;
        to_noon(&app);
        let (requests, _) = make(&app, json!({"daily_requests": 2, "rpm": 100})).await;
        let (tokens, _) = make(&app, json!({"daily_tokens": A_CHAT * 2})).await;
        for (token, code) in
            [(&requests, "token_daily_requests"), (&tokens, "token_daily_tokens")]
        {
            assert_eq!(ask(&app, token).await.status, 200);
            advance(&app, 3600);
            assert_eq!(ask(&app, token).await.status, 200);
            let refused = ask(&app, token).await;
            assert_refused(&refused, code);
            let wait = retry_after(&refused);
            assert!((9 * 3600..=12 * 3600).contains(&wait), "until midnight: {wait}");
        }
        // Of the two limits on requests, the one of which less is left is told.
        let refused = ask(&app, &requests).await;
        let (limit, remaining, reset) = told(&refused, "requests").expect("told");
        assert_eq!((limit, remaining), ("2", "0"));
        assert!(reset.contains('h'), "{reset}");
        advance(&app, retry_after(&refused));
        for token in [&requests, &tokens] {
            for status in [200, 200, 429] {
                assert_eq!(ask(&app, token).await.status, status, "a new day");
            }
        }
    }

    async fn a_daily_limit_counts_what_was_before_it(app) {
        add_keys(&app, 1).await;
        to_noon(&app);
        let (token, path) = make(&app, json!({})).await;
        for _ in 0..3 {
            assert_eq!(ask(&app, &token).await.status, 200);
        }
        app.admin("PATCH", &path, &json!({"daily_requests": 4})).await;
        assert_eq!(ask(&app, &token).await.status, 200);
        assert_refused(&ask(&app, &token).await, "token_daily_requests");
        // Lifted and set again: what passed meanwhile is counted, too.
        app.admin("PATCH", &path, &json!({"daily_requests": 0})).await;
        assert_eq!(ask(&app, &token).await.status, 200);
        app.admin("PATCH", &path, &json!({"daily_requests": 6})).await;
        assert_eq!(ask(&app, &token).await.status, 200);
        assert_refused(&ask(&app, &token).await, "token_daily_requests");
        let shown = app.admin_get(&path).await.json();
        let used = json!({"requests": 6, "tokens": A_CHAT * 6});
        assert_eq!((&shown["today"], &shown["under_way"]), (&used, &json!(0)));
    }

    async fn changes_act_at_once_and_both_tokens_of_a_rotation_share(app) {
        add_keys(&app, 1).await;
        let (token, path) = make(&app, json!({"rpm": 2})).await;
        assert_eq!(ask(&app, &token).await.status, 200);
        let turned = app.admin("POST", &format!("{path}/rotate"), &json!({"grace": 600})).await;
        let turned = turned.json()["token"].as_str().expect("a token").to_owned();
        assert_eq!(ask(&app, &turned).await.status, 200);
        for token in [&token, &turned] {
            assert_refused(&ask(&app, token).await, "token_requests_per_minute");
        }
        app.admin("PATCH", &path, &json!({"rpm": 3})).await;
        assert_eq!(ask(&app, &token).await.status, 200);
        assert_refused(&ask(&app, &turned).await, "token_requests_per_minute");
        app.admin("PATCH", &path, &json!({"rpm": 0})).await;
        let answer = ask(&app, &token).await;
        assert_eq!((answer.status, told(&answer, "requests")), (200, None));
    }

    /// A request is let in before its body is read: else bodies that say nothing would be free.
    async fn what_its_body_is_refused_for_has_counted(app) {
        add_keys(&app, 1).await;
        let (token, _) = make(&app, json!({"rpm": 4, "models": ["m"]})).await;
        for (body, status) in [
            (json!({}), 422),
            (json!({"model": "other"}), 403),
            (json!([]), 422),
        ] {
            let answer = app.call("POST", CHAT, &token, Some(&body)).await;
            assert_eq!(answer.status, status, "{body}");
        }
        assert_eq!(ask(&app, &token).await.status, 200);
        for _ in 0..3 {
            assert_eq!(ask(&app, &token).await.status, 429);
        }
        let stats = app.stats().await;
        assert_eq!((&stats["success_count"], &stats["refused_count"]), (&json!(1), &json!(6)));
    }

    async fn whose_limits_are_told(app) {
        add_keys(&app, 1).await;
        let theirs = [
            ("x-ratelimit-limit-requests", "100"),
            ("x-ratelimit-remaining-tokens", "99"),
            ("x-ratelimit-reset", "98"),
        ];
        let reply = theirs.iter().fold(Reply::ok(), |reply, (name, value)| {
            reply.with_header(name, value)
        });
        app.stub.always("*", reply);
        let (own, _) = make(&app, json!({"rpm": 5, "tpm": 1000})).await;
        let (slots, _) = make(&app, json!({"max_concurrency": 5})).await;
        for token in [&app.token, &slots] {
            let answer = ask(&app, token).await;
            for (name, value) in theirs {
                assert_eq!(answer.header(name), Some(value), "{name}");
            }
        }
        let answer = ask(&app, &own).await;
        assert_eq!(told(&answer, "requests").map(|told| told.0), Some("5"));
        assert_eq!(told(&answer, "tokens"), Some(("1000", "1000", "0s")));
        assert_eq!(answer.header("x-ratelimit-reset"), None, "that is about the pool's key");
        // An answer that is an error tells them, too.
        app.stub.always("*", error(500, "no"));
        let answer = ask(&app, &own).await;
        assert_eq!(answer.status, 502);
        assert_eq!(told(&answer, "requests").map(|told| told.1), Some("3"));
    }
}

each_store! {
    async fn a_restart_gives_no_new_day(store) {
        let app = TestApp::start(store, &[]).await;
        add_keys(&app, 1).await;
        let (token, _) = make(&app, json!({"daily_requests": 3, "daily_tokens": 1000})).await;
        let before = app.app.clock.now().naive().date();
        for _ in 0..2 {
            assert_eq!(ask(&app, &token).await.status, 200);
        }
        let stub = app.stub.clone();
        let app = TestApp::start_with(app.stop().await, stub, &[]).await;
        let answer = ask(&app, &token).await;
        if app.app.clock.now().naive().date() == before {
            assert_eq!(told(&answer, "requests").expect("told").1, "0");
            let left = (1000 - A_CHAT * 2).to_string();
            assert_eq!(told(&answer, "tokens").expect("told").1, left);
            assert_refused(&ask(&app, &token).await, "token_daily_requests");
        }
        app.stop().await;
    }
}
