//! Codes by mail and their limits.

use std::time::Duration;

use serde_json::json;

use super::{is_news, login_by_code, mailed_code, post, refusal, register, sign_up};
use crate::support::{TestApp, both_stores};

const MINUTE: Duration = Duration::from_secs(60);
const ANN: &str = "ann@example.org";

async fn ask(app: &TestApp, email: &str, purpose: &str) -> (u16, Option<u64>) {
    let answer = post(app, "send-code", &json!({"email": email, "purpose": purpose})).await;
    (answer.status, answer.header("retry-after").map(|secs| secs.parse().expect("seconds")))
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

    async fn one_mail_a_minute_and_ten_a_day(app, ["--rate-limit-requests=1000"]) {
        // So that no midnight comes in between: twelve o'clock of the next day.
        let now = app.app.clock.now().0;
        let noon = (now.div_euclid(86_400_000) + 1) * 86_400_000 + 43_200_000;
        app.app.clock.advance(Duration::from_millis((noon - now).unsigned_abs()));
        for mail in 0..10 {
            assert_eq!(ask(&app, ANN, "register").await, (200, None), "mail {mail}");
            let (status, secs) = ask(&app, ANN, "login").await;
            assert_eq!(status, 429, "any purpose");
            assert!(secs.is_some_and(|secs| secs > 0), "{secs:?}");
            assert_eq!(ask(&app, &format!("{mail}@example.org"), "login").await.0, 200, "another's");
            app.app.clock.advance(MINUTE);
        }
        let (status, secs) = ask(&app, ANN, "register").await;
        assert_eq!(status, 429, "the eleventh");
        let secs = secs.expect("when to come back");
        assert!((11 * 3600..12 * 3600).contains(&secs), "tomorrow: {secs}");
        app.app.clock.advance(Duration::from_secs(secs));
        assert_eq!(ask(&app, ANN, "register").await.0, 200);
    }

    async fn twenty_wrong_codes_never_open_an_account(app, ["--rate-limit-requests=1000"]) {
        sign_up(&app, ANN).await;
        let mut tried = 0;
        let mut last = (0, String::new());
        // Four at each code, so that none is used up by its own tries.
        while tried < 20 {
            app.app.clock.advance(MINUTE);
            let asked = post(&app, "send-code", &json!({"email": ANN, "purpose": "login"})).await;
            let code = match asked.status {
                200 => app.mail_to(ANN).await.code(),
                _ => {
                    assert_eq!(refusal(&asked), (429, "too_many_tries".into()));
                    "000000".to_owned()
                }
            };
            for _ in 0..4 {
                last = refusal(&login_by_code(&app, ANN, &other_than(&code)).await);
                tried += 1;
            }
            if tried > 5 {
                let right = refusal(&login_by_code(&app, ANN, &code).await);
                assert_eq!(right, (429, "too_many_tries".into()), "the right one after {tried}");
            }
        }
        assert_eq!(last, (429, "too_many_tries".into()));
        app.app.clock.advance(10 * MINUTE);
        let code = mailed_code(&app, ANN, "login").await;
        assert_eq!(login_by_code(&app, ANN, &code).await.status, 200, "after a pause");
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
