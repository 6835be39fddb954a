//! How mails are handed over: encrypted, signed in, or not at all.

use serde_json::json;

use super::{address, post, stands, state, with_smtp};
use crate::support::canary;
use crate::support::mail::SMTP_PASS;

#[actix_web::test]
async fn each_way_there_is() {
    canary::release(SMTP_PASS);
    for kind in ["starttls", "starttls_auth", "tls", "tls_auth", "plain"] {
        let app = with_smtp(kind, &[]).await;
        let ann = address("ann");
        post(&app, &ann, "482913");
        let mail = app.mail_to(&ann).await;
        assert_eq!(
            (mail.subject.as_str(), mail.code().as_str()),
            ("Your code to sign in", "482913")
        );
        let state = stands(&app, "it is counted", |state| state.queued == 0).await;
        assert_eq!((state.sent, state.failed, state.retries, state.failing), (1, 0, 0, false));
        app.stop().await;
    }
}

#[actix_web::test]
async fn the_old_booleans() {
    for (kind, secure) in [("tls", "true"), ("starttls", "false"), ("plain", "false")] {
        let app = with_smtp(kind, &[&format!("--email-secure={secure}")]).await;
        let ann = address("ann");
        post(&app, &ann, "482913");
        app.mail_to(&ann).await;
        app.stop().await;
    }
}

/// Nothing leaves the process, and the letter waits for better days.
async fn nothing_comes(kind: &str, others: &[&str]) {
    let app = with_smtp(kind, others).await;
    let ann = address("ann");
    post(&app, &ann, "482913");
    let state = stands(&app, "it fails", |state| state.retries + state.failed > 0).await;
    assert_eq!((state.sent, state.failing), (0, true), "{kind} {others:?}");
    let health = app.call("GET", "/health", "", None).await.json();
    assert_eq!(health["status"], "degraded");
    let part = &health["components"]["mail"];
    assert_eq!((&part["status"], &part["kind"]), (&json!("degraded"), &json!("smtp")));
    assert_eq!(part["state"]["failing"], true);
    // Its time is over before the test ends, so that the stop has nothing to wait for.
    app.app.clock.advance(std::time::Duration::from_secs(600));
    stands(&app, "it is given up", |state| state.failed == 1).await;
    assert!(app.unread(&ann).is_empty(), "{kind} {others:?}");
    app.stop().await;
}

#[actix_web::test]
async fn a_certificate_of_nobody_known_is_refused() {
    nothing_comes("tls", &["--email-ca-file="]).await;
    nothing_comes("starttls", &["--email-ca-file="]).await;
}

#[actix_web::test]
async fn a_certificate_for_another_name_is_refused() {
    nothing_comes("tls", &["--email-host=127.0.0.1"]).await;
}

#[actix_web::test]
async fn no_mail_in_the_clear_unless_that_is_wanted() {
    nothing_comes("plain", &["--email-secure=starttls"]).await;
}

#[actix_web::test]
async fn a_wrong_password_is_final() {
    canary::release("wrong-password-for-mail");
    let app = with_smtp("starttls_auth", &["--email-auth-pass=wrong-password-for-mail"]).await;
    let ann = address("ann");
    post(&app, &ann, "482913");
    let state = stands(&app, "it is given up", |state| state.failed == 1).await;
    assert_eq!((state.queued, state.retries, state.failing), (0, 0, true));
    app.stop().await;
}

#[actix_web::test]
async fn no_server_at_all() {
    let app = with_smtp("plain", &["--email-port=1"]).await;
    post(&app, &address("ann"), "482913");
    let failing = stands(&app, "it fails", |state| state.retries > 0).await;
    assert_eq!((failing.sent, failing.failed, failing.failing), (0, 0, true));
    app.app.clock.advance(std::time::Duration::from_secs(600));
    stands(&app, "it is given up", |state| state.failed == 1).await;
    assert_eq!(state(&app).await.queued, 0);
    app.stop().await;
}
