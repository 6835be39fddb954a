//! Every page: axe-core finds nothing serious in it, light and dark, on a desk and on a phone. What
//! they look like is kept among the results of the build.

use serde_json::json;

use super::{Window, administer, start};
use crate::accounts::sign_up;
use crate::support::{Store, TestApp, canary};

/// For everyone; then of somebody who is signed in; then an administrator's.
const OPEN: [&str; 9] = [
    "/",
    "/stats",
    "/api-docs",
    "/api-docs#playground",
    "/api-docs#reference",
    "/api-docs#errors",
    "/project",
    "/project/readme",
    "/nope",
];
const OWN: [&str; 3] = ["/user", "/user#connect", "/user#account"];
const PARTS: [&str; 11] = [
    "/dashboard",
    "/dashboard/keys",
    "/dashboard/keys?open=1",
    "/dashboard/tokens",
    "/dashboard/users",
    "/dashboard/import",
    "/dashboard/statistics",
    "/dashboard/requests",
    "/dashboard/providers",
    "/dashboard/settings",
    "/dashboard/audit",
];

const THEME: &str = "
    localStorage.setItem('pool.theme', arguments[0]);
    document.dispatchEvent(new Event('pool:theme'));
";

#[actix_web::test]
async fn anyones_pages_keep_nobody_out() {
    let (app, window) = start(Store::Sqlite, &[]).await;
    live(&app).await;
    for path in OPEN {
        window.go(path).await;
        look_at(&window, path).await;
    }
    window.has_no_complaints().await;
    app.stop().await;
}

#[actix_web::test]
async fn own_pages_keep_nobody_out() {
    let (app, window) = start(Store::Sqlite, &[]).await;
    live(&app).await;
    let ann = sign_up(&app, "ann@example.org").await;
    window.go("/").await;
    window.fill("E-mail address", &ann.email).await;
    window.fill("Password", &ann.password).await;
    window.press("Sign in").await;
    window.is_at("/user").await;
    for path in OWN {
        window.go(path).await;
        look_at(&window, path).await;
    }
    window.has_no_complaints().await;
    app.stop().await;
}

#[actix_web::test]
async fn the_dashboard_keeps_nobody_out() {
    let (app, window) = start(Store::Sqlite, &[]).await;
    live(&app).await;
    sign_up(&app, "ann@example.org").await;
    for path in PARTS {
        administer(&window, path).await;
        look_at(&window, path).await;
    }
    window.has_no_complaints().await;
    app.stop().await;
}

/// Some of everything: a page without anything on it has little to get wrong.
async fn live(app: &TestApp) {
    for (n, name) in ["Ann", "Bob", "Cho"].iter().enumerate() {
        let key = format!("sk-shown-000000000{n}");
        app.add_key_with(&json!({"api_key": key, "username": name})).await;
    }
    let off = json!({"id": 3, "duration": 0, "reason": "It leaked."});
    assert_eq!(app.admin("POST", "/admin/keys/disable", &off).await.status, 200);
    let notice = json!({"title": "Sunday", "body": "A new disk.", "audience": "all"});
    assert_eq!(app.admin("POST", "/admin/announcements", &notice).await.status, 201);
    let alias = json!({"alias": "gpt-4o", "model": "gpt-oss:20b", "provider": "ollama"});
    assert_eq!(app.admin("POST", "/admin/aliases", &alias).await.status, 201);
    for model in ["llama3.2", "gpt-oss:20b", "gpt-oss:20b", "gpt-4o", "qwen3-coder:480b"] {
        assert_eq!(app.ask(model).await.status, 200);
    }
    canary::none_leaked();
}

async fn look_at(window: &Window, path: &str) {
    let name = path.trim_matches('/').replace(['/', '#', '?', '='], "-");
    let name = if name.is_empty() { "portal" } else { &name };
    for (theme, width, height) in [("light", 1440, 1000), ("dark", 390, 844)] {
        window.is_sized(width, height).await;
        window.run(THEME, &[json!(theme)]).await;
        window.settles().await;
        window.has_no_barriers(&format!("{path}, {theme}")).await;
        window.whole_picture(&format!("{name}-{theme}")).await;
    }
}
