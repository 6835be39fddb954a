//! What is one's own: profile, key, usage, data.

use std::time::Duration;

use pool_stub::Reply;
use serde_json::{Value, json};

use super::{Person, chat, is_news, refusal, sign_up};
use crate::support::{TestApp, both_stores, canary};

const ANN: &str = "ann@example.org";

async fn set(app: &TestApp, settings: Value) {
    assert_eq!(app.admin("PATCH", "/admin/settings", &settings).await.status, 200);
}

async fn usage(app: &TestApp, person: &Person, query: &str) -> Value {
    let answer = person.get(app, &format!("usage{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

both_stores! {
    async fn the_profile_shows_the_key_masked(app) {
        let ann = sign_up(&app, ANN).await;
        let key = ann.key(&app).await;
        let profile = ann.profile(&app).await;
        for field in ["id", "email", "role", "defaultProvider", "keyToken", "keyProvider", "keyExpiresAt",
            "createdAt", "lastLoginAt", "lastSignInAt", "keyRequestCount", "signedToday"] {
            assert!(profile.get(field).is_some(), "{field}");
        }
        let masked = profile["keyToken"].as_str().expect("a key");
        assert!(masked.starts_with(&key[..4]) && masked.contains('…') && masked.len() < 15, "{masked}");
        let end: chrono::DateTime<chrono::Utc> =
            profile["keyExpiresAt"].as_str().expect("an end").parse().expect("RFC 3339");
        let wanted = app.app.clock.now().naive().and_utc() + chrono::TimeDelta::days(3);
        assert!((end - wanted).abs() < chrono::TimeDelta::minutes(5), "three days: {end}");
    }

    async fn the_profile_is_changed_by_its_owner(app) {
        let ann = sign_up(&app, ANN).await;
        let change = json!({"defaultProvider": "openrouter", "language": "zh-CN"});
        let answer = ann.call(&app, "PATCH", "profile", &change).await.json();
        assert_eq!(answer["user"]["defaultProvider"], "openrouter");
        assert_eq!(answer["user"]["language"], "zh-CN");
        for (body, status) in [
            (json!({}), 422),
            (json!({"language": "de"}), 422),
            (json!({"role": "admin"}), 422),
            (json!({"defaultProvider": "nowhere"}), 404),
        ] {
            assert_eq!(ann.call(&app, "PATCH", "profile", &body).await.status, status, "{body}");
        }
        assert_eq!(ann.profile(&app).await["role"], "user");
    }

    async fn a_rotated_key_takes_the_place_of_the_old_one(app) {
        app.add_key("sk-upstream-0000001").await;
        let ann = sign_up(&app, ANN).await;
        let old = ann.key(&app).await;
        assert_eq!(chat(&app, &old).await.0, 200);
        let before = ann.profile(&app).await;
        let answer = ann.post(&app, "key/rotate", &json!({})).await;
        let new = answer.json()["token"].as_str().expect("a key").to_owned();
        canary::release(&new);
        assert_eq!(chat(&app, &old).await, (401, "invalid_api_key".into()));
        assert_eq!(chat(&app, &new).await.0, 200);
        assert_eq!(ann.key(&app).await, new);
        let after = ann.profile(&app).await;
        assert_eq!(after["keyExpiresAt"], before["keyExpiresAt"]);
        assert_eq!(after["keyRequestCount"], 2, "its counts stay");
    }

    async fn a_key_is_shown_thirty_times_an_hour(app) {
        let ann = sign_up(&app, ANN).await;
        for _ in 0..30 {
            ann.key(&app).await;
        }
        let answer = ann.post(&app, "key/reveal", &json!({})).await;
        assert_eq!(refusal(&answer), (429, "rate_limited".into()));
    }

    async fn a_new_key_has_limits_unless_the_settings_say_otherwise(app) {
        app.add_key("sk-upstream-0000001").await;
        let ann = sign_up(&app, ANN).await;
        let limits = usage(&app, &ann, "").await["limits"].clone();
        assert_eq!((&limits["rpm"]["limit"], &limits["dailyRequests"]["limit"]), (&json!(60), &json!(1_000)));
        assert_eq!(limits["maxConcurrency"]["limit"], 4);
        let key = ann.key(&app).await;
        let body = json!({"model": "m", "messages": []});
        let elsewhere = async |key: &str| app.call("POST", "/openrouter/v1/chat/completions", key, Some(&body)).await;
        assert_eq!(elsewhere(&key).await.status, 403, "the default provider only");
        set(&app, json!({"user_default_provider_only": false})).await;
        let bob = sign_up(&app, "bob@example.org").await;
        assert_ne!(elsewhere(&bob.key(&app).await).await.status, 403);
    }

    async fn addresses_with_a_tag_sign_up_where_they_may(app) {
        sign_up(&app, "ann+one@example.org").await;
        set(&app, json!({"email_tags_allowed": false})).await;
        let body = json!({"email": "ann+two@example.org", "purpose": "register"});
        let refused = app.call("POST", "/api/auth/send-code", "", Some(&body)).await;
        assert_eq!(refusal(&refused).0, 422, "{}", refused.text());
    }

    async fn usage_is_ones_own(app) {
        app.add_key("sk-upstream-0000001").await;
        let (ann, bob) = (sign_up(&app, ANN).await, sign_up(&app, "bob@example.org").await);
        let (anns, bobs) = (ann.key(&app).await, bob.key(&app).await);
        for _ in 0..2 {
            assert_eq!(chat(&app, &anns).await.0, 200);
        }
        assert_eq!(chat(&app, &bobs).await.0, 200);
        app.stub.next("*", Reply::json(400, r#"{"error":{"message":"no"}}"#));
        assert_eq!(chat(&app, &anns).await.0, 400);
        let used = usage(&app, &ann, "").await;
        assert_eq!(used["total"]["requests"], 3);
        assert_eq!(used["total"]["client_errors"], 1);
        assert_eq!(used["models"][0]["model"], "llama3.2");
        assert_eq!(used["models"][0]["requests"], 3);
        let days: i64 = used["days"].as_array().expect("days").iter().map(|day| day["requests"].as_i64().expect("a count")).sum();
        assert_eq!(days, 3);
        assert_eq!(usage(&app, &bob, "?days=1").await["total"]["requests"], 1);
        for days in ["0", "367", "x"] {
            assert_eq!(ann.get(&app, &format!("usage?days={days}")).await.status, 422, "{days}");
        }
    }

    async fn what_is_left_of_the_limits_is_told(app) {
        set(&app, json!({"user_rpm": 3, "user_daily_requests": 10, "user_max_concurrency": 2})).await;
        app.add_key("sk-upstream-0000001").await;
        let ann = sign_up(&app, ANN).await;
        let key = ann.key(&app).await;
        for _ in 0..2 {
            assert_eq!(chat(&app, &key).await.0, 200);
        }
        let limits = usage(&app, &ann, "").await["limits"].clone();
        assert_eq!((&limits["rpm"]["limit"], &limits["rpm"]["remaining"]), (&json!(3), &json!(1)));
        assert_eq!(limits["dailyRequests"]["remaining"], 8);
        assert_eq!(limits["maxConcurrency"]["remaining"], 2);
        assert_eq!((&limits["tpm"], &limits["dailyTokens"]), (&Value::Null, &Value::Null));
        let resets = limits["dailyRequests"]["resetsAt"].as_str().expect("a moment");
        assert!(resets.contains("T00:00:00"), "midnight: {resets}");
        assert_eq!(chat(&app, &key).await.0, 200);
        assert_eq!(chat(&app, &key).await, (429, "token_requests_per_minute".into()));
        let unlimited = sign_up_without_limits(&app).await;
        assert_eq!(usage(&app, &unlimited, "").await["limits"]["rpm"], Value::Null);
    }

    async fn signing_up_again_brings_no_fresh_allowance(app) {
        app.add_key("sk-upstream-0000001").await;
        set(&app, json!({"user_daily_requests": 3})).await;
        let ann = sign_up(&app, ANN).await;
        let end = ann.profile(&app).await["keyExpiresAt"].clone();
        let checked_in = ann.post(&app, "sign", &json!({})).await;
        assert_eq!(checked_in.status, 200, "{}", checked_in.text());
        let extended = ann.profile(&app).await["keyExpiresAt"].clone();
        assert_ne!(extended, end);
        let later = |one: &Value, other: &Value| one.as_str() > other.as_str();
        let key = ann.key(&app).await;
        for _ in 0..2 {
            assert_eq!(chat(&app, &key).await.0, 200);
        }
        app.stats().await;
        let body = json!({"password": ann.password});
        assert_eq!(ann.call(&app, "DELETE", "account", &body).await.status, 200);

        assert!(is_news(&app.mail_to(ANN).await), "a mail tells of it");
        app.app.clock.advance(Duration::from_secs(60));
        let again = sign_up(&app, ANN).await;
        let profile = again.profile(&app).await;
        assert_eq!(profile["signedToday"], true, "no second check-in of the day");
        assert!(later(&extended, &profile["keyExpiresAt"]), "never later than a new key's");
        let key = again.key(&app).await;
        assert_eq!(chat(&app, &key).await.0, 200, "the third of the day");
        assert_eq!(chat(&app, &key).await.0, 429);
        // Another address begins anew.
        let bob = sign_up(&app, "bob@example.org").await;
        let key = bob.key(&app).await;
        assert_eq!(chat(&app, &key).await.0, 200);
        assert_eq!(bob.profile(&app).await["signedToday"], false);
    }

    async fn all_that_is_stored_can_be_taken_along(app) {
        app.add_key("sk-upstream-0000001").await;
        let ann = sign_up(&app, ANN).await;
        assert_eq!(chat(&app, &ann.key(&app).await).await.0, 200);
        assert_eq!(ann.post(&app, "sign", &json!({})).await.status, 200);
        let answer = ann.get(&app, "export").await;
        assert!(answer.header("content-disposition").expect("a file").contains("attachment"));
        let data = answer.json();
        assert_eq!(data["user"]["email"], ANN);
        assert_eq!(data["signIns"].as_array().map(Vec::len), Some(1));
        assert_eq!(data["sessions"].as_array().map(Vec::len), Some(1));
        assert_eq!(data["usage"][0]["model"], "llama3.2");
        assert_eq!(data["usage"][0]["requests"], 1);
    }
}

async fn sign_up_without_limits(app: &TestApp) -> Person {
    set(app, json!({"user_rpm": 0, "user_daily_requests": 0, "user_max_concurrency": 0})).await;
    sign_up(app, "bob@example.org").await
}
