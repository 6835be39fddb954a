//! Adding and deleting upstream keys.

use std::time::Duration;

use serde_json::{Value, json};

use super::post_raw;
use crate::support::{TestApp, both_stores};

const KEY: &str = "sk-admin-keys-0123456789-9f3c";
const PATH: &str = "/admin/api-keys";

/// What the API says to this key.
async fn refusal(app: &TestApp, body: Value) -> (u16, String) {
    let answer = app.admin("POST", PATH, &body).await;
    (answer.status, answer.code())
}

both_stores! {
    async fn a_key_is_added_shown_masked_and_used(app) {
        let body = json!({"apiKey": KEY, "username": "Ann", "account": "a1", "weight": 2,
            "max_concurrency": 3, "ttl": 3600});
        let answer = app.admin("POST", PATH, &body).await;
        assert_eq!((answer.status, &answer.json()["success"]), (201, &json!(true)));
        let key = app.key(answer.json()["id"].as_i64().unwrap()).await;
        assert_eq!(key["api_key"], "sk-a…9f3c");
        let kept = ["username", "account", "weight", "max_concurrency", "provider", "status"];
        let kept = kept.map(|name| key[name].clone());
        assert_eq!(json!(kept), json!(["Ann", "a1", 2, 3, "ollama", "active"]));
        assert!(key["expires_at"].as_str() > key["created_at"].as_str());
        assert_eq!(app.ask("llama3.2").await.status, 200);
        assert_eq!(app.stub.count(KEY), 1);
    }

    async fn a_key_is_added_once_a_provider(app) {
        app.add_key(KEY).await;
        let conflict = (409, "already_exists".to_owned());
        assert_eq!(refusal(&app, json!({"api_key": KEY})).await, conflict);
        assert_eq!(refusal(&app, json!({"api_key": format!("  {KEY}\n")})).await, conflict);
        app.add_key_with(&json!({"api_key": KEY, "provider": "openrouter"})).await;
        assert_eq!(app.stats().await["total_api_keys"], 1);
        assert_eq!(app.admin_get("/admin/stats?provider=all").await.json()["total_api_keys"], 2);
    }

    async fn many_at_once_add_a_key_once(app) {
        let body = json!({"api_key": KEY});
        let all = (0..8).map(|_| app.admin("POST", PATH, &body));
        let mut answers: Vec<u16> =
            futures_util::future::join_all(all).await.iter().map(|answer| answer.status).collect();
        answers.sort_unstable();
        assert_eq!(answers, [201, 409, 409, 409, 409, 409, 409, 409]);
    }

    async fn wrong_values_are_refused(app) {
        let wrong = [
            json!({}),
            json!([]),
            json!({"api_key": 5}),
            json!({"api_key": null}),
            json!({"api_key": "short"}),
            json!({"api_key": "sk with spaces 0123"}),
            json!({"api_key": "sk-ümlaut-0123456789"}),
            json!({"api_key": "x".repeat(2049)}),
            json!({"api_key": KEY, "username": "x".repeat(257)}),
            json!({"api_key": KEY, "username": 1}),
            json!({"api_key": KEY, "weight": 0}),
            json!({"api_key": KEY, "weight": 1001}),
            json!({"api_key": KEY, "weight": "1"}),
            json!({"api_key": KEY, "max_concurrency": -1}),
            json!({"api_key": KEY, "ttl": -1}),
            json!({"api_key": KEY, "ttl": 1.5}),
        ];
        for body in wrong {
            let refused = refusal(&app, body.clone()).await;
            assert_eq!(refused, (422, "invalid_value".to_owned()), "{body}");
        }
        let unknown = refusal(&app, json!({"api_key": KEY, "provider": "nowhere"})).await;
        assert_eq!(unknown, (404, "unknown_provider".to_owned()));
        assert_eq!(app.stats().await["total_api_keys"], 0);
    }

    async fn what_is_no_json_is_refused(app) {
        for (kind, body, status, code) in [
            ("application/json", "{\"api_key\":", 400, "malformed_request"),
            ("application/json", "", 400, "malformed_request"),
            ("text/plain", "{\"api_key\":\"sk-0123456789\"}", 415, "unsupported_media_type"),
        ] {
            let answer = post_raw(&app, PATH, kind, body).await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{body}");
        }
        let large = json!({"api_key": KEY, "username": "x".repeat(3 << 20)});
        assert_eq!(refusal(&app, large).await, (413, "body_too_large".to_owned()));
        // A secret in the wrong place must not come back in the error.
        let answer = app.admin("POST", PATH, &json!({"api_key": KEY, "weight": KEY})).await;
        assert!(answer.status == 422 && !answer.text().contains(KEY), "{}", answer.text());
    }

    async fn deleted_keys_are_gone_at_once(app) {
        let keys = ["sk-delete-00000001", "sk-delete-00000002", "sk-delete-00000003"];
        let [first, second, third] =
            [app.add_key(keys[0]).await, app.add_key(keys[1]).await, app.add_key(keys[2]).await];
        let answer = app.admin("DELETE", &format!("{PATH}/{first}"), &json!({})).await;
        assert_eq!(answer.status, 200);
        let body = json!({"apiKeys": [keys[1], "sk-unknown-0000000"], "ids": [third]});
        let answer = app.admin("DELETE", PATH, &body).await.json();
        assert_eq!(answer, json!({"success": false, "deleted": 2, "failed": 1, "total": 3}));
        assert_eq!(app.admin_get(PATH).await.json()["total"], 0);
        let answer = app.ask("llama3.2").await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "no_keys"));
        assert_eq!(app.stub.calls().len(), 0);

        let again = app.admin("DELETE", &format!("{PATH}/{second}"), &json!({})).await;
        assert_eq!((again.status, again.code().as_str()), (404, "not_found"));
        assert_eq!(app.admin("DELETE", &format!("{PATH}/x"), &json!({})).await.status, 404);
        let nothing = app.admin("DELETE", PATH, &json!({"ids": []})).await;
        assert_eq!(nothing.status, 422);
        app.add_key(keys[0]).await;
        assert_eq!(app.ask("llama3.2").await.status, 200);
    }

    async fn a_key_ends_with_its_time(app) {
        app.add_key_with(&json!({"api_key": KEY, "ttl": 60})).await;
        assert_eq!(app.ask("llama3.2").await.status, 200);
        app.app.clock.advance(Duration::from_secs(61));
        let answer = app.ask("llama3.2").await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "no_healthy_key"));
        let list = app.admin_get("/admin/api-keys?status=expired").await.json();
        assert_eq!(
            (&list["total"], &list["api_keys"][0]["status"]),
            (&json!(1), &json!("expired"))
        );
    }
}
