//! The catalogue of models, which needs no token.

use std::time::Duration;

use bytes::Bytes;
use pool_stub::Reply;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, both_stores, until};

async fn get(app: &TestApp, path: &str) -> Answer {
    app.call("GET", path, "", None).await
}

fn model(id: &str, owner: &str) -> Value {
    json!({"id": id, "object": "model", "created": 1_700_000_000, "owned_by": owner})
}

both_stores! {
    async fn the_list_has_openais_shape(app) {
        let catalogue = r#"{"data":[{"id":"meta/llama:free","name":"Llama","created":1700000000,
            "pricing":{"prompt":"0"}},{"id":"b","created":1700000000,"owned_by":"them"},
            {"name":"no id"}]}"#;
        app.stub.on_probe("*", Reply::json(200, catalogue));
        let answer = get(&app, "/v1/models").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        let data = [model("meta/llama:free", "ollama"), model("b", "them")];
        assert_eq!(answer.json(), json!({"object": "list", "data": data}));
        for id in ["meta/llama:free", "meta/llama%3Afree", "meta%2Fllama%3Afree"] {
            let answer = get(&app, &format!("/v1/models/{id}")).await;
            assert_eq!((answer.status, answer.json()), (200, data[0].clone()), "{id}");
        }
        for id in ["meta", "meta/llama", "%00"] {
            let answer = get(&app, &format!("/v1/models/{id}")).await;
            assert_eq!((answer.status, answer.code().as_str()), (404, "model_not_found"), "{id}");
            assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
        }
        let slash = get(&app, "/v1/models/").await;
        assert_eq!(slash.json()["object"], "list", "a slash too many is forgiven");
        assert_eq!(app.stub.probes().len(), 1);
    }

    async fn many_ask_and_the_upstream_is_asked_once(app) {
        let all = futures_util::future::join_all((0..20).map(|_| get(&app, "/v1/models"))).await;
        assert!(all.iter().all(|answer| answer.status == 200 && answer.body == all[0].body));
        assert_eq!(app.stub.probes().len(), 1);
        assert_eq!(app.stub.probes()[0].path, "/v1/models");
        assert_eq!(get(&app, "/v1/models/qwen3-coder:480b").await.status, 200);
        assert_eq!(app.stub.probes().len(), 1);
    }

    async fn each_provider_has_its_own(app) {
        let body = json!({"api_key": "sk-models-0000001", "provider": "openrouter"});
        app.add_key_with(&body).await;
        app.stub.on_probe("sk-models-0000001", Reply::json(200, r#"{"data":[{"id":"or/one"}]}"#));
        let ollama = get(&app, "/v1/models").await.json();
        assert_eq!(ollama["data"].as_array().unwrap().len(), 3);
        let router = get(&app, "/openrouter/v1/models").await.json();
        assert_eq!(
            (&router["data"][0]["id"], &router["data"][1]),
            (&json!("or/one"), &json!(null))
        );
        assert_eq!(get(&app, "/openrouter/v1/models/or/one").await.status, 200);
        assert_eq!(get(&app, "/v1/models/or/one").await.status, 404);
        assert_eq!(get(&app, "/ollama/v1/models").await.json(), ollama);
        let asked: Vec<_> = app.stub.probes().into_iter().map(|ask| (ask.path, ask.key)).collect();
        let expected = [("/v1/models", ""), ("/api/v1/models", "sk-models-0000001")];
        assert_eq!(asked, expected.map(|(path, key)| (path.to_owned(), key.to_owned())));
        let unknown = get(&app, "/nowhere/v1/models").await;
        assert_eq!((unknown.status, unknown.code().as_str()), (404, "unknown_provider"));
    }

    async fn an_old_list_stands_in_while_the_upstream_fails(app) {
        let fresh = get(&app, "/v1/models").await;
        let troubles = [Reply::json(500, "{}"), Reply::html(), Reply::close(), Reply::empty()];
        for (n, trouble) in troubles.into_iter().enumerate() {
            app.stub.on_probe("*", trouble);
            expire(&app).await;
            for _ in 0..3 {
                let answer = get(&app, "/v1/models").await;
                assert_eq!((answer.status, &answer.body), (200, &fresh.body), "trouble {n}");
            }
            assert_eq!(app.stub.probes().len(), n + 2, "asked once, and left alone for a while");
        }
        expire(&app).await;
        app.stub.on_probe("*", Reply::json(200, r#"{"data":[{"id":"new"}]}"#));
        assert_eq!(get(&app, "/v1/models").await.json()["data"][0]["id"], "new");
    }

    async fn without_any_list_the_error_is_clear(app) {
        app.stub.on_probe("*", Reply::json(500, r#"{"error":"internal secret"}"#));
        let answer = get(&app, "/v1/models").await;
        assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_error"));
        assert!(!answer.text().contains("secret"));
        app.stub.clear();
        assert_eq!(get(&app, "/v1/models").await.status, 200, "a failure is not remembered");
    }

    async fn strangers_are_limited_and_clients_are_not(app, ["--rate-limit-requests=2"]) {
        for (path, left) in [("/v1/models", "1"), ("/admin/public-stats", "0")] {
            let answer = get(&app, path).await;
            assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (200, Some(left)));
            assert_eq!(answer.header("x-ratelimit-limit"), Some("2"));
        }
        let answer = get(&app, "/v1/models").await;
        assert_eq!((answer.status, answer.code().as_str()), (429, "rate_limited"));
        assert_eq!(answer.json()["error"]["type"], "rate_limit_error");
        assert!(answer.header("retry-after").is_some_and(|wait| (1..=30).contains(&wait.parse().unwrap())));
        for status in [401, 401, 429] {
            let wrong = app.call("GET", "/v1/models", "wrong-token", None).await;
            assert_eq!(wrong.status, status);
        }
        for _ in 0..5 {
            assert_eq!(app.call("GET", "/v1/models", &app.token, None).await.status, 200);
        }
    }

    async fn the_limit_can_be_switched_off(
        app, ["--rate-limit-requests=1", "--enable-rate-limit=false"]
    ) {
        for _ in 0..3 {
            assert_eq!(get(&app, "/v1/models").await.status, 200);
        }
    }
}

/// Ends the hour for which a list is fresh.
async fn expire(app: &TestApp) {
    let (name, soon) = ("models:ollama", Duration::from_millis(1));
    assert!(app.app.cache.get(name).await.is_some(), "the catalogue's name in the cache");
    app.app.cache.set(name, Bytes::new(), soon).await;
    until("the list is stale", async || app.app.cache.get(name).await.is_none()).await;
}
