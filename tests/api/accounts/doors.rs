//! Who may sign up, and how often anyone may ask.

use serde_json::{Value, json};

use super::{login, mailed_code, post, refusal, register, sign_up};
use crate::support::{Answer, TestApp, both_stores};

pub async fn set(app: &TestApp, settings: Value) {
    let answer = app.admin("PATCH", "/admin/settings", &settings).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn ask_for_code(app: &TestApp, email: &str) -> Answer {
    post(app, "send-code", &json!({"email": email, "purpose": "register"})).await
}

/// A sign-in from this address of the network, as a proxy tells it.
async fn login_from(app: &TestApp, from: &str) -> u16 {
    let request = awc::Client::default().post(app.url("/api/auth/login"));
    let request = request.insert_header(("x-forwarded-for", from));
    let body = json!({"email": "nobody@example.org", "password": "a password"});
    request.send_json(&body).await.expect("an answer").status().as_u16()
}

both_stores! {
    async fn a_closed_door_lets_nobody_sign_up(app) {
        let code = mailed_code(&app, "ann@example.org", "register").await;
        set(&app, json!({"registration": "closed"})).await;
        let config = app.call("GET", "/api/auth/config", "", None).await.json();
        assert_eq!(config["registration"], "closed");
        let closed = (403, "registration_closed".to_owned());
        assert_eq!(refusal(&ask_for_code(&app, "bob@example.org").await), closed);
        let late = register(&app, "ann@example.org", &code, "a long password").await;
        assert_eq!(refusal(&late), closed);
    }

    async fn who_has_an_account_signs_in_behind_a_closed_door(app) {
        let ann = sign_up(&app, "ann@example.org").await;
        set(&app, json!({"registration": "closed"})).await;
        assert_eq!(login(&app, &ann.email, &ann.password).await.status, 200);
    }

    async fn domains_are_let_in_or_kept_out(app) {
        set(&app, json!({"email_domains_denied": ["evil.org"]})).await;
        for (email, status) in [
            ("ann@evil.org", 422),
            ("ann@mail.evil.org", 422),
            ("ann@notevil.org", 200),
            ("ann@example.org", 200),
        ] {
            assert_eq!(ask_for_code(&app, email).await.status, status, "{email}");
        }
        set(&app, json!({"email_domains_allowed": ["example.org"]})).await;
        for (email, status) in [("bob@example.org", 200), ("bob@other.org", 422), ("bob@evil.org", 422)] {
            assert_eq!(ask_for_code(&app, email).await.status, status, "{email}");
        }
        assert_eq!(app.admin("PATCH", "/admin/settings", &json!({"email_domains_allowed": ["no domain"]})).await.status, 422);
    }

    async fn an_address_of_the_network_may_ask_so_often(app, ["--trusted-proxies=127.0.0.1"]) {
        set(&app, json!({"account_requests_per_ip": 3, "sign_in_attempts": 1000})).await;
        for _ in 0..3 {
            assert_eq!(login_from(&app, "192.0.2.1").await, 401);
        }
        assert_eq!(login_from(&app, "192.0.2.1").await, 429);
        assert_eq!(login_from(&app, "192.0.2.2").await, 401, "another");
        for (from, status) in [
            ("2001:db8:1:2::1", 401),
            ("2001:db8:1:2::2", 401),
            ("2001:db8:1:2:3:4:5:6", 401),
            ("2001:db8:1:2:ffff::1", 429),
            ("2001:db8:1:3::1", 401),
        ] {
            assert_eq!(login_from(&app, from).await, status, "{from}: one customer is a /64");
        }
    }

    async fn a_code_is_used_up_by_one_sign_up(app) {
        let code = mailed_code(&app, "ann@example.org", "register").await;
        let tries = (0..5).map(|_| register(&app, "ann@example.org", &code, "a long password"));
        let answers = futures_util::future::join_all(tries).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(made, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
        let users = app.admin_get("/admin/users").await.json();
        assert_eq!(users["total"], 1);
    }

    async fn a_key_may_be_for_one_provider_only(app) {
        let code = mailed_code(&app, "ann@example.org", "register").await;
        let body = json!({"email": "ann@example.org", "code": code, "password": "a long password", "provider": "openrouter"});
        let refused = post(&app, "register", &body).await;
        assert_eq!(refusal(&refused), (422, "invalid_value".into()), "the default one, unless set");
        let change = json!({"user_default_provider_only": false});
        assert_eq!(app.admin("PATCH", "/admin/settings", &change).await.status, 200);
        let answer = post(&app, "register", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.json()["user"]["keyProvider"], "openrouter");
        assert_eq!(answer.json()["user"]["defaultProvider"], "openrouter");
    }
}
