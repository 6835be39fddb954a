//! Providers are added, changed, switched and deleted while the program runs.

use ollama_api_pool::models::provider::ProviderRow;
use pool_stub::{Gate, Reply, Stub};
use serde_json::{Value, json};

use super::{PRIVATE, deeds, fall_back, other, refuses, served};
use crate::support::{Answer, TestApp, both_stores, until};

const CHAT: &str = "/other/v1/chat/completions";

async fn chat(app: &TestApp) -> Answer {
    let body = json!({"model": "llama3.2", "messages": []});
    app.call("POST", CHAT, &app.token, Some(&body)).await
}

/// A provider as the list shows it.
async fn listed(app: &TestApp, id: &str) -> Option<Value> {
    let list = app.admin_get("/admin/providers").await.json();
    let list = list["providers"].as_array().expect("providers").clone();
    list.into_iter().find(|one| one["id"] == id)
}

both_stores! {
    async fn one_that_was_added_serves_at_once(app, [PRIVATE]) {
        assert_eq!(chat(&app).await.code(), "unknown_provider");
        let stub = other(&app).await;
        assert_eq!(served(&chat(&app).await), (200, Some("other"), Some("1")));
        assert_eq!(stub.count("sk-other-0000001"), 1);
        assert!(app.stub.calls().is_empty(), "not the other one");
        let keys = json!({"active": 1, "cooling": 0, "disabled": 0, "expired": 0});
        let expected = json!({"id": "other", "name": "other", "kind": "openai", "keys": keys,
            "base_url": stub.url(), "built_in": false, "enabled": true, "moved_from": null});
        assert_eq!(listed(&app, "other").await, Some(expected));
        let built_in = listed(&app, "ollama").await.unwrap();
        assert_eq!(
            (&built_in["built_in"], &built_in["kind"], &built_in["base_url"]),
            (&json!(true), &json!("ollama"), &json!(app.stub.url()))
        );
        let list = app.call("GET", "/other/v1/models", "", None).await;
        assert_eq!(list.json()["data"].as_array().unwrap().len(), 3);
    }

    async fn a_change_holds_for_the_next_request(app, [PRIVATE]) {
        let first = other(&app).await;
        assert_eq!(app.call("GET", "/other/v1/models", "", None).await.status, 200);
        let second = Stub::start();
        second.on_probe("*", Reply::json(200, r#"{"data":[{"id":"moved"}]}"#));
        let moved = json!({"base_url": format!("{}/v1/", second.url()), "name": "Moved"});
        let answer = app.admin("PATCH", "/admin/providers/other", &moved).await;
        assert_eq!((answer.status, &answer.json()["name"]), (200, &json!("Moved")));
        let place = json!({"base_url": answer.json()["base_url"], "kind": "openai"});
        let confirmed = app.admin("POST", "/admin/providers/other/confirm", &place).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.text());
        assert_eq!(chat(&app).await.status, 200);
        assert_eq!((first.calls().len(), second.calls().len()), (0, 1));
        assert_eq!(second.calls()[0].path, "/v1/chat/completions");
        let list = app.call("GET", "/other/v1/models", "", None).await.json();
        assert_eq!(list["data"][0]["id"], "moved", "the catalogue of the old place is forgotten");

        let off = json!({"enabled": false});
        assert_eq!(app.admin("PATCH", "/admin/providers/other", &off).await.status, 200);
        let refused = chat(&app).await;
        assert_eq!((refused.status, refused.code().as_str()), (503, "provider_disabled"));
        assert_eq!(second.calls().len(), 1);
        let on = json!({"enabled": true});
        assert_eq!(app.admin("PATCH", "/admin/providers/other", &on).await.status, 200);
        assert_eq!(chat(&app).await.status, 200);
    }

    async fn a_request_under_way_ends_where_it_began(app, [PRIVATE]) {
        let stub = other(&app).await;
        let gate = Gate::new();
        let held = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec();
        let steps = vec![pool_stub::Step::Wait(gate.clone()), pool_stub::Step::Send(held)];
        stub.next("*", Reply::steps(steps));
        let change = async {
            stub.arrived(1).await;
            let off = json!({"enabled": false});
            assert_eq!(app.admin("PATCH", "/admin/providers/other", &off).await.status, 200);
            gate.open();
        };
        let (answer, ()) = futures_util::join!(chat(&app), change);
        assert_eq!((answer.status, answer.text().as_str()), (200, "{}"));
        assert_eq!(chat(&app).await.status, 503);
    }

    async fn one_with_keys_is_not_deleted(app, [PRIVATE]) {
        let stub = other(&app).await;
        let alias = json!({"provider": "other", "alias": "a", "model": "b"});
        assert_eq!(app.admin("POST", "/admin/aliases", &alias).await.status, 201);
        fall_back(&app, "x", &[("other", "*")]).await;
        let delete = async || app.call("DELETE", "/admin/providers/other",
            crate::support::ADMIN_TOKEN, None).await;
        let refused = delete().await;
        assert_eq!((refused.status, refused.code().as_str()), (409, "in_use"));
        assert!(refused.text().contains("1 keys"), "{}", refused.text());
        assert_eq!(chat(&app).await.status, 200, "nothing has changed");
        let keys = json!({"apiKeys": ["sk-other-0000001"], "provider": "other"});
        assert_eq!(app.admin("DELETE", "/admin/api-keys", &keys).await.json()["deleted"], 1);
        let deleted = delete().await;
        assert_eq!(deleted.json(), json!({"success": true, "aliases": 1, "fallbacks": 1}));
        assert_eq!(chat(&app).await.code(), "unknown_provider");
        assert_eq!(listed(&app, "other").await, None);
        assert_eq!(delete().await.status, 404);
        assert_eq!(app.admin_get("/admin/aliases").await.json(), json!({"aliases": []}));
        assert_eq!(app.admin_get("/admin/fallbacks").await.json(), json!({"fallbacks": []}));
        assert_eq!(stub.calls().len(), 1);
        // The name is free again.
        let again = json!({"id": "other", "base_url": stub.url()});
        assert_eq!(app.admin("POST", "/admin/providers", &again).await.status, 201);
    }

    async fn built_in_ones_change_only_their_name_and_switch(app, ["--disable-openrouter=true"]) {
        let change = async |id: &str, body: Value| {
            let answer = app.admin("PATCH", &format!("/admin/providers/{id}"), &body).await;
            (answer.status, answer.json())
        };
        for body in [json!({"base_url": "https://example.com"}), json!({"kind": "openai"})] {
            assert_eq!(change("ollama", body).await.0, 422);
        }
        app.add_key("sk-built-in-0001").await;
        let (status, view) = change("ollama", json!({"name": "Mine", "enabled": false})).await;
        assert_eq!((status, &view["name"], &view["enabled"]), (200, &json!("Mine"), &json!(false)));
        assert_eq!(app.ask("llama3.2").await.code(), "provider_disabled");
        let (_, view) = change("ollama", json!({"enabled": true})).await;
        assert_eq!((&view["name"], &view["base_url"]), (&json!("Mine"), &json!(app.stub.url())));
        assert_eq!(app.ask("llama3.2").await.status, 200);
        let (status, error) = change("openrouter", json!({"enabled": true})).await;
        assert_eq!((status, &error["code"]), (409, &json!("in_use")), "the environment's word");
        let answer = app.call("DELETE", "/admin/providers/ollama",
            crate::support::ADMIN_TOKEN, None).await;
        assert_eq!(answer.status, 422);
        let row = ProviderRow::find(&mut app.app.database.get().await.unwrap(), "ollama").await;
        assert_eq!(row.unwrap().unwrap().base_url, "", "the environment's URL is not stored");
    }

    async fn what_another_process_added_is_taken_up(app, [PRIVATE]) {
        let stub = Stub::start();
        let row = ProviderRow {
            id: "other".to_owned(),
            name: "Other".to_owned(),
            base_url: stub.url(),
            kind: "openai".to_owned(),
            enabled: true,
            created_at: app.app.clock.now().naive(),
            confirmed_origin: None,
            confirmed_kind: None,
        };
        assert!(row.insert(&mut app.app.database.get().await.unwrap()).await.unwrap());
        until("it is taken up", async || app.app.providers.get("other").is_some()).await;
        app.add_key_with(&json!({"api_key": "sk-other-0000001", "provider": "other"})).await;
        assert_eq!(chat(&app).await.status, 200);
    }

    async fn a_test_tells_what_the_provider_said(app, [PRIVATE]) {
        let stub = Stub::start();
        let body = json!({"id": "other", "base_url": stub.url(), "enabled": false});
        assert_eq!(app.admin("POST", "/admin/providers", &body).await.status, 201);
        let test = async || {
            let tested = app.admin("POST", "/admin/providers/other/test", &json!({})).await;
            assert_eq!(tested.status, 200);
            let mut tested = tested.json();
            assert!(tested["latency_ms"].is_u64());
            tested.as_object_mut().unwrap().remove("latency_ms");
            tested
        };
        let good = json!({"ok": true, "status": 200, "models": 3, "with_key": false, "error": null});
        assert_eq!(test().await, good, "also one that is switched off");
        app.add_key_with(&json!({"api_key": "sk-other-0000001", "provider": "other"})).await;
        stub.on_probe("sk-other-0000001", Reply::json(401, r#"{"error":"sk-other-0000001"}"#));
        let refused =
            json!({"ok": false, "status": 401, "models": null, "with_key": true, "error": null});
        assert_eq!(test().await, refused);
        stub.on_probe("*", Reply::html());
        stub.on_probe("sk-other-0000001", Reply::html());
        assert_eq!(test().await["error"], "malformed_answer");
        stub.on_probe("sk-other-0000001", Reply::close());
        assert_eq!((&test().await["error"], &test().await["status"]), (&json!("connection_lost"), &json!(null)));
        let unknown = app.admin("POST", "/admin/providers/nowhere/test", &json!({})).await;
        assert_eq!(unknown.status, 404);
    }

    async fn bad_input_is_refused(app) {
        let good = json!({"id": "good", "base_url": "https://93.184.216.34"});
        let with = |name: &str, value: Value| {
            let mut body = good.clone();
            body[name] = value;
            body
        };
        for id in ["", "admin", "v1", "api", "A", "1a", "a/b", "a b", "ü", "-a", &"a".repeat(41)] {
            let answer = app.admin("POST", "/admin/providers", &with("id", json!(id))).await;
            assert_eq!((answer.status, answer.code().as_str()), (422, "invalid_value"), "{id}");
        }
        for (name, value) in [
            ("kind", json!("anthropic")), ("name", json!("")), ("name", json!("a\nb")),
            ("base_url", json!("ftp://x")), ("enabled", json!("yes")),
        ] {
            let answer = app.admin("POST", "/admin/providers", &with(name, value)).await;
            assert_eq!(answer.status, 422, "{name}");
        }
        assert_eq!(app.admin("POST", "/admin/providers", &json!({"id": "x"})).await.status, 422);
        assert_eq!(app.admin("POST", "/admin/providers", &with("id", json!("ollama"))).await.status, 409);
        assert_eq!(app.admin("POST", "/admin/providers", &good).await.status, 201);
        let twice = app.admin("POST", "/admin/providers", &good).await;
        assert_eq!((twice.status, twice.code().as_str()), (409, "already_exists"));
        assert_eq!(app.admin("PATCH", "/admin/providers/no", &json!({})).await.status, 404);
        refuses(&app, &[
            ("GET", "/admin/providers"), ("POST", "/admin/providers"),
            ("PATCH", "/admin/providers/ollama"), ("DELETE", "/admin/providers/ollama"),
            ("POST", "/admin/providers/ollama/test"),
        ]).await;
    }

    async fn changes_are_in_the_audit_log(app) {
        let new = json!({"id": "new", "base_url": "https://93.184.216.34/v1/"});
        assert_eq!(app.admin("POST", "/admin/providers", &new).await.status, 201);
        let off = json!({"enabled": false});
        assert_eq!(app.admin("PATCH", "/admin/providers/new", &off).await.status, 200);
        let delete = app.call("DELETE", "/admin/providers/new", crate::support::ADMIN_TOKEN, None);
        assert_eq!(delete.await.status, 200);
        let deeds = deeds(&app).await;
        let done: Vec<_> = deeds.iter().map(|deed| (&*deed.action, &*deed.target)).collect();
        let actions = ["provider.create", "provider.change", "provider.delete"];
        assert_eq!(done, actions.map(|action| (action, "provider:new")));
        let on = |text: &Option<String>| {
            text.as_ref().map(|text| serde_json::from_str::<Value>(text).unwrap()["enabled"].clone())
        };
        let enabled: Vec<_> = deeds.iter().map(|deed| (on(&deed.before), on(&deed.after))).collect();
        let (yes, no) = (Some(json!(true)), Some(json!(false)));
        assert_eq!(enabled, [(None, yes.clone()), (yes, no.clone()), (no, None)]);
    }
}
