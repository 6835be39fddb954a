//! Enabling, disabling and verifying keys.

use std::time::Duration;

use pool_stub::Reply;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, both_stores};

const KEY: &str = "sk-switch-0123456789";

async fn switch(app: &TestApp, which: &str, body: Value) -> Answer {
    app.admin("POST", &format!("/admin/keys/{which}"), &body).await
}

async fn verify(app: &TestApp, body: Value) -> Value {
    let answer = app.admin("POST", "/admin/verify-key", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Status and code of a chat.
async fn chat(app: &TestApp) -> (u16, String) {
    let answer = app.ask("llama3.2").await;
    (answer.status, if answer.status == 200 { String::new() } else { answer.code() })
}

fn out() -> (u16, String) {
    (503, "no_healthy_key".to_owned())
}

both_stores! {
    async fn disabled_for_a_while(app) {
        let id = app.add_key(KEY).await;
        let answer = switch(&app, "disable", json!({"apiKey": KEY})).await;
        let message = json!({"success": true, "message": "1 key disabled", "affected": 1});
        assert_eq!((answer.status, answer.json()), (200, message));
        let refused = app.ask("llama3.2").await;
        let wait: u64 = refused.header("retry-after").expect("when").parse().expect("seconds");
        assert!(refused.status == 503 && (3500..=3600).contains(&wait), "{wait}");
        let key = app.key(id).await;
        assert_eq!(
            (&key["status"], &key["disabled_reason"]),
            (&json!("disabled"), &json!("manual"))
        );
        app.app.clock.advance(Duration::from_secs(3599));
        assert_eq!(chat(&app).await, out());
        app.app.clock.advance(Duration::from_secs(2));
        assert_eq!(chat(&app).await.0, 200);
        let key = app.key(id).await;
        assert_eq!((&key["status"], &key["disabled_reason"]), (&json!("active"), &json!(null)));
    }

    async fn disabled_until_enabled(app) {
        let id = app.add_key(KEY).await;
        assert_eq!(switch(&app, "disable", json!({"id": id, "duration": 0})).await.status, 200);
        app.app.clock.advance(Duration::from_secs(400 * 86_400));
        let refused = app.ask("llama3.2").await;
        assert_eq!((refused.status, refused.header("retry-after")), (503, None));
        // A good probe speaks for the key, and does not overrule an administrator.
        assert_eq!(verify(&app, json!({"id": id})).await["valid"], true);
        assert_eq!(chat(&app).await, out());
        assert_eq!(app.key(id).await["status"], "disabled");
        let answer = switch(&app, "enable", json!({"ids": [id]})).await;
        assert_eq!((answer.status, &answer.json()["affected"]), (200, &json!(1)));
        assert_eq!(chat(&app).await.0, 200);
    }

    async fn probes_never_end_what_an_administrator_began(app) {
        let id = app.add_key(KEY).await;
        switch(&app, "disable", json!({"id": id, "duration": 3600})).await;
        app.stub.on_probe(KEY, Reply::json(401, "{}"));
        assert_eq!(verify(&app, json!({"id": id})).await["valid"], false);
        app.stub.clear();
        assert_eq!(verify(&app, json!({"id": id})).await["valid"], true);
        assert_eq!(chat(&app).await, out());
        assert_eq!(app.key(id).await["disabled_reason"], "manual");
    }

    async fn several_at_once_and_a_shorter_time(app) {
        let ids = [app.add_key("sk-several-000001").await, app.add_key("sk-several-000002").await];
        let both = json!({"ids": ids, "duration": 0});
        assert_eq!(switch(&app, "disable", both).await.json()["affected"], 2);
        assert_eq!(app.stats().await["active_keys"], 0);
        // An administrator may shorten what an administrator decided.
        let sooner = json!({"ids": [ids[0]], "duration": 60});
        assert_eq!(switch(&app, "disable", sooner).await.status, 200);
        app.app.clock.advance(Duration::from_secs(61));
        assert_eq!(chat(&app).await.0, 200);
        assert_eq!(app.stub.count("sk-several-000001"), 1);
    }

    async fn wrong_names_and_times_are_refused(app) {
        let id = app.add_key(KEY).await;
        for which in ["enable", "disable"] {
            for (body, status) in [
                (json!({"id": id + 1}), 404),
                (json!({"apiKey": "sk-unknown-0000000"}), 404),
                (json!({"apiKey": KEY, "provider": "openrouter"}), 404),
                (json!({"apiKey": KEY, "provider": "nowhere"}), 404),
                (json!({}), 422),
                (json!({"id": "1"}), 422),
                (json!({"ids": id}), 422),
            ] {
                let answer = switch(&app, which, body.clone()).await;
                assert_eq!(answer.status, status, "{which} {body}");
            }
        }
        for duration in [json!(-1), json!(315_360_001_i64), json!("1h")] {
            let answer = switch(&app, "disable", json!({"id": id, "duration": duration})).await;
            assert_eq!((answer.status, answer.code().as_str()), (422, "invalid_value"));
        }
        assert_eq!(chat(&app).await.0, 200);
    }

    async fn verifying(app) {
        let id = app.add_key(KEY).await;
        let found = verify(&app, json!({"apiKey": KEY})).await;
        assert_eq!(found["apiKey"], "sk-s…6789");
        let told = ["valid", "status", "error", "category"].map(|name| found[name].clone());
        assert_eq!(json!(told), json!([true, "valid", null, "gpt-oss,llama,qwen"]));
        assert!(found["timestamp"].is_string() && app.stub.calls().is_empty());

        app.stub.on_probe(KEY, Reply::json(401, "{}"));
        let found = verify(&app, json!({"id": id})).await;
        assert_eq!((&found["valid"], &found["status"]), (&json!(false), &json!("invalid")));
        assert_eq!((chat(&app).await, &app.key(id).await["status"]), (out(), &json!("failed")));
        app.stub.clear();
        verify(&app, json!({"id": id})).await;
        assert_eq!(chat(&app).await.0, 200, "a key that works again is back");

        app.stub.on_probe("*", Reply::json(500, "{}"));
        assert_eq!(verify(&app, json!({"id": id})).await["status"], "unclear");
        assert_eq!(chat(&app).await.0, 200, "an upstream in trouble says nothing about the key");
        let stranger = verify(&app, json!({"apiKey": "sk-stranger-0123456789"})).await;
        assert_eq!(
            (&stranger["apiKey"], &stranger["status"]),
            (&json!("sk-s…6789"), &json!("unclear"))
        );

        for (body, status) in [
            (json!({"id": id + 1}), 404),
            (json!({}), 422),
            (json!({"ids": [id, id]}), 422),
            (json!({"apiKey": "sk-ü-0123456789"}), 422),
        ] {
            let answer = app.admin("POST", "/admin/verify-key", &body).await;
            assert_eq!(answer.status, status, "{body}");
        }
    }
}
