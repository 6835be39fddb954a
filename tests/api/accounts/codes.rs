//! Codes by mail and their limits.

use std::time::Duration;

use serde_json::json;

use super::browser::Browser;
use super::{is_news, login_by_code, mailed_code, post, refusal, register, sign_up};
use crate::support::{Answer, TestApp, both_stores};

const MINUTE: Duration = Duration::from_secs(60);
const ANN: &str = "ann@example.org";

/// Status, and when to come back.
fn told(answer: &Answer) -> (u16, Option<u64>) {
    (answer.status, answer.header("retry-after").map(|secs| secs.parse().expect("seconds")))
}

/// Goes to twelve o'clock of the next day, so that no midnight comes in between.
pub fn noon(app: &TestApp) {
    let now = app.app.clock.now().0;
    let noon = (now.div_euclid(86_400_000) + 1) * 86_400_000 + 43_200_000;
    app.app.clock.advance(Duration::from_millis((noon - now).unsigned_abs()));
}

/// Another code than this one.
fn other_than(code: &str) -> String {
    let number: u32 = code.parse().expect("six digits");
    format!("{:06}", (number + 1) % 1_000_000)
}

both_stores! {
    async fn a_code_is_good_once_and_for_its_purpose_only(app) {
        sign_up(&app, ANN).await;
        app.app.clock.advance(MINUTE);
        let code = mailed_code(&app, ANN, "login").await;
        let reset = json!({"email": ANN, "code": code, "password": "another password"});
        assert_eq!(refusal(&post(&app, "reset-password", &reset).await), (422, "wrong_code".into()));
        assert_eq!(login_by_code(&app, ANN, &code).await.status, 200);
        assert_eq!(refusal(&login_by_code(&app, ANN, &code).await), (401, "wrong_credentials".into()));
    }

    async fn a_code_of_one_address_opens_no_other(app) {
        sign_up(&app, ANN).await;
        let bob = mailed_code(&app, "bob@example.org", "register").await;
        assert_eq!(refusal(&register(&app, "eve@example.org", &bob, "a long password").await), (422, "wrong_code".into()));
        assert_eq!(refusal(&login_by_code(&app, ANN, &bob).await), (401, "wrong_credentials".into()));
        assert_eq!(register(&app, "bob@example.org", &bob, "a long password").await.status, 201);
    }

    async fn a_code_ends_after_ten_minutes(app) {
        sign_up(&app, ANN).await;
        app.app.clock.advance(MINUTE);
        let code = mailed_code(&app, ANN, "login").await;
        app.app.clock.advance(10 * MINUTE);
        assert_eq!(login_by_code(&app, ANN, &code).await.status, 401);
        let code = mailed_code(&app, ANN, "login").await;
        app.app.clock.advance(9 * MINUTE);
        assert_eq!(login_by_code(&app, ANN, &code).await.status, 200);
    }

    async fn a_new_code_voids_the_old_one(app) {
        sign_up(&app, ANN).await;
        app.app.clock.advance(MINUTE);
        let old = mailed_code(&app, ANN, "login").await;
        app.app.clock.advance(MINUTE);
        let new = mailed_code(&app, ANN, "login").await;
        if old != new {
            assert_eq!(login_by_code(&app, ANN, &old).await.status, 401);
        }
        assert_eq!(login_by_code(&app, ANN, &new).await.status, 200);
    }

    async fn one_mail_a_minute_and_ten_a_day(
        app, ["--rate-limit-requests=1000", "--trusted-proxies=127.0.0.1"]
    ) {
        noon(&app);
        for mail in 0..10 {
            let mut here = Browser::at(&format!("198.51.{mail}.1"));
            assert_eq!(told(&here.ask_for_code(&app, ANN, "register").await), (200, None), "{mail}");
            let (status, secs) = told(&here.ask_for_code(&app, ANN, "login").await);
            assert_eq!(status, 429, "any purpose");
            assert!(secs.is_some_and(|secs| secs > 0), "{secs:?}");
            let other = here.ask_for_code(&app, &format!("{mail}@example.org"), "login").await;
            assert_eq!(other.status, 200, "another's");
            app.app.clock.advance(MINUTE);
        }
        let mut here = Browser::at("198.51.100.1");
        let (status, secs) = told(&here.ask_for_code(&app, ANN, "register").await);
        assert_eq!(status, 429, "the eleventh");
        let secs = secs.expect("when to come back");
        assert!((11 * 3600..12 * 3600).contains(&secs), "tomorrow: {secs}");
        app.app.clock.advance(Duration::from_secs(secs));
        assert_eq!(here.ask_for_code(&app, ANN, "register").await.status, 200);
    }

    async fn ten_wrong_tries_void_a_code(app, ["--trusted-proxies=127.0.0.1"]) {
        sign_up(&app, ANN).await;
        app.app.clock.advance(MINUTE);
        let code = mailed_code(&app, ANN, "login").await;
        let wrong = other_than(&code);
        for network in 0..3 {
            let mut stranger = Browser::at(&format!("198.51.{network}.1"));
            for _ in 0..5 {
                let answer = stranger.login_by_code(&app, ANN, &wrong).await;
                assert_eq!(answer.status, if network < 2 { 401 } else { 429 }, "{network}");
            }
            assert_eq!(stranger.login_by_code(&app, ANN, &code).await.status, 429, "{network}");
        }
        let mut here = Browser::at("192.0.2.1");
        let right = here.login_by_code(&app, ANN, &code).await;
        assert_eq!(refusal(&right), (429, "too_many_tries".into()), "the right one");
        assert_eq!(right.header("retry-after"), Some("60"));
        app.app.clock.advance(MINUTE);
        assert_eq!(here.ask_for_code(&app, ANN, "login").await.status, 200);
        let code = app.mail_to(ANN).await.code();
        assert_eq!(here.login_by_code(&app, ANN, &code).await.status, 200, "a new one");
    }

    async fn tries_side_by_side_are_counted_one_by_one(app) {
        sign_up(&app, ANN).await;
        app.app.clock.advance(MINUTE);
        let code = mailed_code(&app, ANN, "login").await;
        let wrong = other_than(&code);
        let tries = (0..50).map(|_| login_by_code(&app, ANN, &wrong));
        let answers = futures_util::future::join_all(tries).await;
        let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
        assert_eq!(looked_at, 5, "the others got 429");
        assert_eq!(login_by_code(&app, ANN, &code).await.status, 429);
    }

    async fn the_mail_says_what_the_answer_does_not(app) {
        sign_up(&app, ANN).await;
        app.app.clock.advance(MINUTE);
        for (email, purpose, has_code) in [
            (ANN, "register", false),
            ("nobody@example.org", "login", false),
            ("other@example.org", "reset", false),
            ("new@example.org", "register", true),
        ] {
            let answer = post(&app, "send-code", &json!({"email": email, "purpose": purpose})).await;
            assert_eq!((answer.status, answer.json()), (200, json!({"success": true})), "{email}");
            let mail = app.mail_to(email).await;
            assert_eq!(!is_news(&mail), has_code, "{email} {purpose}: {}", mail.text);
        }
    }

    async fn bad_input_is_told(app) {
        for (path, body, status) in [
            ("send-code", json!({"email": "ann", "purpose": "login"}), 422),
            ("send-code", json!({"email": ANN}), 422),
            ("send-code", json!({"email": ANN, "purpose": "party"}), 422),
            ("register", json!({"email": ANN, "code": "123456", "password": "short"}), 422),
            ("register", json!({"email": ANN, "code": "123456", "password": "x".repeat(129)}), 422),
            ("register", json!({"email": ANN, "code": "1", "password": "long enough", "provider": "no"}), 404),
            ("login", json!({"email": ANN}), 422),
            ("login", json!({"email": ANN, "password": "p", "code": "123456"}), 422),
            ("reset-password", json!({"email": ANN, "code": "123456"}), 422),
        ] {
            assert_eq!(post(&app, path, &body).await.status, status, "{path} {body}");
        }
    }
}
