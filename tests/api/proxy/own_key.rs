//! A user's own key at the client API.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, TestApp, both_stores};

async fn chat(app: &TestApp, key: &str) -> Answer {
    let body = json!({"model": "llama3.2", "messages": []});
    app.call("POST", "/v1/chat/completions", key, Some(&body)).await
}

/// The key of a new user, which lives a minute.
async fn key_for_a_minute(app: &TestApp) -> String {
    let body = json!({"email": "ann@example.org", "ttlSeconds": 60});
    let made: Value = app.admin("POST", "/admin/users", &body).await.json();
    made["token"].as_str().expect("a key").to_owned()
}

both_stores! {
    async fn an_expired_key_says_how_to_renew_it(app, ["--public-url=https://pool.example.org"]) {
        app.add_key("sk-people-000000001").await;
        let ann = key_for_a_minute(&app).await;
        let plain = app.make_token(&json!({"name": "a script", "expiresIn": 60})).await;
        assert_eq!(chat(&app, &ann).await.status, 200);
        app.app.clock.advance(Duration::from_secs(61));
        let told = async |key: &str| {
            let answer = chat(&app, key).await;
            assert_eq!(answer.status, 401);
            let error = answer.json()["error"].clone();
            assert_eq!(error["code"], "token_expired");
            assert_eq!(error["type"], "authentication_error");
            error["message"].as_str().expect("words").to_owned()
        };
        let own = told(&ann).await;
        assert!(own.contains("check in at https://pool.example.org/user"), "{own}");
        let other = told(&plain).await;
        assert_eq!(other, "the client token has expired");
        // Where checking in brings nothing, nobody is sent there.
        app.admin("PATCH", "/admin/settings", &json!({"check_in_hours": 0})).await;
        assert_eq!(told(&ann).await, other);
    }

    async fn an_expired_key_names_the_page_where_no_address_is_set(app) {
        let ann = key_for_a_minute(&app).await;
        app.app.clock.advance(Duration::from_secs(61));
        let told = chat(&app, &ann).await;
        assert!(told.text().contains("check in at /user "), "{}", told.text());
    }
}
