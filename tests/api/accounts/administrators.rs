//! Administrators who are signed in.

use std::time::Duration;

use awc::http::header::{COOKIE, ORIGIN};
use serde_json::json;

use super::recovery::codes;
use super::second_factor::Device;
use super::{Person, refusal, sign_up};
use crate::support::{Answer, TestApp, both_stores};

const ANN: &str = "ann@example.org";

async fn promote(app: &TestApp, person: &Person, role: &str) {
    let path = format!("/admin/users/{}", person.id(app).await);
    assert_eq!(app.admin("PATCH", &path, &json!({"role": role})).await.status, 200);
}

/// A request to the admin API with the cookie, from a page of this origin.
async fn by_cookie(
    app: &TestApp,
    person: &Person,
    method: &str,
    path: &str,
    origin: &str,
) -> Answer {
    let request = awc::Client::default().request(method.parse().expect("a method"), app.url(path));
    let request = request.insert_header((COOKIE, format!("pool_session={}", person.session)));
    let request = request.insert_header((ORIGIN, origin));
    Answer::read(request.send_json(&json!({"name": "by cookie"})).await.expect("an answer")).await
}

both_stores! {
    async fn the_role_opens_the_door_and_shuts_it(app) {
        let ann = sign_up(&app, ANN).await;
        let look = async || app.call("GET", "/admin/stats", &ann.session, None).await;
        assert_eq!(refusal(&look().await), (403, "forbidden".into()));
        promote(&app, &ann, "admin").await;
        assert_eq!(look().await.status, 200);
        promote(&app, &ann, "user").await;
        assert_eq!(look().await.status, 403, "at once");
        promote(&app, &ann, "admin").await;
        assert_eq!(ann.post(&app, "logout", &json!({})).await.status, 200);
        assert_eq!(refusal(&look().await), (401, "not_signed_in".into()));
    }

    async fn the_audit_log_names_them(app) {
        let ann = sign_up(&app, ANN).await;
        promote(&app, &ann, "admin").await;
        let body = json!({"name": "theirs"});
        let made = app.call("POST", "/admin/tokens", &ann.session, Some(&body)).await;
        assert_eq!(made.status, 201);
        let last = app.admin_get("/admin/audit?kind=admin&pageSize=1").await.json()["entries"][0].clone();
        assert_eq!((&last["actor"], &last["action"]), (&json!(ANN), &json!("token.create")));
    }

    async fn a_page_of_another_site_administers_nothing(app) {
        let ann = sign_up(&app, ANN).await;
        promote(&app, &ann, "admin").await;
        let evil = by_cookie(&app, &ann, "POST", "/admin/tokens", "https://evil.example.net").await;
        assert_eq!(refusal(&evil), (403, "cross_site".into()));
        let own = by_cookie(&app, &ann, "POST", "/admin/tokens", &app.url("")).await;
        assert_eq!(own.status, 201, "{}", own.text());
    }

    async fn where_a_second_factor_is_required_they_can_only_set_it_up(app) {
        let ann = sign_up(&app, ANN).await;
        promote(&app, &ann, "admin").await;
        let look = async || app.call("GET", "/admin/stats", &ann.session, None).await;
        assert_eq!(look().await.status, 200);
        let on = json!({"require_admin_totp": true});
        assert_eq!(app.admin("PATCH", "/admin/settings", &on).await.status, 200);
        assert_eq!(refusal(&look().await), (403, "totp_setup_required".into()));
        let body = json!({"name": "no"});
        let made = app.call("POST", "/admin/tokens", &ann.session, Some(&body)).await;
        assert_eq!(refusal(&made), (403, "totp_setup_required".into()));
        assert_eq!(app.admin_get("/admin/stats").await.status, 200, "the admin token needs none");
        let device = Device::begin(&app, &ann).await;
        assert_eq!(look().await.status, 403, "not yet");
        let enabled = ann.post(&app, "totp/enable", &json!({"code": device.code(&app)})).await;
        codes(&enabled);
        assert_eq!(look().await.status, 200);
        let path = format!("/admin/users/{}/totp", ann.id(&app).await);
        assert_eq!(app.admin("DELETE", &path, &json!({})).await.status, 200);
        assert_eq!(refusal(&look().await), (403, "totp_setup_required".into()));
        promote(&app, &ann, "user").await;
        assert_eq!(refusal(&look().await), (403, "forbidden".into()));
    }

    async fn unused_for_an_hour_their_session_ends_and_others_do_not(app) {
        let (ann, bob) = (sign_up(&app, ANN).await, sign_up(&app, "bob@example.org").await);
        promote(&app, &ann, "admin").await;
        let look = async || app.call("GET", "/admin/stats", &ann.session, None).await;
        for _ in 0..3 {
            app.app.clock.advance(Duration::from_secs(59 * 60));
            assert_eq!(look().await.status, 200, "in use");
        }
        app.app.clock.advance(Duration::from_secs(60 * 60));
        assert_eq!(refusal(&look().await), (401, "not_signed_in".into()));
        assert_eq!(ann.standing(&app).await, 401, "and for all else");
        assert_eq!(bob.standing(&app).await, 200);
    }

    async fn a_session_that_is_none_counts_as_no_guess_at_the_admin_token(app, ["--admin-attempts=1"]) {
        for _ in 0..20 {
            let answer = app.call("GET", "/admin/stats", "a.b.c", None).await;
            assert_eq!(refusal(&answer), (401, "not_signed_in".into()));
        }
        assert_eq!(app.call("GET", "/admin/stats", "wrong", None).await.status, 401);
    }
}
