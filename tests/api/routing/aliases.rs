//! Another name for a model.

use serde_json::{Value, json};

use super::{PRIVATE, asked, deeds, other, refuses};
use crate::support::{ADMIN_TOKEN, TestApp, both_stores};

async fn alias(app: &TestApp, alias: &str, model: &str) -> u16 {
    app.admin("POST", "/admin/aliases", &json!({"alias": alias, "model": model})).await.status
}

async fn raw(app: &TestApp, body: &'static str) -> u16 {
    let url = app.url("/v1/chat/completions");
    let request = awc::Client::default().post(url).bearer_auth(&app.token);
    request.send_body(body).await.expect("an answer").status().as_u16()
}

both_stores! {
    async fn only_the_models_value_changes(app) {
        app.add_key("sk-alias-0000001").await;
        assert_eq!(alias(&app, "fast", "gpt-oss:20b \"x\"").await, 201);
        let body = r#" {"n" :1.00, "model" : "f\u0061st","x":{"model":"fast"},"big":12345678901234567890123, "n2":1e5 } "#;
        assert_eq!(raw(&app, body).await, 200);
        let expected = body.replacen(r#""f\u0061st""#, r#""gpt-oss:20b \"x\"""#, 1);
        assert_eq!(String::from_utf8(app.stub.calls()[0].body.clone()).unwrap(), expected);
        assert_eq!(app.stub.calls()[0].header("content-length"), Some(&*expected.len().to_string()));
        // Without an alias not even the escape changes.
        let body = r#"{"model":"f\u0061ster"}"#;
        assert_eq!(raw(&app, body).await, 200);
        assert_eq!(app.stub.calls()[1].body, body.as_bytes());
    }

    async fn a_stream_goes_by_its_alias_too(app) {
        app.add_key("sk-alias-0000001").await;
        assert_eq!(alias(&app, "fast", "llama3.2").await, 201);
        let answer = app.chat(&json!({"model": "fast", "messages": [], "stream": true})).await;
        assert!(answer.status == 200 && answer.text().contains("[DONE]"));
        assert_eq!(asked(&app.stub), "llama3.2");
    }

    async fn statistics_count_the_real_model(app) {
        app.add_key("sk-alias-0000001").await;
        assert_eq!(alias(&app, "fast", "llama3.2").await, 201);
        assert_eq!(app.ask("fast").await.status, 200);
        app.stats().await;
        let public = app.call("GET", "/admin/public-stats", "", None).await.json();
        assert_eq!(public["topModels"][0]["model"], "llama3.2");
        assert_eq!(public["topModels"].as_array().unwrap().len(), 1);
    }

    async fn the_list_of_models_has_them(app) {
        assert_eq!(alias(&app, "zz-fast", "llama3.2").await, 201);
        assert_eq!(alias(&app, "gpt-oss:20b", "elsewhere").await, 201);
        let list = app.call("GET", "/v1/models", "", None).await.json();
        let ids: Vec<&Value> = list["data"].as_array().unwrap().iter().map(|m| &m["id"]).collect();
        assert_eq!(ids, ["llama3.2", "qwen3-coder:480b", "gpt-oss:20b", "zz-fast"]);
        let model = app.call("GET", "/v1/models/zz-fast", "", None).await.json();
        let expected = json!({"id": "zz-fast", "object": "model", "created": 1_700_000_000,
            "owned_by": "ollama"});
        assert_eq!(model, expected, "as old as its model");
        assert_eq!(app.call("GET", "/openrouter/v1/models/zz-fast", "", None).await.status, 404);
    }

    async fn each_provider_has_its_own(app, [PRIVATE]) {
        let stub = other(&app).await;
        app.add_key("sk-alias-0000001").await;
        let body = json!({"provider": "other", "alias": "fast", "model": "theirs"});
        assert_eq!(app.admin("POST", "/admin/aliases", &body).await.status, 201);
        assert_eq!(app.ask("fast").await.status, 200);
        assert_eq!(asked(&app.stub), "fast");
        let chat = json!({"model": "fast", "messages": []});
        app.call("POST", "/other/v1/chat/completions", &app.token, Some(&chat)).await;
        assert_eq!(asked(&stub), "theirs");
    }

    async fn chains_and_bad_input_are_refused(app) {
        assert_eq!(alias(&app, "a", "b").await, 201);
        assert_eq!(alias(&app, "a", "c").await, 409);
        for (name, model) in [("c", "a"), ("b", "c"), ("x", "x"), ("", "x"), ("x", ""), ("*", "x"),
            ("x", "*"), ("x\n", "y"), ("x", &*"y".repeat(257))] {
            assert_eq!(alias(&app, name, model).await, 422, "{name} {model}");
        }
        let unknown = json!({"provider": "nowhere", "alias": "x", "model": "y"});
        assert_eq!(app.admin("POST", "/admin/aliases", &unknown).await.status, 404);
        let list = app.admin_get("/admin/aliases").await.json();
        let only = json!([{"provider": "ollama", "alias": "a", "model": "b"}]);
        assert_eq!(list["aliases"], only);
        refuses(&app, &[
            ("GET", "/admin/aliases"), ("POST", "/admin/aliases"), ("DELETE", "/admin/aliases?alias=a"),
        ]).await;
    }

    async fn deleted_they_mean_nothing(app) {
        app.add_key("sk-alias-0000001").await;
        assert_eq!(alias(&app, "fast/one", "llama3.2").await, 201);
        let delete = async || {
            let path = "/admin/aliases?alias=fast%2Fone&provider=ollama";
            app.call("DELETE", path, ADMIN_TOKEN, None).await.status
        };
        assert_eq!((delete().await, delete().await), (200, 404));
        assert_eq!(app.ask("fast/one").await.status, 200);
        assert_eq!(asked(&app.stub), "fast/one");
        assert_eq!(app.call("DELETE", "/admin/aliases", ADMIN_TOKEN, None).await.status, 422);
        let deeds = deeds(&app).await;
        let done: Vec<_> = deeds.iter().map(|deed| (&*deed.action, &*deed.target)).collect();
        let target = "alias:ollama/fast/one";
        assert_eq!(done, [("alias.create", target), ("alias.delete", target)]);
        assert_eq!(deeds[0].after, deeds[1].before);
    }

    async fn many_at_once_make_no_chain(app) {
        let all = ["a b", "b c", "c a", "b a", "c b", "a c"].map(|pair| {
            let app = &app;
            async move {
                let (name, model) = pair.split_once(' ').unwrap();
                alias(app, name, model).await
            }
        });
        futures_util::future::join_all(all).await;
        let list = app.admin_get("/admin/aliases").await.json();
        let list = list["aliases"].as_array().unwrap();
        assert!(!list.is_empty());
        for one in list {
            assert!(list.iter().all(|other| other["alias"] != one["model"]), "{list:?}");
        }
    }
}
