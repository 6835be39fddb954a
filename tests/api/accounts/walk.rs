//! One person's way through it all, with the mail sent by SMTP and read from its server.

use serde_json::json;
use uuid::Uuid;

use super::{chat, login, mailed_code, refusal, register, session_of};
use crate::support::{Store, TestApp, canary};

async fn walk(store: Store) {
    let app = TestApp::start_with_smtp(store, "starttls", &[]).await;
    app.add_key("sk-upstream-0000001").await;
    let email = format!("ann-{}@example.org", Uuid::now_v7().simple());

    let code = mailed_code(&app, &email, "register").await;
    let signed_up = register(&app, &email, &code, "a long password").await;
    assert_eq!(signed_up.status, 201, "{}", signed_up.text());
    let session = session_of(&signed_up);
    let own = async |method: &str, path: &str| {
        app.call(method, &format!("/api/auth/{path}"), &session, None).await
    };

    let key = own("POST", "key/reveal").await.json()["token"].as_str().expect("a key").to_owned();
    canary::release(&key);
    assert_eq!(chat(&app, &key).await.0, 200);

    let before = own("GET", "profile").await.json()["user"]["keyExpiresAt"].clone();
    let signed = own("POST", "sign").await;
    assert_eq!(signed.status, 200, "{}", signed.text());
    assert!(signed.json()["keyExpiresAt"].as_str() > before.as_str(), "it lives longer");
    let history = own("GET", "signins").await.json();
    assert_eq!((&history["total"], &history["items"][0]["id"].is_i64()), (&json!(1), &true));

    let profile = own("GET", "profile").await.json()["user"].clone();
    assert_eq!((&profile["email"], &profile["keyRequestCount"]), (&json!(email), &json!(1)));
    assert_eq!(profile["signedToday"], true);
    assert_eq!(own("GET", "usage").await.json()["total"]["requests"], 1);

    assert_eq!(own("POST", "logout").await.status, 200);
    assert_eq!(refusal(&own("GET", "profile").await), (401, "not_signed_in".into()));
    assert_eq!(login(&app, &email, "a long password").await.status, 200);
    app.stop().await;
}

#[actix_web::test]
async fn on_sqlite_alone() {
    walk(Store::Sqlite).await;
}

#[actix_web::test]
async fn on_postgres_and_redis() {
    walk(Store::Postgres).await;
}
