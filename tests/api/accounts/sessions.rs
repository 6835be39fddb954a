//! Sessions: how long they last, and what ends them.

use std::time::Duration;

use pool_stub::Stub;
use serde_json::{Value, json};

use super::{chat, is_news, login, refusal, sign_in_again, sign_up};
use crate::support::{Store, TestApp, both_stores};

const ANN: &str = "ann@example.org";
const DAY: Duration = Duration::from_secs(86_400);

both_stores! {
    async fn a_session_lasts_seven_days(app) {
        let ann = sign_up(&app, ANN).await;
        app.app.clock.advance(7 * DAY - Duration::from_secs(60));
        assert_eq!(ann.standing(&app).await, 200);
        app.app.clock.advance(Duration::from_secs(60));
        assert_eq!(refusal(&ann.get(&app, "profile").await), (401, "not_signed_in".into()));
    }

    async fn signing_out_ends_this_session_or_all(app) {
        let first = sign_up(&app, ANN).await;
        let (second, third) = (sign_in_again(&app, &first).await, sign_in_again(&app, &first).await);
        let out = first.post(&app, "logout", &json!({})).await;
        assert_eq!((out.status, out.json()), (200, json!({"success": true})));
        assert_eq!(first.standing(&app).await, 401);
        assert_eq!(second.standing(&app).await, 200);
        assert_eq!(second.post(&app, "logout", &json!({"everywhere": true})).await.status, 200);
        assert_eq!((second.standing(&app).await, third.standing(&app).await), (401, 401));
    }

    async fn sessions_are_listed_and_ended_one_by_one(app) {
        let first = sign_up(&app, ANN).await;
        let second = sign_in_again(&app, &first).await;
        let list = first.get(&app, "sessions").await.json();
        let sessions = list["sessions"].as_array().expect("sessions");
        let current = |session: &&Value| session["current"] == true;
        assert_eq!((sessions.len(), sessions.iter().filter(current).count()), (2, 1));
        assert_eq!(sessions[0]["address"], "127.0.0.1");
        let other = sessions.iter().find(|session| !current(session)).expect("the other");
        let path = format!("sessions/{}", other["id"].as_str().expect("an id"));
        assert_eq!(first.call(&app, "DELETE", &path, &json!({})).await.status, 200);
        assert_eq!(first.call(&app, "DELETE", &path, &json!({})).await.status, 404);
        assert_eq!((first.standing(&app).await, second.standing(&app).await), (200, 401));
        let bob = sign_up(&app, "bob@example.org").await;
        let list = bob.get(&app, "sessions").await.json();
        let path = format!("sessions/{}", list["sessions"][0]["id"].as_str().expect("an id"));
        assert_eq!(first.call(&app, "DELETE", &path, &json!({})).await.status, 404, "another's");
        assert_eq!(bob.standing(&app).await, 200);
    }

    async fn the_oldest_of_too_many_sessions_ends(app) {
        let first = sign_up(&app, ANN).await;
        for _ in 0..20 {
            app.app.clock.advance(Duration::from_secs(1));
            sign_in_again(&app, &first).await;
        }
        assert_eq!(first.standing(&app).await, 401);
    }

    async fn a_new_password_ends_the_other_sessions(app) {
        let first = sign_up(&app, ANN).await;
        let second = sign_in_again(&app, &first).await;
        let change = |old: &str| json!({"currentPassword": old, "newPassword": "the new password"});
        let wrong = second.post(&app, "change-password", &change("a wrong password")).await;
        assert_eq!(refusal(&wrong), (401, "wrong_credentials".into()));
        let neither = second.post(&app, "change-password", &json!({"newPassword": "a new password"})).await;
        assert_eq!(neither.status, 422);
        assert_eq!(second.post(&app, "change-password", &change(&first.password)).await.status, 200);
        assert_eq!((first.standing(&app).await, second.standing(&app).await), (401, 200));
        assert!(is_news(&app.mail_to(ANN).await), "a mail tells of it");
        assert_eq!(login(&app, ANN, &first.password).await.status, 401);
        assert_eq!(login(&app, ANN, "the new password").await.status, 200);
    }

    async fn other_tokens_open_nothing_here(app) {
        let ann = sign_up(&app, ANN).await;
        let key = ann.key(&app).await;
        for token in [key.as_str(), "a.b.c", crate::support::ADMIN_TOKEN, ""] {
            let answer = app.call("GET", "/api/auth/profile", token, None).await;
            assert_eq!(refusal(&answer), (401, "not_signed_in".into()), "{token}");
        }
        let answer = chat(&app, &ann.session).await;
        assert_eq!(answer, (401, "invalid_api_key".into()), "and a session is no client token");
    }
}

/// What ends a session ends it in every process at once.
#[actix_web::test]
async fn a_session_ends_in_every_process() {
    let app = TestApp::start(Store::Postgres, &[]).await;
    let twin = TestApp::start_with(app.home.twin(), Stub::start(), &[]).await;
    let ann = sign_up(&app, ANN).await;
    let other = sign_in_again(&twin, &ann).await;
    assert_eq!((ann.standing(&twin).await, other.standing(&app).await), (200, 200));
    assert_eq!(other.post(&twin, "logout", &json!({})).await.status, 200);
    assert_eq!(other.standing(&app).await, 401);
    let path = format!("/admin/users/{}", ann.id(&app).await);
    assert_eq!(twin.admin("PATCH", &path, &json!({"isActive": false})).await.status, 200);
    assert_eq!(ann.standing(&app).await, 401);
    twin.stop().await;
    app.stop().await;
}
