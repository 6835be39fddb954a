//! People who sign up by themselves, from the administrator's side.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use ollama_api_pool::accounts::visitor::Visitor;
use ollama_api_pool::auth::networks;
use ollama_api_pool::mail::Purpose;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, both_stores};

const PASSWORD: &str = "correct horse battery";

/// Signs up, with a code that no mail has to bring.
pub async fn sign_up(app: &TestApp, email: &str, invitation: Option<&str>) -> Answer {
    let code = code_for(app, email).await;
    sign_up_with(app, email, &code, invitation).await
}

pub async fn code_for(app: &TestApp, email: &str) -> String {
    let mut conn = app.app.database.get().await.expect("a connection");
    let (codes, now) = (&app.app.codes, app.app.clock.now());
    let stranger = Visitor { device: None, networks: networks(None) };
    let issuing = conn.transaction(async |conn| {
        codes.issue(conn, &stranger, email, Purpose::Register, now).await
    });
    issuing.await.expect("a code").into_text()
}

pub async fn sign_up_with(
    app: &TestApp,
    email: &str,
    code: &str,
    invitation: Option<&str>,
) -> Answer {
    let body =
        json!({"email": email, "code": code, "password": PASSWORD, "invitation": invitation});
    app.call("POST", "/api/auth/register", "", Some(&body)).await
}

/// Sets who may sign up.
pub async fn registration(app: &TestApp, how: &str) {
    let set = app.admin("PATCH", "/admin/settings", &json!({"registration": how})).await;
    assert_eq!(set.status, 200, "{}", set.text());
}

async fn log_in(app: &TestApp, email: &str) -> Answer {
    let body = json!({"email": email, "password": PASSWORD});
    app.call("POST", "/api/auth/login", "", Some(&body)).await
}

/// Somebody who is signed in: their number and their session's token.
pub async fn member(app: &TestApp, email: &str) -> (i64, String) {
    let signed_up = sign_up(app, email, None).await;
    assert_eq!(signed_up.status, 201, "{}", signed_up.text());
    let json = signed_up.json();
    (json["user"]["id"].as_i64().expect("an id"), token(&json))
}

fn token(json: &Value) -> String {
    json["token"].as_str().expect("a token").to_owned()
}

async fn profile(app: &TestApp, session: &str) -> u16 {
    app.call("GET", "/api/auth/profile", session, None).await.status
}

pub async fn patch(app: &TestApp, user: i64, body: Value) -> Answer {
    app.admin("PATCH", &format!("/admin/users/{user}"), &body).await
}

async fn bulk(app: &TestApp, body: Value) -> Value {
    let answer = app.admin("POST", "/admin/users/bulk", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn waiting(app: &TestApp, query: &str) -> Vec<i64> {
    let answer = app.admin_get(&format!("/admin/users?{query}")).await;
    let users = answer.json()["users"].clone();
    users.as_array().expect("users").iter().map(|user| user["id"].as_i64().unwrap()).collect()
}

async fn chat(app: &TestApp, key: &str) -> Answer {
    let body = json!({"model": "llama3.2", "messages": []});
    app.call("POST", "/v1/chat/completions", key, Some(&body)).await
}

/// Letters that were ever posted.
async fn letters(app: &TestApp) -> u64 {
    let mail = app.app.actors.mail.observe().await.expect("an actor");
    mail.queued + mail.sent + mail.failed
}

fn end(user: &Value) -> DateTime<Utc> {
    user["keyExpiresAt"].as_str().expect("an end").parse().expect("RFC 3339")
}

fn is_in_hours(at: DateTime<Utc>, app: &TestApp, hours: i64) -> bool {
    let wanted = app.app.clock.now().naive().and_utc() + TimeDelta::hours(hours);
    (at - wanted).abs() < TimeDelta::minutes(5)
}

both_stores! {
    async fn people_wait_until_they_are_let_in(app, ["--bcrypt-cost=4"]) {
        app.add_key("sk-people-000000001").await;
        registration(&app, "approval").await;
        let answer = sign_up(&app, "ann@example.org", None).await;
        assert_eq!((answer.status, answer.json()), (202, json!({"success": true, "pending": true})));
        let [ann] = waiting(&app, "pending=true").await[..] else { panic!("one waits") };
        assert_eq!(waiting(&app, "pending=false").await, [0; 0]);
        let shown = app.admin_get(&format!("/admin/users/{ann}")).await.json();
        assert_eq!((&shown["pending"], &shown["isActive"]), (&json!(true), &json!(false)));
        let refused = log_in(&app, "ann@example.org").await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "account_pending"));
        assert_eq!(letters(&app).await, 0);

        // Their key would have ended while they waited.
        app.app.clock.advance(Duration::from_secs(10 * 86_400));
        let let_in = patch(&app, ann, json!({"isActive": true})).await.json();
        assert_eq!((&let_in["pending"], &let_in["isActive"]), (&json!(false), &json!(true)));
        assert!(is_in_hours(end(&let_in), &app, 72), "{let_in}");
        assert_eq!(letters(&app).await, 1);
        let session = token(&log_in(&app, "ann@example.org").await.json());
        let key = app.call("POST", "/api/auth/key/reveal", &session, None).await.json();
        assert_eq!(chat(&app, &token(&key)).await.status, 200);

        // Whoever is in already is not let in once more.
        app.app.clock.advance(Duration::from_secs(3600));
        let again = patch(&app, ann, json!({"isActive": true})).await.json();
        assert_eq!((end(&again), letters(&app).await), (end(&let_in), 1));
        patch(&app, ann, json!({"isActive": false})).await;
        bulk(&app, json!({"ids": [ann], "action": "activate"})).await;
        let again = app.admin_get(&format!("/admin/users/{ann}")).await.json();
        assert_eq!((end(&again), letters(&app).await), (end(&let_in), 1));
    }

    async fn many_are_let_in_at_once(app, ["--bcrypt-cost=4"]) {
        registration(&app, "approval").await;
        for email in ["ann@example.org", "bob@example.org", "eve@example.org"] {
            assert_eq!(sign_up(&app, email, None).await.status, 202);
        }
        let all = waiting(&app, "pending=true").await;
        let [ann, bob, eve] = all[..] else { panic!("three wait: {all:?}") };
        app.app.clock.advance(Duration::from_secs(86_400));
        let long = format!("/admin/users/{bob}/extend-key");
        let long = app.admin("POST", &long, &json!({"days": 30})).await.json();
        let done = bulk(&app, json!({"ids": [ann, bob], "action": "activate"})).await;
        assert_eq!(done["changed"], 2);
        let (ann, bob) = (format!("/admin/users/{ann}"), format!("/admin/users/{bob}"));
        let (ann, bob) = (app.admin_get(&ann).await.json(), app.admin_get(&bob).await.json());
        assert!(is_in_hours(end(&ann), &app, 72), "{ann}");
        assert_eq!(end(&bob), end(&long), "no sooner than it was");
        assert_eq!((letters(&app).await, waiting(&app, "pending=true").await), (2, vec![eve]));
        let deed = app.admin_get("/admin/audit?kind=admin&pageSize=1").await.json()["entries"][0].clone();
        assert_eq!(deed["action"], "user.activate");
        assert_eq!(deed["before"]["users"][0]["pending"], true);
        assert_eq!(deed["after"]["users"][0]["pending"], false);
    }

    async fn let_in_once_however_many_do_it(app, ["--bcrypt-cost=4"]) {
        registration(&app, "approval").await;
        let code = code_for(&app, "ann@example.org").await;
        let request = awc::Client::default().post(app.url("/api/auth/register"));
        let request = request.insert_header(("accept-language", "zh-CN,zh;q=0.9"));
        let body = json!({"email": "ann@example.org", "code": code, "password": PASSWORD});
        assert_eq!(request.send_json(&body).await.expect("an answer").status(), 202);
        let [ann] = waiting(&app, "pending=true").await[..] else { panic!("one waits") };
        let clicks = (0..8).map(|_| patch(&app, ann, json!({"isActive": true})));
        for click in futures_util::future::join_all(clicks).await {
            assert_eq!(click.status, 200, "{}", click.text());
        }
        assert_eq!(letters(&app).await, 1);
        let mail = app.mail_to("ann@example.org").await;
        assert_eq!(mail.subject, "您的账号已开通", "in the language they signed up in");
    }

    async fn whoever_is_switched_off_is_signed_out(app, ["--bcrypt-cost=4"]) {
        let (ann, first) = member(&app, "ann@example.org").await;
        let (_, bob) = member(&app, "bob@example.org").await;
        assert_eq!(profile(&app, &first).await, 200);
        patch(&app, ann, json!({"isActive": false})).await;
        assert_eq!(profile(&app, &first).await, 401);
        let refused = log_in(&app, "ann@example.org").await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "account_disabled"));
        patch(&app, ann, json!({"isActive": true})).await;
        assert_eq!(profile(&app, &first).await, 401, "it has ended, not only paused");

        let second = token(&log_in(&app, "ann@example.org").await.json());
        assert_eq!(profile(&app, &second).await, 200);
        bulk(&app, json!({"ids": [ann], "action": "deactivate"})).await;
        bulk(&app, json!({"ids": [ann], "action": "activate"})).await;
        assert_eq!(profile(&app, &second).await, 401);

        let third = token(&log_in(&app, "ann@example.org").await.json());
        let gone = app.admin("DELETE", &format!("/admin/users/{ann}"), &json!({})).await;
        assert_eq!((gone.status, profile(&app, &third).await), (200, 401));
        assert_eq!(log_in(&app, "ann@example.org").await.code(), "wrong_credentials");
        assert_eq!(profile(&app, &bob).await, 200, "nobody else is");
    }

    async fn a_role_counts_from_the_next_request_on(app, ["--bcrypt-cost=4"]) {
        let (ann, session) = member(&app, "ann@example.org").await;
        let stats = async || {
            let answer = app.call("GET", "/admin/stats", &session, None).await;
            (answer.status, if answer.status == 200 { String::new() } else { answer.code() })
        };
        assert_eq!(stats().await, (403, "forbidden".to_owned()));
        patch(&app, ann, json!({"role": "admin"})).await;
        assert_eq!(stats().await.0, 200);
        patch(&app, ann, json!({"role": "user"})).await;
        assert_eq!(stats().await, (403, "forbidden".to_owned()));
        bulk(&app, json!({"ids": [ann], "action": "role", "role": "admin"})).await;
        assert_eq!(stats().await.0, 200);
        bulk(&app, json!({"ids": [ann], "action": "role", "role": "user"})).await;
        assert_eq!((stats().await.0, profile(&app, &session).await), (403, 200));
    }

    async fn nobody_shuts_themselves_out(app, ["--bcrypt-cost=4"]) {
        let (ann, session) = member(&app, "ann@example.org").await;
        let (bob, other) = member(&app, "bob@example.org").await;
        bulk(&app, json!({"ids": [ann, bob], "action": "role", "role": "admin"})).await;
        let path = format!("/admin/users/{ann}");
        let many = "/admin/users/bulk";
        for (method, path, body) in [
            ("PATCH", path.as_str(), json!({"isActive": false})),
            ("PATCH", &path, json!({"role": "user", "defaultProvider": "openrouter"})),
            ("DELETE", &path, json!({})),
            ("POST", many, json!({"ids": [ann, bob], "action": "deactivate"})),
            ("POST", many, json!({"ids": [bob, ann], "action": "role", "role": "user"})),
            ("POST", many, json!({"ids": [ann], "action": "delete"})),
        ] {
            let refused = app.call(method, path, &session, Some(&body)).await;
            assert_eq!((refused.status, refused.code().as_str()), (409, "own_account"), "{body}");
        }
        let (own, bobs) = (app.admin_get(&path).await.json(), profile(&app, &other).await);
        assert_eq!((&own["role"], &own["defaultProvider"]), (&json!("admin"), &json!("ollama")));
        assert_eq!(bobs, 200, "nothing was done to the others either");
        // What shuts nobody out, and what is done to others, is done.
        for (path, body) in [
            (path, json!({"role": "admin", "isActive": true, "rpm": 5})),
            (format!("/admin/users/{bob}"), json!({"isActive": false})),
        ] {
            assert_eq!(app.call("PATCH", &path, &session, Some(&body)).await.status, 200, "{body}");
        }
        assert_eq!(profile(&app, &other).await, 401);
        assert_eq!(patch(&app, ann, json!({"role": "user"})).await.status, 200, "the token may");
    }

    async fn what_a_users_key_may_use(app) {
        app.add_key("sk-people-000000001").await;
        let none = json!({"user_rpm": 0, "user_daily_requests": 0, "user_max_concurrency": 0});
        assert_eq!(app.admin("PATCH", "/admin/settings", &none).await.status, 200);
        let ann = app.admin("POST", "/admin/users", &json!({"email": "ann@example.org"})).await.json();
        let (id, key) = (ann["id"].as_i64().unwrap(), token(&ann));
        assert_eq!((&ann["rpm"], &ann["dailyTokens"]), (&json!(0), &json!(0)));
        assert_eq!(chat(&app, &key).await.status, 200);
        let limits = json!({
            "rpm": 2, "tpm": 100_000, "dailyRequests": 50, "daily_tokens": 1_000_000, "max_concurrency": 3
        });
        let limited = patch(&app, id, limits).await;
        assert_eq!(limited.status, 200, "{}", limited.text());
        let limited = limited.json();
        for (field, value) in [
            ("rpm", 2), ("tpm", 100_000), ("dailyRequests", 50), ("dailyTokens", 1_000_000),
            ("maxConcurrency", 3),
        ] {
            assert_eq!(limited[field], value, "{field}");
        }
        let own = app.admin_get(&format!("/admin/tokens/{}", limited["keyId"])).await.json();
        assert_eq!((&own["user_id"], &own["daily_requests"]), (&json!(id), &json!(50)));
        // At once, though the key is remembered as one without limits.
        assert_eq!(chat(&app, &key).await.status, 200);
        assert_eq!(chat(&app, &key).await.status, 200);
        assert_eq!(chat(&app, &key).await.code(), "token_requests_per_minute");
        // Today's requests count from when there was no such limit.
        assert_eq!(patch(&app, id, json!({"rpm": 0, "dailyRequests": 3})).await.json()["tpm"], 100_000);
        assert_eq!(chat(&app, &key).await.code(), "token_daily_requests");
        patch(&app, id, json!({"dailyRequests": 0})).await;
        assert_eq!(chat(&app, &key).await.status, 200);
        let deed = app.admin_get("/admin/audit?kind=admin&pageSize=1").await.json()["entries"][0].clone();
        assert_eq!((&deed["before"]["dailyRequests"], &deed["after"]["dailyRequests"]), (&json!(3), &json!(0)));
        // Nothing is counted while there is no limit at all; a new one counts it all the same.
        patch(&app, id, json!({"tpm": 0, "dailyTokens": 0, "maxConcurrency": 0})).await;
        assert_eq!(chat(&app, &key).await.status, 200);
        assert_eq!(chat(&app, &key).await.status, 200);
        patch(&app, id, json!({"dailyRequests": 6})).await;
        assert_eq!(chat(&app, &key).await.code(), "token_daily_requests");

        for bad in [json!({"rpm": -1}), json!({"rpm": "1"}), json!({"dailyTokens": 1_000_000_000_001_i64}), json!({"tpm": 1.5})] {
            assert_eq!(patch(&app, id, bad.clone()).await.status, 422, "{bad}");
        }
        let token = format!("/admin/tokens/{}", limited["keyId"]);
        assert_eq!(app.admin("DELETE", &token, &json!({})).await.status, 200);
        let none = patch(&app, id, json!({"rpm": 1, "role": "admin"})).await;
        assert_eq!((none.status, none.code().as_str()), (404, "not_found"));
        let after = app.admin_get(&format!("/admin/users/{id}")).await.json();
        assert_eq!((&after["keyId"], &after["role"]), (&json!(null), &json!("user")), "none of it");
    }

    async fn the_language_of_mails_is_chosen(app) {
        let body = json!({"email": "ann@example.org", "language": "zh-CN"});
        let ann = app.admin("POST", "/admin/users", &body).await.json();
        assert_eq!(ann["language"], "zh-CN");
        let bob = app.admin("POST", "/admin/users", &json!({"email": "bob@example.org"})).await.json();
        assert_eq!(bob["language"], "en");
        let odd = json!({"email": "eve@example.org", "language": "de"});
        assert_eq!(app.admin("POST", "/admin/users", &odd).await.status, 422);
    }
}
