//! The second factor, at sign-in.

use std::time::Duration;

use ollama_api_pool::clock::Millis;
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};

use super::recovery::codes;
use super::{Person, login, login_by_code, mailed_code, post, refusal, session_of, sign_up};
use crate::support::{Answer, TestApp, both_stores, canary};

const ANN: &str = "ann@example.org";

/// Someone's app.
pub struct Device(Totp);

impl Device {
    /// The device, with a secret that doesn't count yet.
    pub async fn begin(app: &TestApp, person: &Person) -> Self {
        let proof = json!({"password": person.password});
        let answer = person.post(app, "totp/setup", &proof).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let secret = answer.json()["secret"].as_str().expect("a secret").to_owned();
        canary::release(&secret);
        assert!(answer.json()["url"].as_str().expect("a URL").starts_with("otpauth://totp/"));
        let secret = Secret::try_from_base32(&secret).expect("Base32");
        Self(Builder::new().with_secret(secret).build().expect("a device"))
    }

    /// Sets the second factor up, and shows its first code.
    pub async fn set_up(app: &TestApp, person: &Person) -> Self {
        Self::set_up_with_codes(app, person).await.0
    }

    /// As [`Self::set_up`], with the recovery codes.
    pub async fn set_up_with_codes(app: &TestApp, person: &Person) -> (Self, Vec<String>) {
        let device = Self::begin(app, person).await;
        let enabled = person.post(app, "totp/enable", &json!({"code": device.code(app)})).await;
        assert_eq!(enabled.status, 200, "{}", enabled.text());
        (device, codes(&enabled))
    }

    /// What it shows now.
    pub fn code(&self, app: &TestApp) -> String {
        let Millis(now) = app.app.clock.now();
        self.0.generate(now.unsigned_abs() / 1000).to_string()
    }

    /// What it shows next.
    pub fn next_code(&self, app: &TestApp) -> String {
        app.app.clock.advance(Duration::from_secs(30));
        self.code(app)
    }
}

async fn login_with(app: &TestApp, person: &Person, totp: &str) -> Answer {
    let body = json!({"email": person.email, "password": person.password, "totp": totp});
    post(app, "login", &body).await
}

/// Ann, who has just signed up and is an administrator.
pub async fn administrator(app: &TestApp) -> Person {
    let ann = sign_up(app, ANN).await;
    let path = format!("/admin/users/{}", ann.id(app).await);
    assert_eq!(app.admin("PATCH", &path, &json!({"role": "admin"})).await.status, 200);
    ann
}

both_stores! {
    async fn a_code_is_asked_for_at_sign_in(app) {
        let ann = sign_up(&app, ANN).await;
        assert_eq!(ann.get(&app, "totp").await.json(), json!({"enabled": false, "recoveryCodesLeft": 0}));
        let device = Device::set_up(&app, &ann).await;
        assert_eq!(ann.get(&app, "totp").await.json(), json!({"enabled": true, "recoveryCodesLeft": 10}));
        assert_eq!(refusal(&login(&app, ANN, &ann.password).await), (401, "totp_required".into()));
        let wrong = login(&app, ANN, "a wrong password").await;
        assert_eq!(refusal(&wrong), (401, "wrong_credentials".into()), "nothing is told before");
        let used = device.code(&app);
        assert_eq!(refusal(&login_with(&app, &ann, &used).await), (401, "totp_wrong".into()), "used");
        let code = device.next_code(&app);
        session_of(&login_with(&app, &ann, &code).await);
        assert_eq!(refusal(&login_with(&app, &ann, &code).await), (401, "totp_wrong".into()), "again");
    }

    async fn a_code_by_mail_is_not_used_up_before_the_second_factor_is_right(app) {
        let ann = sign_up(&app, ANN).await;
        let device = Device::set_up(&app, &ann).await;
        app.app.clock.advance(Duration::from_secs(60));
        let code = mailed_code(&app, ANN, "login").await;
        let answer = login_by_code(&app, ANN, &code).await;
        assert_eq!(refusal(&answer), (401, "totp_required".into()));
        let body = json!({"email": ANN, "code": code, "totp": device.next_code(&app)});
        session_of(&post(&app, "login", &body).await);
    }

    async fn a_secret_counts_only_once_its_code_was_shown(app) {
        let ann = sign_up(&app, ANN).await;
        let proof = json!({"password": ann.password});
        assert_eq!(refusal(&ann.post(&app, "totp/setup", &json!({"password": "wrong one"})).await), (401, "wrong_credentials".into()));
        assert_eq!(refusal(&ann.post(&app, "totp/enable", &json!({"code": "000000"})).await), (404, "not_found".into()));
        assert_eq!(ann.post(&app, "totp/setup", &proof).await.status, 200);
        assert_eq!(refusal(&ann.post(&app, "totp/enable", &json!({"code": "none"})).await), (401, "totp_wrong".into()));
        assert_eq!(login(&app, ANN, &ann.password).await.status, 200, "not yet");
        let device = Device::set_up(&app, &ann).await;
        assert_eq!(refusal(&ann.post(&app, "totp/setup", &proof).await), (409, "already_exists".into()));
        let off = json!({"code": device.next_code(&app)});
        assert_eq!(ann.post(&app, "totp/disable", &off).await.status, 200);
        assert_eq!(login(&app, ANN, &ann.password).await.status, 200);
    }

    async fn codes_can_t_be_guessed(app) {
        let ann = sign_up(&app, ANN).await;
        let device = Device::set_up(&app, &ann).await;
        for _ in 0..10 {
            assert_eq!(login_with(&app, &ann, "none").await.status, 401);
        }
        let right = device.next_code(&app);
        assert_eq!(refusal(&login_with(&app, &ann, &right).await), (429, "rate_limited".into()));
    }

    async fn a_lost_device_is_helped_by_an_administrator(app) {
        let ann = sign_up(&app, ANN).await;
        Device::set_up(&app, &ann).await;
        let path = format!("/admin/users/{}/totp", ann.id(&app).await);
        assert_eq!(app.admin("DELETE", &path, &json!({})).await.status, 200);
        assert_eq!(app.admin("DELETE", &path, &json!({})).await.status, 404);
        let last = app.admin_get("/admin/audit?kind=admin&pageSize=1").await.json()["entries"][0].clone();
        assert_eq!(last["action"], "user.delete_totp");
        assert_eq!(login(&app, ANN, &ann.password).await.status, 200);
    }
}
