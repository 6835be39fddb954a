//! Client tokens.

use std::time::Duration;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use ollama_api_pool::db::schema::audit_log;
use ollama_api_pool::models::audit::AuditRow;
use ollama_api_pool::with_conn;
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
        assert_eq!(refused(&app, token).await, (403, "provider_not_allowed".to_owned()));
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
            // Not known, so not ignored either: a limit that isn't kept is a trap.
            (json!({"name": "a", "rpd": 5}), 422),
            (json!({"name": "a", "rpm": -1}), 422),
            (json!({"name": "a", "tpm": 1.5}), 422),
            (json!({"name": "a", "daily_requests": 1_000_000_000_001_i64}), 422),
            (json!({"name": "a", "max_concurrency": "2"}), 422),
            (json!({"name": "a", "models": ["ok", ""]}), 422),
            (json!({"name": "a", "models": ["m\u{0}"]}), 422),
            (json!({"name": "a", "models": vec!["m"; 101]}), 422),
            (json!({"name": "a", "ip_allow": ["10.0.0.0/33"]}), 422),
            (json!({"name": "a", "ip_allow": ["localhost"]}), 422),
            (json!({"name": "a", "expires_at": "tomorrow"}), 422),
            (json!({"name": "a", "expires_at": "2030-01-01T00:00:00Z", "ttl": 5}), 422),
            (json!({"name": "a", "provider": "ollama", "providers": ["ollama"]}), 422),
            (json!({"name": "a", "providers": ["ollama", "nowhere"]}), 404),
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

    async fn everything_said_of_a_token_is_shown(app) {
        let body = json!({
            "name": "all", "providers": ["openrouter", "ollama", "ollama"], "models": [" llama* "],
            "ip_allow": ["10.1.2.3/8", "::ffff:127.0.0.1", "2001:db8::/32"], "rpm": 1, "tpm": 2,
            "daily_requests": 3, "daily_tokens": 4_000_000_000_i64, "max_concurrency": 5,
            "enabled": false, "expires_at": "2030-01-02T03:04:05+01:00",
        });
        let made = make(&app, body).await;
        let path = format!("{PATH}/{}", made["id"]);
        let answer = app.admin_get(&path).await;
        let shown = answer.json();
        for (name, value) in [
            ("provider", json!(null)),
            ("providers", json!(["openrouter", "ollama"])),
            ("models", json!(["llama*"])),
            ("ip_allow", json!(["10.0.0.0/8", "127.0.0.1/32", "2001:db8::/32"])),
            ("rpm", json!(1)),
            ("tpm", json!(2)),
            ("daily_requests", json!(3)),
            ("daily_tokens", json!(4_000_000_000_i64)),
            ("max_concurrency", json!(5)),
            ("enabled", json!(false)),
            ("expires_at", json!("2030-01-02T02:04:05.000Z")),
            ("user_id", json!(null)),
            ("today", json!({"requests": 0, "tokens": 0})),
            ("under_way", json!(0)),
        ] {
            assert_eq!(shown[name], value, "{name}");
        }
        assert!(!answer.text().contains(text(&made["token"])));

        // What is not named stays; what is named as nothing goes.
        let change = json!({"name": "other", "provider": null, "models": [], "rpm": 0,
            "expires_at": null});
        let answer = app.admin("PATCH", &path, &change).await;
        let changed = answer.json();
        assert_eq!((answer.status, &changed["name"]), (200, &json!("other")));
        let gone = ["providers", "models", "rpm", "expires_at"].map(|name| changed[name].clone());
        assert_eq!(json!(gone), json!([[], [], 0, null]));
        let kept = ["ip_allow", "tpm", "daily_tokens", "enabled"];
        for name in kept {
            assert_eq!(changed[name], shown[name], "{name}");
        }
        assert_eq!(app.admin("PATCH", &path, &json!({})).await.status, 422);
        assert_eq!(app.admin("PATCH", &path, &json!({"rpm": -1})).await.status, 422);
        assert_eq!(app.admin_get("/admin/tokens/999999").await.status, 404);
    }

    async fn lists_are_searched_narrowed_and_sorted(app) {
        for body in [
            json!({"name": "Alpha 100%", "provider": "openrouter"}),
            json!({"name": "beta", "providers": ["ollama", "openrouter"], "ttl": 100}),
            json!({"name": "gamma", "enabled": false, "ttl": 50}),
        ] {
            make(&app, body).await;
        }
        let names = async |query: &str| {
            let answer = app.admin_get(&format!("{PATH}?{query}")).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.text());
            let list = answer.json();
            let tokens = list["tokens"].as_array().expect("tokens").clone();
            assert_eq!(list["total"], tokens.len(), "{query}");
            let names: Vec<_> = tokens.iter().map(|token| text(&token["name"])).collect();
            names.join(",")
        };
        for (query, expected) in [
            ("", "gamma,beta,Alpha 100%,test"),
            ("sort=id", "test,Alpha 100%,beta,gamma"),
            ("search=ALPHA", "Alpha 100%"),
            ("search=%25", "Alpha 100%"),
            ("search=l_ha", ""),
            ("provider=openrouter", "beta,Alpha 100%"),
            ("provider=ollama", "beta"),
            ("provider=all&status=disabled", "gamma"),
            ("status=active", "beta,Alpha 100%,test"),
            ("sort=expires_at", "gamma,beta,test,Alpha 100%"),
            ("sort=-expires_at", "Alpha 100%,test,beta,gamma"),
        ] {
            assert_eq!(names(query).await, expected, "{query}");
        }
        let page = app.admin_get(&format!("{PATH}?pageSize=3&page=2")).await.json();
        assert_eq!((&page["tokens"][0]["name"], &page["totalPages"]), (&json!("test"), &json!(2)));
        for (query, status) in
            [("sort=colour", 422), ("status=odd", 422), ("page=x", 422), ("provider=nowhere", 404)]
        {
            assert_eq!(app.admin_get(&format!("{PATH}?{query}")).await.status, status, "{query}");
        }
        app.app.clock.advance(Duration::from_secs(60));
        assert_eq!(names("status=expired").await, "gamma");
    }

    async fn a_rotated_token_has_its_grace(app) {
        app.add_key("sk-tokens-0000001").await;
        let made = make(&app, json!({"name": "turning", "rpm": 7})).await;
        let old = text(&made["token"]).to_owned();
        assert_eq!(refused(&app, &old).await.0, 200);
        let path = format!("{PATH}/{}/rotate", made["id"]);
        let answer = app.admin("POST", &path, &json!({"grace": 60})).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
        let turned = answer.json();
        let new = text(&turned["token"]).to_owned();
        assert!(new.starts_with("sk-pool-") && new != old);
        assert_eq!((&turned["id"], &turned["rpm"]), (&made["id"], &json!(7)), "the rules stay");
        assert!(turned["previous_until"].is_string());
        assert_eq!((refused(&app, &old).await.0, refused(&app, &new).await.0), (200, 200));
        app.app.clock.advance(Duration::from_secs(61));
        assert_eq!(refused(&app, &old).await, (401, "invalid_api_key".to_owned()));
        assert_eq!(refused(&app, &new).await.0, 200);
        assert_eq!(app.admin("DELETE", PATH, &json!({"token": old})).await.status, 404);

        // Without grace, and in the midst of another's: both older ones stop at once.
        let turn = async |grace: i64| {
            let answer = app.admin("POST", &path, &json!({"grace": grace})).await;
            text(&answer.json()["token"]).to_owned()
        };
        let third = turn(3600).await;
        assert_eq!((refused(&app, &new).await.0, refused(&app, &third).await.0), (200, 200));
        let last = turn(0).await;
        for gone in [&new, &third] {
            assert_eq!(refused(&app, gone).await.0, 401);
        }
        assert_eq!(refused(&app, &last).await.0, 200);
        for body in [json!({"grace": -1}), json!({"grace": 2_592_001}), json!({"grade": 5})] {
            assert_eq!(app.admin("POST", &path, &body).await.status, 422, "{body}");
        }
        let unknown = app.admin("POST", "/admin/tokens/999999/rotate", &json!({})).await;
        assert_eq!(unknown.status, 404);
    }

    async fn revealed_only_on_the_record(app) {
        let made = make(&app, json!({"name": "shown"})).await;
        let path = format!("{PATH}/{}/reveal", made["id"]);
        let answer = app.admin("POST", &path, &json!({})).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
        assert_eq!(answer.json(), json!({"token": made["token"]}));
        let rows = audited(&app).await;
        let last = rows.last().expect("a row");
        assert_eq!(last.action, "token.reveal");
        assert_eq!(last.target, format!("token:{}", made["id"]));
        let unknown = app.admin("POST", "/admin/client-tokens/999999/reveal", &json!({})).await;
        assert_eq!(unknown.status, 404);
        assert_eq!(audited(&app).await.len(), rows.len(), "nothing was revealed");
        for _ in 2..20 {
            assert_eq!(app.admin("POST", &path, &json!({})).await.status, 200);
        }
        let answer = app.admin("POST", &path, &json!({})).await;
        assert_eq!((answer.status, answer.code().as_str()), (429, "rate_limited"));
        assert_eq!(answer.header("retry-after"), Some("60"));
    }

    async fn every_change_is_on_record(app) {
        let made = make(&app, json!({"name": "first", "rpm": 5})).await;
        let path = format!("{PATH}/{}", made["id"]);
        app.admin("PATCH", &path, &json!({"name": "second"})).await;
        let turned = app.admin("POST", &format!("{path}/rotate"), &json!({"grace": 5})).await.json();
        app.admin("PATCH", &path, &json!({"rpm": -1})).await;
        app.admin("DELETE", &path, &json!({})).await;
        let rows = audited(&app).await;
        let target = format!("token:{}", made["id"]);
        let of_it: Vec<_> = rows.iter().filter(|row| row.target == target).collect();
        let actions: Vec<_> = of_it.iter().map(|row| row.action.as_str()).collect();
        let expected = ["token.create", "token.change", "token.rotate", "token.delete"];
        assert_eq!(actions, expected);
        let field = |row: &Option<String>, name: &str| {
            let json: Value = serde_json::from_str(row.as_ref().expect("it is there")).unwrap();
            json[name].clone()
        };
        assert_eq!((&of_it[0].before, field(&of_it[0].after, "rpm")), (&None, json!(5)));
        assert_eq!(field(&of_it[1].before, "name"), "first");
        assert_eq!(field(&of_it[1].after, "name"), "second");
        assert_ne!(field(&of_it[2].before, "token"), field(&of_it[2].after, "token"));
        assert_eq!((field(&of_it[3].before, "name"), &of_it[3].after), (json!("second"), &None));
        let all = format!("{rows:?}");
        for token in [&made["token"], &turned["token"]] {
            assert!(!all.contains(text(token)), "a token in the audit log");
        }
    }
}

/// The audit log, oldest first.
async fn audited(app: &TestApp) -> Vec<AuditRow> {
    let mut conn = app.app.database.get().await.expect("a connection");
    with_conn!(&mut conn, |conn| AuditRow::query().order(audit_log::id.asc()).load(conn).await)
        .expect("rows")
}
