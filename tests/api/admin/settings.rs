//! Settings that change while the program runs.

use pool_stub::Reply;
use serde_json::{Value, json};

use super::fields;
use crate::support::{TestApp, both_stores, each_store};

const PATH: &str = "/admin/settings";

fn one<'a>(list: &'a Value, name: &str) -> &'a Value {
    let all = list["settings"].as_array().expect("settings");
    all.iter().find(|setting| setting["name"] == name).expect("it is listed")
}

async fn set(app: &TestApp, body: Value) -> Value {
    let answer = app.admin("PATCH", PATH, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

both_stores! {
    async fn listed_with_default_range_and_meaning(app, ["--max-attempts=4"]) {
        let list = app.admin_get(PATH).await.json();
        let attempts = one(&list, "max_attempts");
        assert_eq!(
            fields(attempts),
            ["changed", "default", "meaning", "name", "range", "updated_at", "value"]
        );
        assert_eq!((&attempts["value"], &attempts["default"]), (&json!(4), &json!(4)));
        assert_eq!(attempts["range"], json!({"type": "integer", "min": 1, "max": 10}));
        let limit = one(&list, "enable_rate_limit");
        assert_eq!((&limit["value"], &limit["range"]), (&json!(true), &json!({"type": "boolean"})));
        for setting in list["settings"].as_array().unwrap() {
            assert!(setting["meaning"].as_str().unwrap().len() > 10, "{setting}");
            assert_eq!((&setting["changed"], &setting["updated_at"]), (&json!(false), &json!(null)));
        }
    }

    async fn changed_all_or_none(app) {
        let list = set(&app, json!({"max_attempts": 7, "request_log": false})).await;
        let attempts = one(&list, "max_attempts");
        assert_eq!((&attempts["value"], &attempts["changed"]), (&json!(7), &json!(true)));
        assert!(attempts["updated_at"].is_string());
        assert_eq!(app.app.settings.now().max_attempts, 7);
        assert!(!app.app.settings.now().request_log);
        let deed = app.admin_get("/admin/audit?action=settings.&pageSize=1").await.json();
        let deed = &deed["entries"][0];
        assert_eq!(deed["before"], json!({"max_attempts": 3, "request_log": true}));
        assert_eq!(deed["after"], json!({"max_attempts": 7, "request_log": false}));

        for (body, names) in [
            (json!({"max_attempts": 5, "key_disable_secs": 0}), "key_disable_secs"),
            (json!({"max_attempts": 5, "rate_limit_window": 86_401}), "from 1 to 86400"),
            (json!({"max_attempts": 5, "request_log": 1}), "request_log: true or false"),
            (json!({"max_attempts": "5"}), "max_attempts"),
            (json!({"max_attempts": 5.5}), "max_attempts"),
            (json!({"max_attempts": 5, "admin_token": "x"}), "no setting"),
        ] {
            let answer = app.admin("PATCH", PATH, &body).await;
            assert_eq!((answer.status, answer.code().as_str()), (422, "invalid_value"), "{body}");
            assert!(answer.text().contains(names), "{}", answer.text());
        }
        assert_eq!(app.admin("PATCH", PATH, &json!([1])).await.status, 422);
        assert_eq!(app.app.settings.now().max_attempts, 7, "none of them");

        let list = set(&app, json!({"max_attempts": null})).await;
        let attempts = one(&list, "max_attempts");
        assert_eq!((&attempts["value"], &attempts["changed"]), (&json!(3), &json!(false)));
        assert_eq!(app.app.settings.now().max_attempts, 3);
        // What changes nothing leaves no trace.
        let total = app.admin_get("/admin/audit?kind=admin").await.json()["total"].clone();
        set(&app, json!({"max_attempts": null, "request_log": false})).await;
        assert_eq!(app.admin_get("/admin/audit?kind=admin").await.json()["total"], total);
    }

    async fn keys_go_by_the_new_rules(app, ["--max-attempts=1"]) {
        let id = app.add_key("sk-rules-0000000001").await;
        app.stub.always("sk-rules-0000000001", Reply::json(403, "{}"));
        app.ask("llama3.2").await;
        assert_eq!(app.key(id).await["status"], "active", "one failure of three");
        set(&app, json!({"key_failure_threshold": 2, "key_disable_secs": 7200})).await;
        app.ask("llama3.2").await;
        let key = app.key(id).await;
        assert_eq!((&key["status"], &key["disabled_reason"]), (&json!("failed"), &json!("auto-disabled")));
        let until: chrono::DateTime<chrono::Utc> = key["disabled_until"].as_str().unwrap().parse().unwrap();
        let secs = (until - app.app.clock.now().naive().and_utc()).num_seconds();
        assert!((7000..=7200).contains(&secs), "{secs}");

        // An actor that is started anew goes by them too.
        set(&app, json!({"key_failure_threshold": 1})).await;
        app.app.actors.key_pool.crash();
        crate::support::until("the pool is back", async || {
            !app.app.actors.restarts().await.is_empty()
                && app.app.actors.key_pool.observe("ollama").await.is_ok_and(|state| state.loaded)
        })
        .await;
        let other = app.add_key("sk-rules-0000000002").await;
        app.stub.always("sk-rules-0000000002", Reply::json(403, "{}"));
        app.ask("llama3.2").await;
        assert_eq!(app.key(other).await["status"], "cooling", "half of two keys is out already");
        set(&app, json!({"key_max_ejected_percent": 100})).await;
        app.app.clock.advance(std::time::Duration::from_secs(2));
        app.ask("llama3.2").await;
        assert_eq!(app.key(other).await["status"], "failed");
    }

    async fn the_limit_for_anyone(app, ["--rate-limit-requests=1000"]) {
        let ask = async || app.call("GET", "/v1/models", "", None).await.status;
        assert_eq!((ask().await, ask().await), (200, 200));
        set(&app, json!({"rate_limit_requests": 1})).await;
        assert_eq!(ask().await, 429);
        set(&app, json!({"enable_rate_limit": false})).await;
        assert_eq!(ask().await, 200);
    }

    async fn what_another_process_changed(app) {
        let mut conn = app.app.database.get().await.expect("a connection");
        let row = ollama_api_pool::models::setting::SettingRow {
            name: "max_attempts".to_owned(),
            value: "9".to_owned(),
            updated_at: app.app.clock.now().naive(),
        };
        row.put(&mut conn).await.expect("it is written");
        drop(conn);
        assert_eq!(app.app.settings.now().max_attempts, 3);
        ollama_api_pool::settings::refresh(&app.app).await.expect("it is read");
        assert_eq!(app.app.settings.now().max_attempts, 9);
    }
}

each_store! {
    async fn kept_over_a_restart(store) {
        let app = TestApp::start(store, &[]).await;
        set(&app, json!({"max_attempts": 8, "response_cache": true})).await;
        let app = TestApp::start_in(app.stop().await, &[]).await;
        let values = app.app.settings.now();
        assert_eq!((values.max_attempts, values.response_cache), (8, true));
        app.stop().await;
    }
}
