//! No way around a token's list of models: other spellings of `model`, fields that choose models,
//! and answers from others.

use pool_stub::Reply;
use serde_json::{Value, json};

use super::{CHAT, OPENROUTER_CHAT, STOP, add_keys, secret};
use crate::metrics::scrape::scrape;
use crate::support::{Answer, TestApp, both_stores};

const OTHER_MODELS: &str = "ollama_pool_other_models_total";

async fn some_models(app: &TestApp, models: &[&str]) -> String {
    app.make_token(&json!({"name": "some", "models": models})).await
}

async fn openrouter(app: &TestApp) {
    app.add_key_with(&json!({"api_key": secret(7), "provider": "openrouter"})).await;
}

/// A chat with exactly these bytes.
async fn send_as(app: &TestApp, token: &str, body: &str) -> Answer {
    let request = awc::Client::default().post(app.url(CHAT)).bearer_auth(token);
    Answer::read(request.send_body(body.to_owned()).await.expect("an answer")).await
}

/// A chat of an allowed model with this field.
async fn with(app: &TestApp, path: &str, token: &str, field: &str, value: &Value) -> Answer {
    app.call("POST", path, token, Some(&json!({"model": "good", "messages": [], field: value})))
        .await
}

fn assert_refused(answer: &Answer, status: u16, code: &str, param: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.text());
    assert_eq!(answer.json()["error"]["param"], param, "{}", answer.text());
}

both_stores! {
    async fn other_spellings_of_a_name_are_refused(app) {
        add_keys(&app, 1).await;
        let some = some_models(&app, &["good"]).await;
        let bodies = [
            (r#"{"model":"good","Model":"bad"}"#, "model"),
            (r#"{"MODEL":"bad","model":"good"}"#, "model"),
            (r#"{"model":"good","\u006dodel":"bad"}"#, "model"),
            (r#"{"model":"good","\u004Dodel":"bad"}"#, "model"),
            (r#"{"model":"good","model":"bad"}"#, "model"),
            ("{\"model\":\"good\",\"model\u{17f}\":[\"bad\"]}", "models"),
            (r#"{"model":"good","model\u017f":["bad"]}"#, "models"),
            (r#"{"model":"good","fallbac\u212as":["bad"]}"#, "fallbacks"),
            (r#"{"model":"good","Stream":true}"#, "stream"),
            (r#"{"model":"good","ROUTE":"fallback"}"#, "route"),
        ];
        for (body, param) in bodies {
            for token in [&some, &app.token] {
                let answer = send_as(&app, token, body).await;
                assert_refused(&answer, 400, "malformed_request", param);
            }
        }
        assert_eq!(app.stub.calls().len(), 0, "no upstream is asked");
        let page = scrape(&app).await;
        let refusals = page.get("ollama_pool_refusals_total", &[("reason", "malformed_request")]);
        assert_eq!(refusals, Some(bodies.len() as f64 * 2.0), "each is counted");
    }

    async fn fields_that_name_models_are_checked(app) {
        openrouter(&app).await;
        let token = some_models(&app, &["good", "fine*"]).await;
        let bad = [
            ("models", json!(["good", "bad"])),
            ("models", json!("bad")),
            ("models", json!([{"model": "bad"}])),
            ("models", json!([["good"]])),
            ("models", json!({"good": ["bad"]})),
            ("models", json!(["fine@preset/x"])),
            ("fallbacks", json!(["bad"])),
            ("route", json!("fallback")),
            ("route", json!({"any": "thing"})),
            ("preset", json!("mine")),
            ("plugins", json!([{"id": "web"}, {"id": "auto-router"}])),
            ("tools", json!([{"type": "openrouter:advisor", "parameters": {"model": "bad"}}])),
        ];
        for (field, value) in &bad {
            let answer = with(&app, OPENROUTER_CHAT, &token, field, value).await;
            assert_refused(&answer, 403, "model_not_allowed", field);
            assert_eq!(answer.json()["error"]["type"], "permission_error");
            assert_eq!(answer.header("x-pool-provider"), None, "there is no plan");
        }
        assert_eq!(app.stub.calls().len(), 0);
        for (field, value) in [
            ("models", json!(["good", "finest"])),
            ("models", json!(null)),
            ("plugins", json!([{"id": "web", "max_results": 3}, {"id": "file-parser"}])),
            ("tools", json!([{"type": "function", "function": {"name": "f"}}])),
            ("tools", json!([{"type": "openrouter:web_search"}])),
            ("provider", json!({"order": ["bad"], "allow_fallbacks": false})),
            ("preset", json!(null)),
            ("anything", json!({"model": "bad"})),
        ] {
            let answer = with(&app, OPENROUTER_CHAT, &token, field, &value).await;
            assert_eq!(answer.status, 200, "{field}: {}", answer.text());
            let sent: Value = serde_json::from_slice(&app.stub.calls().pop().unwrap().body).unwrap();
            assert_eq!(sent[field], value, "unchanged");
        }
        let both = json!({"model": "good", "models": ["good"], "route": "fallback"});
        assert_eq!(app.call("POST", OPENROUTER_CHAT, &token, Some(&both)).await.status, 200);
        // Who may use all models may choose any.
        for (field, value) in &bad {
            let answer = with(&app, OPENROUTER_CHAT, &app.token, field, value).await;
            assert_eq!(answer.status, 200, "{field}: {}", answer.text());
        }
    }

    async fn what_an_upstream_does_not_know_passes(app) {
        add_keys(&app, 1).await;
        let token = some_models(&app, &["good"]).await;
        for (field, value) in [
            ("models", json!(["bad"])),
            ("preset", json!("mine")),
            ("tools", json!([{"type": "openrouter:advisor"}])),
        ] {
            assert_eq!(with(&app, CHAT, &token, field, &value).await.status, 200, "{field}");
        }
    }

    async fn names_that_mean_others_must_be_listed_in_full(app) {
        openrouter(&app).await;
        let token = some_models(&app, &["good*", "@preset/mine"]).await;
        let ask = async |model: &str| {
            app.call("POST", OPENROUTER_CHAT, &token, Some(&json!({"model": model}))).await
        };
        assert_refused(&ask("good@preset/theirs").await, 403, "model_not_allowed", "model");
        assert_eq!(ask("@preset/mine").await.status, 200);
        assert_eq!(ask("good:free").await.status, 200);
    }

    /// An alias is replaced in `model` only: elsewhere its name is what the upstream calls so.
    async fn an_alias_is_no_name_in_a_list(app) {
        openrouter(&app).await;
        let alias = json!({"provider": "openrouter", "alias": "big", "model": "small"});
        assert_eq!(app.admin("POST", "/admin/aliases", &alias).await.status, 201);
        let token = some_models(&app, &["big"]).await;
        let ask = async |body: &Value| app.call("POST", OPENROUTER_CHAT, &token, Some(body)).await;
        assert_eq!(ask(&json!({"model": "big"})).await.status, 200);
        let listed = ask(&json!({"model": "big", "models": ["big"]})).await;
        assert_refused(&listed, 403, "model_not_allowed", "models");
        assert_eq!(app.stub.calls().len(), 1);
    }

    /// A fallback that would read the field is left out, like one that the token may not use.
    async fn a_fallback_is_checked_by_its_own_table(app) {
        add_keys(&app, 1).await;
        openrouter(&app).await;
        let order = json!({"model": "good", "to": [{"provider": "openrouter", "model": "good"}]});
        assert_eq!(app.admin("PUT", "/admin/fallbacks", &order).await.status, 200);
        app.stub.always(&secret(0), Reply::json(500, r#"{"error":"broken"}"#));
        let token = some_models(&app, &["good"]).await;
        let plain = app.call("POST", CHAT, &token, Some(&json!({"model": "good"}))).await;
        assert_eq!((plain.status, plain.header("x-pool-provider")), (200, Some("openrouter")));
        let chosen = with(&app, CHAT, &token, "models", &json!(["bad"])).await;
        assert!(chosen.status >= 500, "{}", chosen.text());
        let calls = app.stub.calls();
        let others = calls.iter().filter(|call| call.key == secret(7));
        assert_eq!(others.count(), 1, "only the plain one");
    }

    async fn answers_from_other_models_are_counted(app) {
        add_keys(&app, 1).await;
        let token = some_models(&app, &["good"]).await;
        let counted = async || {
            let page = scrape(&app).await;
            page.get(OTHER_MODELS, &[("provider", "ollama")]).unwrap_or(0.0)
        };
        let answer = |model: &str| {
            let choice = json!({"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"});
            Reply::json(200, &json!({"model": model, "choices": [choice]}).to_string())
        };
        let stream = |model: &str| {
            let first = json!({"model": model, "choices": [{"delta": {"content": "Hi"}}]});
            Reply::sse(&[&first.to_string(), STOP, "[DONE]"])
        };
        let ask = async |token: &str, stream: bool| {
            let body = json!({"model": "good", "stream": stream});
            assert_eq!(app.call("POST", CHAT, token, Some(&body)).await.status, 200);
        };
        let cases = [("good", 0.0), ("GOOD-2024-08-06", 0.0), ("good:20b", 0.0), ("bad", 1.0)];
        let mut expected = 0.0;
        for (model, more) in cases {
            for (reply, streams) in [(answer(model), false), (stream(model), true)] {
                app.stub.next("*", reply);
                ask(&token, streams).await;
                expected += more;
                assert_eq!(counted().await, expected, "{model} {streams}");
            }
        }
        app.stub.next("*", answer("bad"));
        ask(&app.token, false).await;
        assert_eq!(counted().await, expected, "a token without a list may use all");
    }
}
