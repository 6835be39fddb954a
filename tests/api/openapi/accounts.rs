//! One good call of each operation of accounts.

use serde_json::{Value, json};

use super::calls::{By, Call, get, post};
use crate::accounts::admin_session::Browser;
use crate::accounts::second_factor::Device;
use crate::accounts::{Person, mailed_code, sign_in_again, sign_up};
use crate::support::{ADMIN_TOKEN, TestApp};

/// The calls, by people of their own.
pub async fn accounts(app: &TestApp) -> Vec<Call> {
    let settings = json!({"account_requests_per_ip": 1_000, "account_mails_per_ip": 1_000});
    assert_eq!(app.admin("PATCH", "/admin/settings", &settings).await.status, 200);
    let mut calls = strangers(app).await;
    calls.extend(own(app).await);
    calls.extend(second_factors(app).await);
    calls.extend(endings(app).await);
    calls
}

async fn someone(app: &TestApp, name: &str) -> Person {
    sign_up(app, &format!("{name}@accounts.example.com")).await
}

impl Call {
    fn of_person(self, person: &Person) -> Self {
        self.by(By::Session(person.session.clone()))
    }
}

async fn strangers(app: &TestApp) -> Vec<Call> {
    let known = someone(app, "known").await;
    let code = mailed_code(app, "new@accounts.example.com", "register").await;
    app.app.clock.advance(std::time::Duration::from_secs(60));
    let reset = mailed_code(app, &known.email, "reset").await;
    let password = known.password.clone();
    let calls = vec![
        get("/api/auth/config"),
        post(
            "/api/auth/send-code",
            200,
            json!({"email": "one@accounts.example.com", "purpose": "login"}),
        ),
        post(
            "/api/auth/register",
            201,
            json!({"email": "new@accounts.example.com", "code": code, "password": password}),
        ),
        post("/api/auth/login", 200, json!({"email": known.email, "password": password})),
        post(
            "/api/auth/reset-password",
            200,
            json!({"email": known.email, "code": reset, "password": password}),
        ),
        post("/api/auth/admin-session", 200, json!({"token": ADMIN_TOKEN})),
    ];
    let mut calls: Vec<Call> = calls.into_iter().map(|call| call.by(By::Nobody)).collect();
    let browser = Browser::begin(app).await;
    let out = Call { method: "DELETE", ..post("/api/auth/admin-session", 200, json!({})) };
    calls.push(out.by(By::Cookie(browser.cookie)));
    calls
}

async fn own(app: &TestApp) -> Vec<Call> {
    let ann = someone(app, "ann").await;
    let other = sign_in_again(app, &ann).await;
    let sessions = other.get(app, "sessions").await.json();
    let old =
        sessions["sessions"].as_array().expect("sessions").iter().find(|s| s["current"] == false);
    let old = old.expect("the older one")["id"].as_str().expect("an id").to_owned();
    let patch = |body: Value| Call { method: "PATCH", ..post("/api/auth/profile", 200, body) };
    let calls = vec![
        get("/api/auth/profile"),
        patch(json!({"language": "zh-CN"})),
        get("/api/auth/sessions"),
        Call { method: "DELETE", ..post("/api/auth/sessions/{id}", 200, json!({})) }.of(old),
        post("/api/auth/sign", 200, json!({})),
        get("/api/auth/signins"),
        get("/api/auth/calendar"),
        get("/api/auth/usage"),
        post("/api/auth/key/reveal", 200, json!({})),
        post("/api/auth/key/rotate", 200, json!({})),
        get("/api/auth/export"),
        get("/api/auth/totp"),
        get("/api/auth/sudo"),
        post("/api/auth/sudo", 200, json!({"password": ann.password})),
    ];
    calls.into_iter().map(|call| call.of_person(&other)).collect()
}

async fn second_factors(app: &TestApp) -> Vec<Call> {
    let (begins, goes, loses) =
        (someone(app, "begins").await, someone(app, "goes").await, someone(app, "loses").await);
    let device = Device::set_up(app, &goes).await;
    Device::set_up(app, &loses).await;
    let used_next = json!({"code": device.next_code(app)});
    let renews = someone(app, "renews").await;
    let device = Device::set_up(app, &renews).await;
    let shown = json!({"code": device.next_code(app)});
    assert_eq!(renews.post(app, "sudo", &shown).await.status, 200);
    let shown = json!({"code": Device::begin(app, &begins).await.code(app)});
    let makes = someone(app, "makes").await;
    vec![
        post("/api/auth/totp/setup", 200, json!({"password": makes.password})).of_person(&makes),
        post("/api/auth/totp/enable", 200, shown).of_person(&begins),
        post("/api/auth/totp/recovery-codes", 200, json!({})).of_person(&renews),
        post("/api/auth/totp/disable", 200, used_next).of_person(&goes),
        Call { method: "DELETE", ..post("/admin/users/{id}/totp", 200, json!({})) }
            .of(loses.id(app).await),
    ]
}

async fn endings(app: &TestApp) -> Vec<Call> {
    let (changes, leaves, deletes) = (
        someone(app, "changes").await,
        someone(app, "leaves").await,
        someone(app, "deletes").await,
    );
    let change = json!({"currentPassword": changes.password, "newPassword": changes.password});
    let delete = json!({"password": deletes.password});
    vec![
        post("/api/auth/change-password", 200, change).of_person(&changes),
        post("/api/auth/logout", 200, json!({})).of_person(&leaves),
        Call { method: "DELETE", ..post("/api/auth/account", 200, delete) }.of_person(&deletes),
    ]
}
