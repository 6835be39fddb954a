//! Client tokens at the chat's door.

use std::time::Duration;

use serde_json::{Value, json};

use super::{CHAT, OPENROUTER_CHAT, add_keys, secret};
use crate::support::{Answer, TestApp, both_stores};

async fn ask(app: &TestApp, path: &str, token: &str) -> Answer {
    app.call("POST", path, token, Some(&json!({"model": "m"}))).await
}

fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.text());
    let kind = if status == 401 { "authentication_error" } else { "permission_error" };
    assert_eq!(answer.json()["error"]["type"], kind);
    assert!(answer.header("x-request-id").is_some());
}

/// The id of the token with this name.
async fn id_of(app: &TestApp, name: &str) -> Value {
    let list = app.admin_get("/admin/tokens").await.json();
    let tokens = list["tokens"].as_array().expect("tokens").clone();
    tokens.iter().find(|token| token["name"] == name).expect("it is there")["id"].clone()
}

both_stores! {
    async fn who_may_ask(app) {
        add_keys(&app, 1).await;
        assert_refused(&ask(&app, CHAT, "").await, 401, "invalid_api_key");
        assert_refused(&ask(&app, CHAT, "sk-pool-wrong").await, 401, "invalid_api_key");
        assert_refused(&ask(&app, CHAT, crate::support::ADMIN_TOKEN).await, 401, "invalid_api_key");
        assert_refused(&ask(&app, CHAT, &secret(0)).await, 401, "invalid_api_key");
        assert_eq!(ask(&app, CHAT, &app.token).await.status, 200);
        assert_eq!(app.stub.calls().len(), 1);
    }

    async fn a_tokens_time_ends(app) {
        add_keys(&app, 1).await;
        let token = app.make_token(&json!({"name": "short", "expiresIn": 60})).await;
        assert_eq!(ask(&app, CHAT, &token).await.status, 200);
        app.app.clock.advance(Duration::from_secs(61));
        assert_refused(&ask(&app, CHAT, &token).await, 401, "token_expired");
        assert_eq!(ask(&app, CHAT, &app.token).await.status, 200);
    }

    async fn a_token_is_switched_off_and_on_at_once(app) {
        add_keys(&app, 1).await;
        let token = app.make_token(&json!({"name": "switched"})).await;
        assert_eq!(ask(&app, CHAT, &token).await.status, 200);
        let path = format!("/admin/tokens/{}", id_of(&app, "switched").await);
        app.admin("PATCH", &path, &json!({"enabled": false})).await;
        assert_refused(&ask(&app, CHAT, &token).await, 403, "token_disabled");
        app.admin("PATCH", &path, &json!({"enabled": true})).await;
        assert_eq!(ask(&app, CHAT, &token).await.status, 200);
        app.admin("DELETE", &path, &json!({})).await;
        assert_refused(&ask(&app, CHAT, &token).await, 401, "invalid_api_key");
    }

    async fn a_token_may_be_for_one_provider(app) {
        add_keys(&app, 1).await;
        app.add_key_with(&json!({"api_key": secret(1), "provider": "openrouter"})).await;
        let token = app.make_token(&json!({"name": "one", "provider": "openrouter"})).await;
        assert_refused(&ask(&app, CHAT, &token).await, 403, "provider_not_allowed");
        assert_eq!(ask(&app, OPENROUTER_CHAT, &token).await.status, 200);
        assert_eq!(app.stub.count(&secret(0)), 0);
    }
}
