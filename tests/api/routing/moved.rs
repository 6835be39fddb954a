//! A provider that moves: its keys stay here until an administrator confirms the new place.

use std::time::Duration;

use pool_stub::Stub;
use serde_json::{Value, json};

use super::{PRIVATE, deeds, fall_back, other, served};
use crate::accounts::second_factor::{Device, administrator};
use crate::accounts::{mailed_code, sign_up};
use crate::support::{Answer, TestApp, both_stores, until};

const KEY: &str = "sk-other-0000001";
const PROVIDER: &str = "/admin/providers/other";

async fn chat(app: &TestApp) -> Answer {
    let body = json!({"model": "llama3.2", "messages": []});
    app.call("POST", "/other/v1/chat/completions", &app.token, Some(&body)).await
}

async fn move_to(app: &TestApp, url: &str) -> Value {
    let moved = app.admin("PATCH", PROVIDER, &json!({"base_url": url})).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    moved.json()
}

/// All keys of the provider, checked; returns when that is over.
async fn check_all(app: &TestApp, token: &str) {
    let body = json!({"provider": "other"});
    let begun = app.call("POST", "/admin/keys/health-check", token, Some(&body)).await;
    assert_eq!(begun.status, 202, "{}", begun.text());
    let job = format!("/admin/jobs/{}", begun.json()["job"].as_str().expect("an id"));
    until("the check is over", async || app.admin_get(&job).await.json()["status"] != "running")
        .await;
}

/// Requests at this place that had a key with them.
fn with_key(stub: &Stub) -> usize {
    let all = stub.calls().into_iter().chain(stub.probes());
    all.filter(|call| call.header("authorization").is_some()).count()
}

async fn keys_in(app: &TestApp, status: &str) -> Vec<Value> {
    let path = format!("/admin/api-keys?provider=other&status={status}");
    app.admin_get(&path).await.json()["api_keys"].as_array().expect("keys").clone()
}

both_stores! {
    async fn a_stolen_session_sends_the_keys_nowhere(app, [PRIVATE]) {
        other(&app).await;
        let ann = administrator(&app).await;
        let device = Device::set_up(&app, &ann).await;
        assert_eq!(ann.post(&app, "sudo", &json!({"code": device.next_code(&app)})).await.status, 200);
        app.app.clock.advance(Duration::from_secs(301));
        let thief = Stub::start();
        let theft = json!({"base_url": thief.url()});
        let refused = app.call("PATCH", PROVIDER, &ann.session, Some(&theft)).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "sudo_required"));
        check_all(&app, &ann.session).await;
        assert_eq!((thief.calls().len(), thief.probes().len()), (0, 0));
    }

    async fn no_key_goes_to_a_new_place_before_it_is_confirmed(app, [PRIVATE]) {
        let first = other(&app).await;
        let ann = administrator(&app).await;
        let thief = Stub::start();
        // With sudo, even.
        let theft = json!({"base_url": thief.url()});
        let moved = app.call("PATCH", PROVIDER, &ann.session, Some(&theft)).await;
        assert_eq!(moved.status, 200, "{}", moved.text());
        assert_eq!(moved.json()["moved_from"], json!({"origin": first.url(), "kind": "openai"}));
        let counts = json!({"active": 0, "cooling": 0, "disabled": 1, "expired": 0});
        assert_eq!(moved.json()["keys"], counts);
        check_all(&app, &ann.session).await;
        assert_eq!((thief.calls().len(), thief.probes().len()), (0, 0), "a check asks nothing");
        app.app.actors.health_check.sweep().await.expect("a sweep");
        let id = keys_in(&app, "all").await[0]["id"].clone();
        for which in [json!({"id": id}), json!({"apiKey": "sk-other-0000002", "provider": "other"})] {
            let verified = app.admin("POST", "/admin/verify-key", &which).await.json();
            assert_eq!((&verified["status"], &verified["error"]), (&json!("unclear"), &json!("provider_moved")));
        }
        let tested = app.admin("POST", &format!("{PROVIDER}/test"), &json!({})).await.json();
        assert_eq!(tested["with_key"], false);
        assert_eq!(app.call("GET", "/other/v1/models", "", None).await.status, 200);
        let refused = chat(&app).await;
        assert_eq!((refused.status, refused.code().as_str()), (503, "provider_moved"));
        assert_eq!(with_key(&thief), 0);
        assert_eq!(first.calls().len(), 0, "nor are requests sent to the old place");
        let key = &keys_in(&app, "disabled").await[0];
        assert_eq!((&key["status"], &key["disabled_reason"]), (&json!("disabled"), &json!("provider_moved")));
        for status in ["active", "failed", "cooling"] {
            assert!(keys_in(&app, status).await.is_empty(), "{status}");
        }
        assert_eq!(app.admin("POST", "/admin/keys/enable", &json!({"id": id})).await.status, 200);
        assert_eq!(chat(&app).await.status, 503, "a key that is enabled isn't sent there either");
    }

    async fn once_confirmed_it_serves(app, [PRIVATE]) {
        other(&app).await;
        let second = Stub::start();
        let moved = move_to(&app, &second.url()).await;
        let confirm = async |url: &str, kind: &str| {
            let place = json!({"base_url": url, "kind": kind});
            app.admin("POST", &format!("{PROVIDER}/confirm"), &place).await
        };
        assert_eq!(confirm("https://93.184.216.34", "openai").await.status, 422, "another place");
        assert_eq!(confirm(&second.url(), "ollama").await.status, 422, "another kind");
        assert_eq!(chat(&app).await.status, 503);
        let url = moved["base_url"].as_str().expect("a URL");
        let confirmed = confirm(url, "openai").await;
        assert_eq!((confirmed.status, &confirmed.json()["moved_from"]), (200, &json!(null)));
        assert_eq!(confirmed.json()["keys"]["active"], 1);
        assert_eq!(served(&chat(&app).await), (200, Some("other"), Some("1")));
        assert_eq!(second.count(KEY), 1);
        assert_eq!(confirm(url, "openai").await.status, 200, "once more changes nothing");
        let done: Vec<_> = deeds(&app).await.into_iter().map(|deed| deed.action).collect();
        assert_eq!(done, ["provider.create", "provider.change", "provider.confirm"]);
    }

    async fn what_counts_as_a_move(app, [PRIVATE]) {
        let first = other(&app).await;
        let change = async |change: Value| {
            let answer = app.admin("PATCH", PROVIDER, &change).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.json()["moved_from"].is_object()
        };
        assert!(!change(json!({"name": "Other", "enabled": true})).await);
        assert!(!change(json!({"base_url": format!("{}/v1", first.url())})).await, "the same origin");
        let (scheme, port) = (first.url().replace("http:", "https:"), first.url().replace("127.0.0.1", "localhost"));
        for elsewhere in [scheme, port, Stub::start().url()] {
            assert!(change(json!({"base_url": elsewhere})).await, "{elsewhere}");
            assert!(change(json!({"name": "Still"})).await, "and so it stays");
        }
        assert!(!change(json!({"base_url": first.url()})).await, "back again");
        assert_eq!(chat(&app).await.status, 200);
        assert!(change(json!({"kind": "ollama"})).await);
        assert_eq!(chat(&app).await.code(), "provider_moved");
        assert!(!change(json!({"kind": "openai"})).await);
        assert_eq!(chat(&app).await.status, 200);
    }

    async fn fallbacks_serve_meanwhile(app, [PRIVATE]) {
        app.add_key("sk-ollama-0000001").await;
        let stub = other(&app).await;
        fall_back(&app, "x", &[("other", "*")]).await;
        let to = json!({"provider": "other", "model": "llama3.2", "to": [{"provider": "ollama", "model": "*"}]});
        assert_eq!(app.admin("PUT", "/admin/fallbacks", &to).await.status, 200);
        move_to(&app, &Stub::start().url()).await;
        assert_eq!(served(&chat(&app).await).1, Some("ollama"));
        assert!(stub.calls().is_empty());
    }

    async fn all_administrators_are_mailed_in_their_language(app, [PRIVATE]) {
        other(&app).await;
        administrator(&app).await;
        let bob = json!({"email": "bob@example.org", "role": "admin", "language": "zh-CN"});
        assert_eq!(app.admin("POST", "/admin/users", &bob).await.status, 201);
        let off = json!({"email": "off@example.org", "role": "admin"});
        let off = app.admin("POST", "/admin/users", &off).await.json()["id"].clone();
        let off = format!("/admin/users/{off}");
        assert_eq!(app.admin("PATCH", &off, &json!({"isActive": false})).await.status, 200);
        sign_up(&app, "user@example.org").await;
        let second = Stub::start();
        move_to(&app, &second.url()).await;
        let (ann, bob) = (app.mail_to("ann@example.org").await, app.mail_to("bob@example.org").await);
        assert_eq!(ann.subject, "A provider has moved: its keys are held back");
        assert_eq!(bob.subject, "提供方地址已变更：密钥已暂停使用");
        for mail in [&ann, &bob] {
            assert!(mail.text.contains(&second.url()) && mail.text.contains("admin-token"), "{}", mail.text);
        }
        // Whoever else is mailed would have been so by now, before this.
        mailed_code(&app, "last@example.org", "register").await;
        for nobody in ["off@example.org", "user@example.org"] {
            assert!(app.unread(nobody).is_empty(), "{nobody}");
        }
    }
}
