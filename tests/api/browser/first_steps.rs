//! The first minutes of an administrator: from nothing to an answer.

use serde_json::json;

use super::{start, window::Window};
use crate::support::{ADMIN_TOKEN, Store, canary};

#[actix_web::test]
async fn four_steps_lead_to_the_first_answer() {
    let (app, window) = start(Store::Sqlite, &[]).await;
    window.go("/").await;
    window.press("Administrators").await;
    window.fill("Admin token", "no such token").await;
    window.press("Sign in").await;
    window.sees("The token is wrong.").await;
    window.fill("Admin token", ADMIN_TOKEN).await;
    window.press("Sign in").await;
    window.sees("First steps").await;
    stays_nowhere(&window, ADMIN_TOKEN).await;
    window.has_no_barriers("the first steps").await;
    window.picture("first-steps").await;

    let secret = "sk-first-00000000001";
    canary::release(secret);
    window.fill("Upstream API key", secret).await;
    window.press("Add key").await;
    window.sees("The key works.").await;
    window.press("Go on").await;
    assert_eq!(window.filled("Name").await, "My first token");
    window.fill("Name", "laptop").await;
    window.press("Make token").await;
    window.sees("/v1/chat/completions").await;
    window.picture("first-steps-done").await;
    let (url, token, body) = curl_line(&window).await;
    assert_eq!(url, app.url("/ollama/v1/chat/completions"));
    let body = serde_json::from_str(&body).expect("a body");
    let answer = app.call("POST", "/ollama/v1/chat/completions", &token, Some(&body)).await;
    assert_eq!((answer.status, body["model"].as_str()), (200, Some("llama3.2")));
    assert_eq!(app.stub.count(secret), 1);

    window.press("To the dashboard").await;
    window.sees("Live").await;
    window.is_at("/dashboard").await;
    // There is a key now: the start page knows.
    window.go("/").await;
    window.sees("Welcome back").await;
    let names = app.admin_get("/admin/tokens").await.json();
    assert!(
        names["tokens"].as_array().expect("tokens").iter().any(|t| t["name"] == json!("laptop"))
    );
    window.has_no_complaints().await;
    app.stop().await;
}

/// Nothing that scripts of the page can reach holds this secret.
async fn stays_nowhere(window: &Window, secret: &str) {
    let all =
        "return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])";
    let kept = window.run(all, &[]).await;
    assert!(!kept.as_str().expect("a text").contains(secret), "{kept}");
}

/// The address, the token and the body of the line that is shown.
async fn curl_line(window: &Window) -> (String, String, String) {
    let line = window.text_of("#app pre").await;
    let url = line.split_whitespace().nth(1).expect("an address").to_owned();
    let token = line.split("Bearer ").nth(1).and_then(|rest| rest.split('"').next());
    let token = token.expect("a token").to_owned();
    canary::release(&token);
    let body = line.split("-d '").nth(1).expect("a body").trim_end().trim_end_matches('\'');
    (url, token, body.to_owned())
}
