//! Paths that are nearly right.

use serde_json::json;

use crate::support::{ADMIN_TOKEN, Store, TestApp};

#[actix_web::test]
async fn of_clients_are_served_as_what_they_mean() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    app.add_key("sk-edges-00000001").await;
    let body = json!({"model": "m", "messages": []});
    for path in [
        "//v1/chat/completions",
        "/v1/chat/completions/",
        "/v1//chat/completions",
        "/api/v1/chat/completions",
        "/v1/v1/chat/completions",
        "/ollama/v1/chat/completions/",
        "/ollama/api/v1/chat/completions?x=1",
    ] {
        let answer = app.call("POST", path, &app.token, Some(&body)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
    }
    let list = app.call("GET", "/v1/models", &app.token, None).await;
    for path in ["//v1/models", "/v1/models/", "/api/v1/models", "/v1/v1/models/?limit=1000"] {
        let answer = app.call("GET", path, &app.token, None).await;
        assert_eq!((answer.status, answer.body), (list.status, list.body.clone()), "{path}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn of_administrators_and_accounts_are_not() {
    let app = TestApp::start(Store::Sqlite, &[]).await;
    for path in [
        "//admin/stats",
        "/admin//stats",
        "///admin///stats",
        "/admin/stats/",
        "/v1/../admin/stats",
        "/v1//admin/stats",
        "/api/v1/../../admin/stats",
        "/v1/v1/../admin/stats",
        "//admin//v1/stats",
        "/admin/api/v1/stats",
        "/%2fadmin/stats",
    ] {
        let answer = app.call("GET", path, "", None).await;
        assert!(matches!(answer.status, 401 | 404), "{path}: {}", answer.status);
        assert!(!answer.text().contains("total_requests"), "{path}");
        let known = app.call("GET", path, ADMIN_TOKEN, None).await;
        assert_eq!(known.status, 404, "{path}: not even to administrators");
    }
    for path in ["/admin//stats", "/admin/stats/", "/admin/api/v1/stats"] {
        assert_eq!(app.call("GET", path, "", None).await.status, 401, "{path}");
    }
    for path in
        ["//api/auth/profile", "/api//auth/profile", "/api/auth//profile", "/api/v1/auth/profile"]
    {
        assert_eq!(app.call("GET", path, "", None).await.status, 404, "{path}");
    }
    app.stop().await;
}
