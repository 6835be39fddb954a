//! What is still to be set up, on the overview.

use serde_json::json;

use super::{administer, start};
use crate::support::Store;

#[actix_web::test]
async fn what_is_to_be_set_up_is_listed_until_it_is_done() {
    let (app, window) = start(Store::Sqlite, &[]).await;
    administer(&window, "/dashboard").await;
    window.sees("Setting up").await;
    window.sees("4 to do").await;
    window.sees("Nobody has decided it yet.").await;
    window.has_no_barriers("the checklist").await;
    window.picture("checklist").await;

    app.add_key("sk-checklist-0000001").await;
    window.reload().await;
    window.sees("3 to do").await;
    window.press("Choose").await;
    window.sees("2 to do").await;
    let settings = app.admin_get("/admin/settings").await.json();
    let settings = settings["settings"].as_array().expect("settings").clone();
    let registration = settings.iter().find(|one| one["name"] == "registration");
    let registration = registration.expect("the setting");
    assert_eq!((&registration["value"], &registration["changed"]), (&json!("open"), &json!(true)));

    window.run("document.cookie = 'pool_language=zh-CN; path=/'", &[]).await;
    window.reload().await;
    window.sees("初始设置").await;
    window.picture("checklist-zh").await;
    window.press("隐藏清单").await;
    window.sees_no("初始设置").await;
    window.reload().await;
    window.sees("可用密钥").await;
    window.sees_no("初始设置").await;

    let shown = json!({"checklist_hidden": null, "registration": "closed"});
    assert_eq!(app.admin("PATCH", "/admin/settings", &shown).await.status, 200);
    window.reload().await;
    window.sees("1 项待办").await;
    let all = json!({"require_admin_totp": true});
    assert_eq!(app.admin("PATCH", "/admin/settings", &all).await.status, 200);
    window.reload().await;
    window.sees("可用密钥").await;
    window.sees_no("初始设置").await;
    window.has_no_complaints().await;
    app.stop().await;
}
