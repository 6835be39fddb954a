//! The dialog in which a session shows once more who its user is, and recovery codes.

use std::time::Duration;

use pool_stub::Stub;
use serde_json::json;

use super::{Window, administer, start};
use crate::accounts::Person;
use crate::accounts::second_factor::{Device, administrator};
use crate::support::{ADMIN_TOKEN, Store, TestApp};

const SETTINGS: &[&str] = &["--allow-private-upstreams=true", "--bcrypt-cost=4"];

/// Long enough for sudo to have ended.
const LATER: Duration = Duration::from_secs(301);

async fn sign_in(app: &TestApp, window: &Window, ann: &Person) {
    app.add_key("sk-upstream-0000001").await;
    window.go("/").await;
    window.fill("E-mail address", &ann.email).await;
    window.fill("Password", &ann.password).await;
    window.press("Sign in").await;
}

async fn speak_chinese(window: &Window) {
    window.run("document.cookie = 'pool_language=zh-CN; path=/'", &[]).await;
}

#[actix_web::test]
async fn a_dialog_asks_for_the_password_and_the_request_goes_on() {
    let (app, window) = start(Store::Sqlite, SETTINGS).await;
    let (first, second, third) = (Stub::start(), Stub::start(), Stub::start());
    let other = json!({"id": "other", "name": "Other", "base_url": first.url()});
    assert_eq!(app.admin("POST", "/admin/providers", &other).await.status, 201);
    app.add_key_with(&json!({"api_key": "sk-other-0000001", "provider": "other"})).await;
    let ann = administrator(&app).await;
    sign_in(&app, &window, &ann).await;
    window.sees("Welcome back").await;
    app.app.clock.advance(LATER);

    window.go("/dashboard/providers").await;
    window.press("Change Other").await;
    window.fill("Upstream", &second.url()).await;
    window.press("Save").await;
    window.sees("Is it you?").await;
    window.has_no_barriers("the dialog of sudo").await;
    window.picture("sudo-password").await;
    window.fill("Your password", "not my password").await;
    window.press("Continue").await;
    window.sees("The password is wrong.").await;
    window.fill("Your password", &ann.password).await;
    window.press("Continue").await;
    window.sees("Moved: keys held back").await;
    window.picture("provider-moved").await;
    window.press("Confirm the new place").await;
    window.sees("Confirm it only if you know who runs that.").await;
    window.press("Confirm the new place").await;
    window.sees("The keys of Other are in use again.").await;

    app.app.clock.advance(LATER);
    speak_chinese(&window).await;
    window.reload().await;
    window.press("修改 Other").await;
    window.fill("上游地址", &third.url()).await;
    window.press("保存").await;
    window.sees("请验证身份").await;
    window.picture("sudo-password-zh").await;
    window.fill("您的密码", &ann.password).await;
    window.press("继续").await;
    window.sees("地址已变更，密钥暂停使用").await;
    window.picture("provider-moved-zh").await;
    app.stop().await;
}

#[actix_web::test]
async fn a_browser_with_the_admin_token_shows_it_once_more() {
    let (app, window) = start(Store::Sqlite, SETTINGS).await;
    let (first, second) = (Stub::start(), Stub::start());
    let other = json!({"id": "other", "name": "Other", "base_url": first.url()});
    assert_eq!(app.admin("POST", "/admin/providers", &other).await.status, 201);
    administer(&window, "/dashboard/providers").await;
    app.app.clock.advance(LATER);
    window.press("Change Other").await;
    window.fill("Upstream", &second.url()).await;
    window.press("Save").await;
    window.sees("Is it you?").await;
    window.has_no_barriers("the dialog of sudo by the admin token").await;
    window.picture("sudo-token").await;
    window.fill("Admin token", "no such token").await;
    window.press("Continue").await;
    window.sees("The token is wrong.").await;
    window.fill("Admin token", ADMIN_TOKEN).await;
    window.press("Continue").await;
    window
        .until("it is done", async || {
            let list = app.admin_get("/admin/providers").await.text();
            list.contains(&second.url())
        })
        .await;
    window.sees("Live").await;
    window.press("Account").await;
    window.press("Sign out").await;
    window.is_at("/").await;
    window.go("/dashboard").await;
    window.is_at("/?next=%2Fdashboard").await;
    app.stop().await;
}

#[actix_web::test]
async fn recovery_codes_are_made_and_open_the_dialog() {
    let (app, window) = start(Store::Sqlite, SETTINGS).await;
    let ann = administrator(&app).await;
    sign_in(&app, &window, &ann).await;
    window.sees("Welcome back").await;
    let (_, codes) = Device::set_up_with_codes(&app, &ann).await;

    window.go("/user#account").await;
    window.sees("10 recovery codes are left.").await;
    window.press("New recovery codes").await;
    window.press("New recovery codes").await;
    window.sees("Is it you?").await;
    window.picture("sudo-code").await;
    window.press("Use a recovery code").await;
    window.fill("Recovery code", &codes[0]).await;
    window.picture("sudo-recovery").await;
    window.press("Continue").await;
    window.sees("They are shown only now").await;
    window.has_no_barriers("recovery codes").await;
    window.picture("recovery-codes").await;
    window.press("I have kept them").await;
    window.sees("10 recovery codes are left.").await;

    speak_chinese(&window).await;
    window.reload().await;
    window.press("重新生成恢复码").await;
    window.press("重新生成恢复码").await;
    window.sees("恢复码仅在此时显示").await;
    window.picture("recovery-codes-zh").await;
    app.stop().await;
}
