//! How the process is.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Store, TestApp, both_stores};

async fn get(app: &TestApp, path: &str) -> (u16, Value) {
    let answer = app.call("GET", path, "", None).await;
    (answer.status, answer.json())
}

both_stores! {
    async fn health(app, ["--disable-openrouter=true"]) {
        let (status, health) = get(&app, "/health").await;
        assert_eq!((status, &health["status"]), (200, &json!("ok")));
        assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
        assert!(health["uptime_secs"].is_u64());
        chrono::DateTime::parse_from_rfc3339(health["timestamp"].as_str().unwrap()).unwrap();
        assert_eq!(
            health["providers"],
            json!({
                "ollama": {"enabled": true, "configured": true},
                "openrouter": {"enabled": false, "configured": true},
            })
        );
        let parts = health["components"].as_object().expect("components");
        let names: Vec<_> = parts.keys().collect();
        assert_eq!(names, ["cache", "database", "health_check", "key_pool", "mail", "stats"]);
        assert!(parts.values().all(|part| part["status"] == "ok"), "{parts:?}");
        let kinds = (parts["database"]["kind"].as_str(), parts["cache"]["kind"].as_str());
        let expected = match app.home.store() {
            Store::Sqlite => (Some("sqlite"), Some("memory")),
            Store::Postgres => (Some("postgres"), Some("redis")),
        };
        assert_eq!(kinds, expected);
        assert_eq!((&parts["key_pool"]["loaded"], &health["restarts"]), (&json!(true), &json!({})));
    }

    async fn many_who_ask_at_once_cost_one_look(app) {
        let ask = async || get(&app, "/health").await.1["timestamp"].clone();
        let told = futures_util::future::join_all((0..20).map(|_| ask())).await;
        assert!(told.iter().all(|at| at.is_string() && *at == told[0]), "{told:?}");
        app.app.clock.advance(Duration::from_millis(1000));
        let later = ask().await;
        assert_ne!(later, told[0], "a second later it is looked at anew");
        assert_eq!(ask().await, later);
    }

    async fn a_provider_that_is_off_says_so(app, ["--disable-openrouter=true"]) {
        for path in ["/openrouter/v1/chat/completions", "/openrouter/v1/models"] {
            let method = if path.ends_with("models") { "GET" } else { "POST" };
            let body = json!({"model": "m", "messages": []});
            let answer = app.call(method, path, &app.token, Some(&body)).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (503, "provider_disabled"),
                "{path}"
            );
            let words = answer.json()["error"]["message"].as_str().unwrap().to_owned();
            assert!(words.contains("openrouter"), "{words}");
        }
        assert!(app.stub.calls().is_empty());
        let list = app.admin_get("/admin/providers").await.json();
        let all = list["providers"].as_array().unwrap();
        assert_eq!(
            (all[0]["enabled"].clone(), all[1]["enabled"].clone()),
            (json!(true), json!(false))
        );
    }

    async fn alive_and_ready(app) {
        assert_eq!(get(&app, "/livez").await, (200, json!({"status": "ok"})));
        assert_eq!(get(&app, "/readyz").await, (200, json!({"status": "ready"})));
        app.app.draining.store(true, Ordering::Release);
        assert_eq!(get(&app, "/livez").await.0, 200);
        assert_eq!(get(&app, "/readyz").await, (503, json!({"status": "draining"})));
        let answer = app.call("GET", "/livez", "", None).await;
        assert_eq!(answer.header("connection"), Some("close"), "so that clients go elsewhere");
    }
}
