//! What a client token may be used for, and from where.

use awc::http::header::{AUTHORIZATION, HeaderValue};
use serde_json::{Value, json};

use super::{CHAT, OPENROUTER_CHAT, add_keys, secret};
use crate::support::{ADMIN_TOKEN, Answer, TestApp, both_stores, each_store};

async fn ask(app: &TestApp, path: &str, token: &str, model: &str) -> Answer {
    app.call("POST", path, token, Some(&json!({"model": model, "messages": []}))).await
}

/// A chat from this address, as a proxy before the pool tells it.
async fn ask_from(app: &TestApp, token: &str, from: &str) -> Answer {
    let request = awc::Client::default().post(app.url(CHAT));
    let request = request.insert_header(("x-forwarded-for", from));
    let request = request.insert_header((AUTHORIZATION, format!("Bearer {token}")));
    Answer::read(request.send_json(&json!({"model": "m"})).await.expect("an answer")).await
}

/// The same with any bytes, a header for each.
async fn ask_by(app: &TestApp, token: &str, from: &[&[u8]]) -> Answer {
    let mut request = awc::Client::default().post(app.url(CHAT)).bearer_auth(token);
    for line in from {
        let line = HeaderValue::from_bytes(line).expect("a value");
        request = request.append_header(("x-forwarded-for", line));
    }
    Answer::read(request.send_json(&json!({"model": "m"})).await.expect("an answer")).await
}

fn assert_refused(answer: &Answer, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (403, code), "{}", answer.text());
    assert_eq!(answer.json()["error"]["type"], "permission_error");
    assert_eq!(answer.header("retry-after"), None);
}

fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let json = answer.json();
    let models = json["data"].as_array().expect("models");
    models.iter().map(|model| model["id"].as_str().expect("an id").to_owned()).collect()
}

both_stores! {
    async fn only_models_that_match(app) {
        add_keys(&app, 1).await;
        let models = json!(["llama3*", "gpt-oss:?0b", "org/*:free"]);
        let token = app.make_token(&json!({"name": "some", "models": models})).await;
        for model in ["llama3", "llama3.2", "gpt-oss:20b", "org/a/b:free"] {
            assert_eq!(ask(&app, CHAT, &token, model).await.status, 200, "{model}");
        }
        for model in ["LLAMA3", "llama", "gpt-oss:120b", "xllama3", "org/a:free2", "*"] {
            let answer = ask(&app, CHAT, &token, model).await;
            assert_refused(&answer, "model_not_allowed");
            assert_eq!(answer.json()["error"]["param"], "model");
        }
        assert_eq!(app.stub.calls().len(), 4);
        assert_eq!(ask(&app, CHAT, &app.token, "LLAMA3").await.status, 200);
    }

    async fn the_list_shows_what_may_be_used(app) {
        let token = app.make_token(&json!({"name": "some", "models": ["*:20b", "qwen*"]})).await;
        let all = ["llama3.2", "gpt-oss:20b", "qwen3-coder:480b"];
        let list = async |token: &str| ids(&app.call("GET", "/v1/models", token, None).await);
        assert_eq!(list(&token).await, all[1..]);
        assert_eq!(list(&app.token).await, all);
        assert_eq!(list("").await, all);
        let show = async |token: &str, id: &str| {
            app.call("GET", &format!("/v1/models/{id}"), token, None).await
        };
        assert_eq!(show(&token, "gpt-oss:20b").await.json()["id"], "gpt-oss:20b");
        let hidden = show(&token, "llama3.2").await;
        assert_eq!((hidden.status, hidden.code().as_str()), (404, "model_not_found"));
        assert_eq!(show(&app.token, "llama3.2").await.status, 200);
    }

    async fn the_list_is_for_good_tokens_or_none(app) {
        let paths = ["/v1/models", "/ollama/v1/models", "/v1/models/llama3.2"];
        for path in paths {
            for token in ["sk-pool-wrong-token", "short", ADMIN_TOKEN] {
                let answer = app.call("GET", path, token, None).await;
                let told = (answer.status, answer.code());
                assert_eq!(told, (401, "invalid_api_key".to_owned()), "{path}");
            }
            for token in ["", &app.token] {
                assert_eq!(app.call("GET", path, token, None).await.status, 200, "{path}");
            }
        }
        let made = app.admin("POST", "/admin/tokens", &json!({"name": "off"})).await.json();
        let token = made["token"].as_str().expect("a token");
        let change = format!("/admin/tokens/{}", made["id"]);
        app.admin("PATCH", &change, &json!({"enabled": false})).await;
        for path in paths {
            assert_refused(&app.call("GET", path, token, None).await, "token_disabled");
        }
    }

    async fn only_some_providers(app) {
        add_keys(&app, 1).await;
        app.add_key_with(&json!({"api_key": secret(1), "provider": "openrouter"})).await;
        let both = json!({"name": "both", "providers": ["ollama", "openrouter"]});
        let (one, both) = (
            app.make_token(&json!({"name": "one", "providers": ["openrouter"]})).await,
            app.make_token(&both).await,
        );
        assert_refused(&ask(&app, CHAT, &one, "m").await, "provider_not_allowed");
        assert_refused(
            &app.call("GET", "/v1/models", &one, None).await,
            "provider_not_allowed",
        );
        for (path, token) in [(OPENROUTER_CHAT, &one), (CHAT, &both), (OPENROUTER_CHAT, &both)] {
            assert_eq!(ask(&app, path, token, "m").await.status, 200);
        }
        assert_eq!(ids(&app.call("GET", "/openrouter/v1/models", &one, None).await).len(), 3);
    }

    async fn only_from_some_addresses(app, ["--trusted-proxies=127.0.0.1"]) {
        add_keys(&app, 1).await;
        let nets = json!(["203.0.113.0/24", "198.51.100.7", "2001:db8::/32"]);
        let token = app.make_token(&json!({"name": "inside", "ip_allow": nets})).await;
        for from in ["203.0.113.9", "198.51.100.7", "2001:db8:1::1", "::ffff:203.0.113.1"] {
            assert_eq!(ask_from(&app, &token, from).await.status, 200, "{from}");
        }
        // What a client wrote before its proxy's word counts for nothing.
        for from in ["198.51.100.8", "203.0.114.1", "2001:db9::1", "203.0.113.9, 192.0.2.1"] {
            assert_refused(&ask_from(&app, &token, from).await, "ip_not_allowed");
        }
        assert_refused(&ask(&app, CHAT, &token, "m").await, "ip_not_allowed");
        assert_eq!(ask(&app, CHAT, &app.token, "m").await.status, 200);
        assert_eq!(app.stub.calls().len(), 5);
    }

    /// Else such a caller would be taken for the proxy, which may be listed.
    async fn a_forwarded_address_that_can_not_be_read_is_nobody(
        app, ["--trusted-proxies=127.0.0.1", "--rate-limit-requests=2", "--rate-limit-window=3600"]
    ) {
        add_keys(&app, 1).await;
        let nets = json!(["127.0.0.0/8", "203.0.113.0/24"]);
        let token = app.make_token(&json!({"name": "inside", "ip_allow": nets})).await;
        for from in ["203.0.113.9:4711", "203.0.113.9, 127.0.0.1", "[::ffff:203.0.113.9]:80"] {
            assert_eq!(ask_from(&app, &token, from).await.status, 200, "{from}");
        }
        let unreadable = [
            &b"\xff"[..], b"203.0.113.9, \xff", b"203.0.113.9,", b"203.0.113.9,,127.0.0.1", b"unknown",
            b"203.0.113.9:port", b"[203.0.113.9]",
        ];
        for from in unreadable {
            assert_refused(&ask_by(&app, &token, &[from]).await, "ip_not_allowed");
        }
        assert_refused(&ask_by(&app, &token, &[b"203.0.113.9", b"\xff"]).await, "ip_not_allowed");
        // Without a token all of them share one limit, and nobody else's.
        for (n, from) in unreadable.into_iter().enumerate() {
            let answer = ask_by(&app, "sk-pool-nobody", &[from]).await;
            assert_eq!(answer.status, if n < 2 { 401 } else { 429 }, "{}", from.escape_ascii());
        }
        assert_eq!(ask_from(&app, "sk-pool-nobody", "203.0.113.9").await.status, 401);
        // The audit log says so.
        let client = awc::Client::default().post(app.url("/admin/tokens")).bearer_auth(ADMIN_TOKEN);
        let odd = HeaderValue::from_bytes(b"\xff").expect("a value");
        let request = client.insert_header(("x-forwarded-for", odd));
        let made = request.send_json(&json!({"name": "by nobody"})).await.expect("an answer");
        assert_eq!(made.status().as_u16(), 201);
        let log = app.admin_get("/admin/audit?kind=admin").await.json();
        assert_eq!(log["entries"][0]["address"], "unknown", "{log}");
    }

    async fn without_a_trusted_proxy_the_peer_counts(app) {
        add_keys(&app, 1).await;
        let body = json!({"name": "inside", "ip_allow": ["203.0.113.0/24"]});
        let token = app.make_token(&body).await;
        assert_refused(&ask_from(&app, &token, "203.0.113.9").await, "ip_not_allowed");
        let body = json!({"name": "local", "ip_allow": ["127.0.0.0/8"]});
        let token = app.make_token(&body).await;
        assert_eq!(ask_from(&app, &token, "203.0.113.9").await.status, 200);
    }

    async fn guessing_has_an_end(
        app, ["--client-attempts=3", "--trusted-proxies=127.0.0.1"]
    ) {
        add_keys(&app, 1).await;
        let here = "203.0.113.9";
        assert_eq!(ask_from(&app, &app.token, here).await.status, 200);
        let unseen = app.make_token(&json!({"name": "unseen"})).await;
        let off = app.admin("POST", "/admin/tokens", &json!({"name": "off"})).await.json();
        let change = format!("/admin/tokens/{}", off["id"]);
        app.admin("PATCH", &change, &json!({"enabled": false})).await;
        for n in 0..3 {
            let answer = ask_from(&app, &format!("sk-pool-guess-{n}"), here).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "invalid_api_key"), "{n}");
        }
        for token in ["sk-pool-guess-3", "sk-pool-guess-0", "short", &"x".repeat(3000)] {
            let answer = ask_from(&app, token, here).await;
            assert_eq!((answer.status, answer.code().as_str()), (429, "rate_limited"));
            assert_eq!(answer.json()["error"]["type"], "rate_limit_error");
            assert_eq!(answer.header("retry-after"), Some("60"));
        }
        // No right token is refused for them, also where nobody has shown it yet.
        assert_eq!(ask_from(&app, &app.token, here).await.status, 200);
        assert_eq!(ask_from(&app, &unseen, here).await.status, 200);
        let off = off["token"].as_str().expect("a token");
        assert_refused(&ask_from(&app, off, here).await, "token_disabled");
        assert_eq!(ask_from(&app, "sk-pool-guess-4", "203.0.113.10").await.status, 401);
    }

    async fn right_tokens_come_in_among_many_guesses(
        app, ["--client-attempts=1", "--trusted-proxies=127.0.0.1"]
    ) {
        add_keys(&app, 1).await;
        let here = "203.0.113.9";
        let mut tokens = Vec::new();
        for n in 0..4 {
            tokens.push(app.make_token(&json!({"name": n.to_string()})).await);
        }
        let guesses = (0..40).map(|n| format!("sk-pool-guess-{n}")).collect::<Vec<_>>();
        let guessing = guesses.iter().map(|token| ask_from(&app, token, here));
        let right = tokens.iter().map(|token| ask_from(&app, token, here));
        let (guessed, right) = tokio::join!(
            futures_util::future::join_all(guessing),
            futures_util::future::join_all(right),
        );
        assert!(right.iter().all(|answer| answer.status == 200));
        let answered = guessed.iter().filter(|answer| answer.status == 401).count();
        assert_eq!(answered, 1, "the others are told to stop");
        assert!(guessed.iter().all(|answer| matches!(answer.status, 401 | 429)));
    }

    async fn a_change_overtakes_a_look_at_the_token(app) {
        add_keys(&app, 1).await;
        for n in 0..20 {
            let body = json!({"name": n.to_string()});
            let made = app.admin("POST", "/admin/tokens", &body).await.json();
            let token = made["token"].as_str().expect("a token");
            let path = format!("/admin/tokens/{}", made["id"]);
            let off = json!({"enabled": false});
            // Those under way may come in; those after the change may not.
            let looks = futures_util::future::join_all((0..4).map(|_| ask(&app, CHAT, token, "m")));
            let (changed, _) = tokio::join!(app.admin("PATCH", &path, &off), looks);
            assert_eq!(changed.status, 200);
            assert_refused(&ask(&app, CHAT, token, "m").await, "token_disabled");
        }
    }
}

each_store! {
    async fn a_rule_that_cannot_be_read_opens_nothing(store) {
        use diesel::prelude::*;
        use diesel_async::RunQueryDsl;
        use ollama_api_pool::db::schema::client_tokens as t;
        use ollama_api_pool::with_conn;

        let app = TestApp::start(store, &[]).await;
        add_keys(&app, 1).await;
        let made = app.make_token(&json!({"name": "odd", "models": ["m"]})).await;
        let mut conn = app.app.database.get().await.expect("a connection");
        let change = t::models.eq("[\"m\"");
        with_conn!(&mut conn, |conn| {
            diesel::update(t::table.filter(t::name.eq("odd"))).set(change).execute(conn).await
        })
        .expect("changed");
        let answer = ask(&app, CHAT, &made, "other").await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "unavailable"));
        let list: Value = app.admin_get("/admin/tokens").await.json();
        assert_eq!(list["total"], 2);
        drop(conn);
        app.stop().await;
    }
}
