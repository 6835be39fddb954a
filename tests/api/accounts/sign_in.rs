//! Signing in with a password or a code.

use std::time::Duration;

use serde_json::json;

use super::{is_news, login, login_by_code, mailed_code, post, refusal, session_of, sign_up};
use crate::support::both_stores;

const ANN: &str = "ann@example.org";

both_stores! {
    async fn by_password_and_by_code(app) {
        let ann = sign_up(&app, ANN).await;
        let answer = login(&app, "Ann@Example.org", &ann.password).await;
        let json = answer.json();
        assert_eq!(answer.status, 200, "{json}");
        assert_eq!(json["user"]["email"], ANN);
        assert_eq!(json["user"]["role"], "user");
        assert!(json["expiresAt"].as_str().expect("an end").ends_with('Z'));
        session_of(&answer);
        app.app.clock.advance(Duration::from_secs(60));
        let code = mailed_code(&app, ANN, "login").await;
        session_of(&login_by_code(&app, ANN, &code).await);
    }

    async fn one_answer_for_whatever_is_wrong(app) {
        let ann = sign_up(&app, ANN).await;
        let wrong = [
            login(&app, ANN, "a wrong password").await,
            login(&app, "nobody@example.org", &ann.password).await,
            login_by_code(&app, ANN, "000000").await,
            login_by_code(&app, "nobody@example.org", "000000").await,
        ];
        for answer in &wrong {
            assert_eq!(answer.json(), wrong[0].json());
            assert_eq!(refusal(answer), (401, "wrong_credentials".into()));
            assert!(answer.header("set-cookie").is_none());
        }
    }

    async fn ten_wrong_passwords_end_the_tries_of_their_network(app) {
        let ann = sign_up(&app, ANN).await;
        for _ in 0..10 {
            assert_eq!(login(&app, ANN, "a wrong password").await.status, 401);
        }
        assert_eq!(refusal(&login(&app, ANN, &ann.password).await), (429, "rate_limited".into()));
        for _ in 0..10 {
            assert_eq!(login(&app, "nobody@example.org", "a wrong one").await.status, 401);
        }
        assert_eq!(login(&app, "nobody@example.org", "a wrong one").await.status, 429, "the same");
        app.app.clock.advance(Duration::from_secs(60));
        let code = mailed_code(&app, ANN, "login").await;
        assert_eq!(login_by_code(&app, ANN, &code).await.status, 200, "a code still opens");
    }

    async fn a_right_password_wipes_the_wrong_ones(app) {
        let ann = sign_up(&app, ANN).await;
        for _ in 0..2 {
            for _ in 0..9 {
                assert_eq!(login(&app, ANN, "a wrong password").await.status, 401);
            }
            assert_eq!(login(&app, ANN, &ann.password).await.status, 200);
        }
    }

    async fn a_forgotten_password_is_set_by_a_code(app) {
        let ann = sign_up(&app, ANN).await;
        app.app.clock.advance(Duration::from_secs(60));
        let code = mailed_code(&app, ANN, "reset").await;
        let body = json!({"email": ANN, "code": code, "password": "the new password"});
        let answer = post(&app, "reset-password", &body).await;
        assert_eq!((answer.status, answer.json()), (200, json!({"success": true})));
        assert!(is_news(&app.mail_to(ANN).await), "a mail tells of it");
        assert_eq!(ann.standing(&app).await, 401, "sessions have ended");
        assert_eq!(login(&app, ANN, &ann.password).await.status, 401, "the old one");
        assert_eq!(login(&app, ANN, "the new password").await.status, 200);
    }

    async fn nobody_without_an_account_sets_a_password(app) {
        let asked = json!({"email": "nobody@example.org", "purpose": "reset"});
        assert_eq!(post(&app, "send-code", &asked).await.status, 200);
        assert!(is_news(&app.mail_to("nobody@example.org").await));
        let body = json!({"email": "nobody@example.org", "code": "123456", "password": "a password"});
        assert_eq!(refusal(&post(&app, "reset-password", &body).await), (422, "wrong_code".into()));
    }

    async fn a_user_who_is_switched_off_is_told_so_once_they_have_shown_who_they_are(app) {
        let ann = sign_up(&app, ANN).await;
        let path = format!("/admin/users/{}", ann.id(&app).await);
        assert_eq!(app.admin("PATCH", &path, &json!({"isActive": false})).await.status, 200);
        assert_eq!(refusal(&login(&app, ANN, &ann.password).await), (403, "account_disabled".into()));
        assert_eq!(refusal(&login(&app, ANN, "a wrong password").await), (401, "wrong_credentials".into()));
        assert_eq!(ann.standing(&app).await, 401);
    }
}
