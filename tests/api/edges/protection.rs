//! What browsers and caches are told of every answer that is no page.

use awc::http::header::HeaderValue;
use serde_json::json;

use crate::support::{Answer, Store, TestApp, both_stores};

/// Value of each header that an answer of the API has.
const DATA: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

const HSTS: &str = "strict-transport-security";

fn assert_protected(answer: &Answer, what: &str) {
    for (name, value) in DATA {
        assert_eq!(answer.header(name), Some(value), "{name} of {what}");
    }
    assert_eq!(answer.header(HSTS), None, "{what}");
}

/// A GET through a proxy that tells how it was asked.
async fn asked_by(app: &TestApp, path: &str, proto: &[&str]) -> Answer {
    let mut request = awc::Client::default().get(app.url(path));
    for proto in proto {
        request =
            request.append_header(("x-forwarded-proto", HeaderValue::from_str(proto).unwrap()));
    }
    Answer::read(request.send().await.expect("an answer")).await
}

both_stores! {
    async fn answers_of_the_api_are_data(app) {
        app.add_key("sk-protection-0000001").await;
        for path in [
            "/livez", "/readyz", "/health", "/openapi.json", "/metrics", "/admin/public-stats",
            "/api/announcements", "/api/test-templates", "/api/auth/config", "/v1/models",
            "/nowhere", "/v1/nowhere", "/api/chat", "/nobody/v1/models",
        ] {
            assert_protected(&app.call("GET", path, "", None).await, path);
        }
        for path in ["/admin/stats", "/admin/api-keys", "/admin/nowhere", "/admin/usage?format=csv"] {
            assert_protected(&app.admin_get(path).await, path);
            assert_protected(&app.call("GET", path, "sk-nobody", None).await, path);
        }
        assert_protected(&app.call("GET", "/api/auth/profile", "", None).await, "401");
        assert_protected(&app.call("PUT", "/v1/chat/completions", "", None).await, "405");
        assert_protected(&app.ask("llama3.2").await, "a chat");
        let stream = json!({"model": "llama3.2", "messages": [], "stream": true});
        assert_protected(&app.chat(&stream).await, "a stream");
        assert_protected(&app.chat(&json!({})).await, "422");
    }

    /// Whole tokens stay in no cache.
    async fn new_keys_are_not_kept(app) {
        let ann = json!({"email": "ann@example.org"});
        let made = app.admin("POST", "/admin/users", &ann).await;
        assert_eq!((made.status, made.header("cache-control")), (201, Some("no-store")));
        let path = format!("/admin/users/{}/reset-key", made.json()["id"]);
        let reset = app.admin("POST", &path, &json!({})).await;
        assert_eq!((reset.status, reset.header("cache-control")), (200, Some("no-store")));
    }
}

#[actix_web::test]
async fn who_asks_by_tls_is_told_to_go_on_so() {
    let app = TestApp::start(Store::Sqlite, &["--trusted-proxies=127.0.0.1"]).await;
    for path in ["/livez", "/", "/nowhere", "/admin/stats"] {
        for proto in [&["https"][..], &["HTTPS"], &["http, https"], &["http", "https"]] {
            let told = asked_by(&app, path, proto).await;
            let expected = Some("max-age=31536000; includeSubDomains");
            assert_eq!(told.header(HSTS), expected, "{path} {proto:?}");
        }
        for proto in
            [&[] as &[&str], &["http"], &["https, http"], &["https", "http"], &["httpsx"], &[""]]
        {
            assert_eq!(asked_by(&app, path, proto).await.header(HSTS), None, "{path} {proto:?}");
        }
    }
    app.stop().await;
    let app = TestApp::start(Store::Sqlite, &[]).await;
    assert_eq!(asked_by(&app, "/livez", &["https"]).await.header(HSTS), None, "anybody's word");
    app.stop().await;
}
