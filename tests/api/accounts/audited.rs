//! What the audit log tells of signing in, sessions and refusals.

use std::time::Duration;

use serde_json::{Value, json};

use super::browser::Browser;
use super::codes::noon;
use super::second_factor::{Device, administrator};
use super::{is_news, login, mailed_code, post, session_of, sign_in_again, sign_up};
use crate::support::{TestApp, both_stores, canary, until};

const ANN: &str = "ann@example.org";
const BEHIND_A_PROXY: [&str; 2] = ["--trusted-proxies=127.0.0.1", "--bcrypt-cost=4"];

/// What the log has of this action, oldest first.
async fn noted(app: &TestApp, action: &str) -> Vec<Value> {
    let path = format!("/admin/audit?kind=auth&pageSize=200&action={action}");
    let answer = app.admin_get(&path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut rows = answer.json()["entries"].as_array().expect("rows").clone();
    rows.reverse();
    rows.into_iter().filter(|row| row["action"] == action).collect()
}

/// The one row of this action.
async fn one(app: &TestApp, action: &str) -> Value {
    let rows = noted(app, action).await;
    assert_eq!(rows.len(), 1, "{action}: {rows:?}");
    rows[0].clone()
}

/// Waits for so many rows of this action.
async fn rows(app: &TestApp, action: &str, count: usize) -> Vec<Value> {
    until(action, async || noted(app, action).await.len() >= count).await;
    let rows = noted(app, action).await;
    assert_eq!(rows.len(), count, "{action}: {rows:?}");
    rows
}

async fn whole(app: &TestApp) {
    let found = app.admin_get("/admin/audit/verify").await.json();
    assert_eq!(found["ok"], true, "{found}");
}

both_stores! {
    async fn what_people_do_with_their_account_is_noted(app) {
        let ann = sign_up(&app, ANN).await;
        let target = json!(format!("user:{}", ann.id(&app).await));
        let up = one(&app, "auth.sign_up").await;
        assert_eq!((&up["actor"], &up["target"], &up["address"]), (&json!(ANN), &target, &json!("127.0.0.1")));
        assert!(up["requestId"].as_str().is_some_and(|id| id.len() > 10), "{up}");
        let again = sign_in_again(&app, &ann).await;
        let signed_in = one(&app, "auth.sign_in").await;
        assert_eq!((&signed_in["actor"], &signed_in["target"]), (&json!(ANN), &target));
        let after = &signed_in["after"];
        assert_eq!((&after["by"], &after["second_factor"]), (&json!("password"), &json!(false)));
        let path = format!("sessions/{}", after["session"].as_str().expect("a session"));
        assert_eq!(ann.call(&app, "DELETE", &path, &json!({})).await.status, 200);
        assert_eq!(one(&app, "auth.session_end").await["before"]["session"], after["session"]);
        assert_eq!(again.get(&app, "sessions").await.status, 401);

        assert_eq!(ann.post(&app, "sudo", &json!({"password": ann.password})).await.status, 200);
        assert_eq!(one(&app, "auth.sudo").await["after"], json!({"by": "password"}));
        let (device, codes) = Device::set_up_with_codes(&app, &ann).await;
        assert_eq!(one(&app, "auth.totp_set").await["target"], target);
        let body = json!({"email": ANN, "password": ann.password, "totp": codes[0]});
        session_of(&post(&app, "login", &body).await);
        assert!(is_news(&app.mail_to(ANN).await));
        assert_eq!(one(&app, "auth.recovery_code_used").await["after"], json!({"left": 9}));
        assert_eq!(noted(&app, "auth.sign_in").await[1]["after"]["second_factor"], true);
        let code = device.next_code(&app);
        assert_eq!(ann.post(&app, "totp/disable", &json!({"code": code})).await.status, 200);
        one(&app, "auth.totp_remove").await;

        canary::release("another password");
        let change = json!({"currentPassword": ann.password, "newPassword": "another password"});
        assert_eq!(ann.post(&app, "change-password", &change).await.status, 200);
        one(&app, "auth.password_change").await;
        assert!(is_news(&app.mail_to(ANN).await));
        app.app.clock.advance(Duration::from_secs(61));
        let code = mailed_code(&app, ANN, "reset").await;
        let reset = json!({"email": ANN, "code": code, "password": ann.password});
        assert_eq!(post(&app, "reset-password", &reset).await.status, 200);
        one(&app, "auth.password_reset").await;
        let ann = sign_in_again(&app, &ann).await;
        assert_eq!(ann.post(&app, "logout", &json!({"everywhere": true})).await.status, 200);
        assert_eq!(one(&app, "auth.sessions_end").await["before"]["ended"], 1);
        let ann = sign_in_again(&app, &ann).await;
        assert_eq!(ann.post(&app, "logout", &json!({})).await.status, 200);
        one(&app, "auth.sign_out").await;
        let ann = sign_in_again(&app, &ann).await;
        let gone = ann.call(&app, "DELETE", "account", &json!({"password": ann.password})).await;
        assert_eq!(gone.status, 200, "{}", gone.text());
        assert_eq!(one(&app, "auth.account_delete").await["target"], target);
        rows(&app, "auth.code_mailed", 2).await;
        whole(&app).await;
    }

    async fn a_flood_of_failures_makes_few_rows_and_loses_no_count(app, BEHIND_A_PROXY) {
        noon(&app);
        let open = json!({"account_requests_per_ip": 1000});
        assert_eq!(app.admin("PATCH", "/admin/settings", &open).await.status, 200);
        let ann = sign_up(&app, ANN).await;
        let mut attacker = Browser::at("203.0.113.66");
        for _ in 0..10 {
            assert_eq!(attacker.login(&app, ANN, "a wrong password").await.status, 401);
        }
        for _ in 0..5 {
            assert_eq!(attacker.login(&app, ANN, "a wrong password").await.status, 429);
        }
        let failed = rows(&app, "auth.sign_in_failed", 1).await[0].clone();
        assert_eq!((&failed["actor"], &failed["address"]), (&json!(ANN), &json!("203.0.113.66")));
        assert_eq!(failed["target"], format!("user:{}", ann.id(&app).await));
        assert_eq!((&failed["after"]["reason"], &failed["after"]["network"]), (&json!("wrong_credentials"), &json!("203.0.113.0/24")));
        let locked = rows(&app, "auth.limit", 1).await[0].clone();
        assert_eq!((&locked["actor"], &locked["after"]["reason"]), (&json!(ANN), &json!("rate_limited")));
        // Guesses at many accounts, most of which nobody has, from one network.
        for nth in 0..30 {
            let name = format!("nobody{nth}@example.org");
            assert_eq!(attacker.login(&app, &name, "a wrong password").await.status, 401);
        }
        app.app.clock.advance(Duration::from_secs(3601));
        until("all are counted", async || counted(&app, "auth.sign_in_failed").await == 40).await;
        assert_eq!(counted(&app, "auth.limit").await, 5);
        let failures = noted(&app, "auth.sign_in_failed").await;
        assert!(failures.len() <= 24, "{}", failures.len());
        assert!(failures.iter().any(|row| row["actor"] == "several"), "{failures:?}");
        assert!(failures.iter().any(|row| row["target"] == ""), "nobody's account");
        whole(&app).await;
    }

    async fn refused_administrators_work_is_noted(app, ["--bcrypt-cost=4"]) {
        let wrong = app.call("GET", "/admin/users", "not-the-admin-token", None).await;
        assert_eq!(wrong.status, 401);
        let refused = rows(&app, "auth.admin_refused", 1).await[0].clone();
        assert_eq!((&refused["actor"], &refused["after"]["reason"]), (&json!("admin-token"), &json!("invalid_api_key")));
        assert_eq!(app.call("GET", "/admin/users", "", None).await.status, 401);
        let bob = sign_up(&app, "bob@example.org").await;
        assert_eq!(app.call("GET", "/admin/users", &bob.session, None).await.status, 403);
        let refused = rows(&app, "auth.admin_refused", 2).await[1].clone();
        assert_eq!((&refused["actor"], &refused["after"]["reason"]), (&json!("bob@example.org"), &json!("forbidden")));
        let ann = administrator(&app).await;
        app.app.clock.advance(Duration::from_secs(301));
        let made = app.call("POST", "/admin/tokens", &ann.session, Some(&json!({"name": "x"}))).await;
        assert_eq!(made.status, 403, "{}", made.text());
        assert_eq!(rows(&app, "auth.sudo_missing", 1).await[0]["actor"], ANN);
        let shown = ann.post(&app, "sudo", &json!({"password": "a wrong password"})).await;
        assert_eq!(shown.status, 401, "{}", shown.text());
        let failed = rows(&app, "auth.sudo_failed", 1).await[0].clone();
        assert_eq!((&failed["actor"], &failed["after"]["count"]), (&json!(ANN), &json!(1)));
        assert_eq!(noted(&app, "auth.admin_refused").await.len(), 2, "who shows nothing is not noted");
        whole(&app).await;
    }

    async fn a_stop_writes_what_was_counted(app, ["--bcrypt-cost=4"]) {
        let ann = sign_up(&app, ANN).await;
        for _ in 0..3 {
            assert_eq!(login(&app, &ann.email, "a wrong password").await.status, 401);
        }
        ollama_api_pool::audit::failures::write(&app.app, true).await.expect("it is written");
        assert_eq!(counted(&app, "auth.sign_in_failed").await, 3);
    }
}

/// How often this happened, as its rows say.
async fn counted(app: &TestApp, action: &str) -> u64 {
    let rows = noted(app, action).await;
    rows.iter().map(|row| row["after"]["count"].as_u64().expect("a count")).sum()
}
