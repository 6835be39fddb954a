//! Names that can stand in more than one place or be spelt in more than one way.

use serde_json::{Value, json};

use crate::support::{ADMIN_TOKEN, TestApp, both_stores};

const KEY: &str = "sk-of-openrouter-0001";

async fn told(app: &TestApp, method: &str, path: &str, body: Value) -> Value {
    let answer = app.call(method, path, ADMIN_TOKEN, Some(&body)).await;
    assert!(answer.status < 300, "{method} {path}: {} {}", answer.status, answer.text());
    answer.json()
}

async fn total(app: &TestApp, provider: &str) -> Value {
    app.admin_get(&format!("/admin/api-keys?provider={provider}")).await.json()["total"].clone()
}

both_stores! {
    async fn the_provider_stands_in_the_query_or_in_the_body(app) {
        let own = "?provider=openrouter";
        told(&app, "POST", &format!("/admin/api-keys{own}"), json!({"apiKey": KEY})).await;
        let both = json!({"api_key": "sk-of-ollama-00000001", "provider": "ollama"});
        told(&app, "POST", &format!("/admin/api-keys{own}"), both).await;
        assert_eq!([total(&app, "openrouter").await, total(&app, "ollama").await], [1, 1], "the body comes first");

        let key = json!({"apiKey": KEY});
        let verified = told(&app, "POST", &format!("/admin/verify-key{own}"), key.clone()).await;
        assert_eq!(verified["valid"], true);
        let asked: Vec<_> = app.stub.probes().into_iter().filter(|probe| probe.key == KEY).collect();
        assert!(!asked.is_empty() && asked.iter().all(|probe| probe.path.starts_with("/api/v1/")), "of OpenRouter");
        assert_eq!(app.admin("POST", "/admin/keys/disable", &key).await.status, 404);
        let disabled = told(&app, "POST", &format!("/admin/keys/disable{own}"), key.clone()).await;
        assert_eq!(disabled["affected"], 1);
        let those = json!({"filter": {"status": "disabled"}});
        assert_eq!(told(&app, "POST", "/admin/keys/enable", those.clone()).await["affected"], 0);
        let enabled = told(&app, "POST", &format!("/admin/keys/enable{own}"), those).await;
        assert_eq!(enabled["affected"], 1);
        let heavier = json!({"apiKey": KEY, "set": {"weight": 2}});
        let heavier = told(&app, "POST", &format!("/admin/keys/update{own}"), heavier).await;
        assert_eq!(heavier["affected"], 1);
        let job = told(&app, "POST", &format!("/admin/keys/health-check{own}"), json!({})).await;
        assert!(job["job"].is_string());
        assert_eq!(told(&app, "DELETE", "/admin/api-keys", key.clone()).await["failed"], 1);
        assert_eq!(told(&app, "DELETE", &format!("/admin/api-keys{own}"), key).await["deleted"], 1);
        let token = told(&app, "POST", &format!("/admin/tokens{own}"), json!({"name": "a"})).await;
        assert_eq!(token["provider"], "openrouter");
    }

    async fn a_token_is_named_in_the_path_or_in_the_body(app) {
        for (list, life) in [("/admin/tokens", "expiresIn"), ("/admin/client-tokens", "ttl")] {
            let made = told(&app, "POST", list, json!({"name": "a", life: 60})).await;
            assert!(made["expires_at"].is_string());
            let (id, path) = (made["id"].clone(), format!("{list}/{}", made["id"]));
            let changed = told(&app, "PATCH", list, json!({"id": id, "name": "b"})).await;
            assert_eq!((&changed["id"], &changed["name"]), (&id, &json!("b")));
            assert_eq!(told(&app, "PATCH", &path, json!({"id": id, "name": "c"})).await["name"], "c");
            let other = app.admin("PATCH", &path, &json!({"id": 0, "name": "d"})).await;
            assert_eq!(other.status, 422);
            assert_eq!(app.admin_get(&path).await.json()["name"], "c");
        }
    }
}
