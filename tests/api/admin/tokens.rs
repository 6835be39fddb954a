//! Client tokens.

use std::time::Duration;

use serde_json::{Value, json};

use super::post_raw;
use crate::support::{TestApp, both_stores};

const PATH: &str = "/admin/tokens";

/// Status and code of a chat with this token.
async fn chat(app: &TestApp, path: &str, token: &str) -> (u16, String) {
    let body = json!({"model": "llama3.2", "messages": []});
    let answer = app.call("POST", path, token, Some(&body)).await;
    (answer.status, if answer.status == 200 { String::new() } else { answer.code() })
}

async fn refused(app: &TestApp, token: &str) -> (u16, String) {
    chat(app, "/v1/chat/completions", token).await
}

async fn make(app: &TestApp, body: Value) -> Value {
    let answer = app.admin("POST", PATH, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

both_stores! {
    async fn made_shown_once_and_used(app) {
        app.add_key("sk-tokens-0000001").await;
        let made = make(&app, json!({"name": " Ann's laptop "})).await;
        let token = text(&made["token"]).to_owned();
        assert!(token.starts_with("sk-pool-") && token.len() > 40, "{token}");
        assert_eq!((&made["name"], &made["success"]), (&json!("Ann's laptop"), &json!(true)));
        for _ in 0..3 {
            assert_eq!(refused(&app, &token).await.0, 200);
        }
        let answer = app.admin_get(PATH).await;
        assert!(!answer.text().contains(&token), "masked in the list");
        let list = answer.json();
        assert_eq!((&list["total"], &list["totalPages"]), (&json!(2), &json!(1)));
        let shown = &list["tokens"][0];
        let ends = [&token[..4], &token[token.len() - 4..]].join("…");
        assert_eq!((text(&shown["token"]), &shown["id"]), (ends.as_str(), &made["id"]));
        let told = ["name", "provider", "expires_at", "requestCount", "enabled"];
        let told = told.map(|name| shown[name].clone());
        assert_eq!(json!(told), json!(["Ann's laptop", null, null, 3, true]));
        assert!(text(&shown["lastUsed"]) >= text(&shown["createdAt"]));
    }

    async fn the_older_names_work_too(app) {
        let path = "/admin/client-tokens";
        let answer = app.admin("POST", path, &json!({"name": "old", "ttl": 60})).await;
        assert_eq!(answer.status, 201);
        let made = answer.json();
        let list = app.admin_get(path).await.json();
        assert_eq!(
            (&list["client_tokens"][0]["name"], &list["tokens"]),
            (&json!("old"), &json!(null))
        );
        assert!(list["client_tokens"][0]["expires_at"].is_string());
        let answer = app.admin("DELETE", path, &json!({"token": made["token"]})).await;
        assert_eq!((answer.status, &answer.json()["deleted"]), (200, &json!(1)));
        assert_eq!(refused(&app, text(&made["token"])).await.0, 401);
    }

    async fn deleted_by_id_or_by_itself_at_once(app) {
        app.add_key("sk-tokens-0000001").await;
        let made = [
            make(&app, json!({"name": "a"})).await,
            make(&app, json!({"name": "b"})).await,
            make(&app, json!({"name": "c"})).await,
        ];
        for one in &made {
            assert_eq!(refused(&app, text(&one["token"])).await.0, 200);
        }
        let by_path = format!("{PATH}/{}", made[2]["id"]);
        let requests = [
            (PATH, json!({"id": made[0]["id"]})),
            (PATH, json!({"token": made[1]["token"]})),
            (by_path.as_str(), json!({})),
        ];
        for ((path, body), one) in requests.iter().zip(&made) {
            assert_eq!(app.admin("DELETE", path, body).await.status, 200);
            let answer = refused(&app, text(&one["token"])).await;
            assert_eq!(answer, (401, "invalid_api_key".to_owned()));
            assert_eq!(app.admin("DELETE", path, body).await.status, 404);
        }
        assert_eq!(refused(&app, &app.token).await.0, 200, "the others stay");
    }

    async fn switched_off_and_on_at_once(app) {
        app.add_key("sk-tokens-0000001").await;
        let made = make(&app, json!({"name": "switched"})).await;
        let (path, token) = (format!("{PATH}/{}", made["id"]), text(&made["token"]));
        assert_eq!(refused(&app, token).await.0, 200);
        let off = app.admin("PATCH", &path, &json!({"enabled": false})).await;
        assert_eq!((off.status, &off.json()["enabled"]), (200, &json!(false)));
        assert_eq!(refused(&app, token).await, (403, "token_disabled".to_owned()));
        app.admin("PATCH", &path, &json!({"enabled": true})).await;
        assert_eq!(refused(&app, token).await.0, 200);
        let unknown = app.admin("PATCH", "/admin/tokens/999999", &json!({"enabled": true})).await;
        assert_eq!((unknown.status, unknown.code().as_str()), (404, "not_found"));
    }

    async fn expiry(app) {
        app.add_key("sk-tokens-0000001").await;
        let made = make(&app, json!({"name": "short", "expiresIn": 60})).await;
        app.app.clock.advance(Duration::from_secs(58));
        assert_eq!(refused(&app, text(&made["token"])).await.0, 200);
        app.app.clock.advance(Duration::from_secs(3));
        let answer = refused(&app, text(&made["token"])).await;
        assert_eq!(answer, (401, "token_expired".to_owned()));
        let endless = make(&app, json!({"name": "endless", "expiresIn": 0})).await;
        assert_eq!(endless["expires_at"], json!(null));
    }

    async fn bound_to_a_provider(app) {
        let body = json!({"api_key": "sk-tokens-0000001", "provider": "openrouter"});
        app.add_key_with(&body).await;
        let made = make(&app, json!({"name": "bound", "provider": "openrouter"})).await;
        let token = text(&made["token"]);
        assert_eq!(chat(&app, "/openrouter/v1/chat/completions", token).await.0, 200);
        assert_eq!(refused(&app, token).await, (403, "forbidden".to_owned()));
    }

    async fn wrong_values_are_refused(app) {
        for (body, status) in [
            (json!({}), 422),
            (json!({"name": ""}), 422),
            (json!({"name": "  "}), 422),
            (json!({"name": 5}), 422),
            (json!({"name": "x".repeat(257)}), 422),
            (json!({"name": "a", "expiresIn": -1}), 422),
            (json!({"name": "a", "expiresIn": 315_360_001}), 422),
            (json!({"name": "a", "expiresIn": "1h"}), 422),
            // Not honoured yet, so not ignored either: a limit that isn't kept is a trap.
            (json!({"name": "a", "rpm": 5}), 422),
            (json!({"name": "a", "provider": "nowhere"}), 404),
        ] {
            assert_eq!(app.admin("POST", PATH, &body).await.status, status, "{body}");
        }
        assert_eq!(app.admin_get(PATH).await.json()["total"], 1);
        assert_eq!(post_raw(&app, PATH, "application/json", "{\"name\"").await.status, 400);
        assert_eq!(post_raw(&app, PATH, "text/plain", "{\"name\":\"a\"}").await.status, 415);
        assert_eq!(app.admin("DELETE", PATH, &json!({})).await.status, 422);
        let unknown = app.admin("DELETE", PATH, &json!({"token": "sk-pool-unknown"})).await;
        assert_eq!(unknown.status, 404);
        assert_eq!(app.admin("DELETE", &format!("{PATH}/x"), &json!({})).await.status, 404);
    }
}
