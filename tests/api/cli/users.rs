//! `user list`, `user role`, `user activate`, `user deactivate`.

use serde_json::{Value, json};

use super::{beside, deeds};
use crate::support::{TestApp, both_stores, until};

async fn added(app: &TestApp, email: &str) -> Value {
    let made = app.admin("POST", "/admin/users", &json!({"email": email})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()
}

async fn shown(app: &TestApp, user: &Value) -> Value {
    app.admin_get(&format!("/admin/users/{}", user["id"])).await.json()
}

/// Runs it, with JSON.
async fn user(app: &TestApp, arguments: &[&str]) -> Value {
    let arguments = [&["user"], arguments, &["--json"]].concat();
    beside(app, &arguments).await.done(&[]).json()
}

both_stores! {
    async fn lists_are_masked_and_narrowed(app) {
        let ann = added(&app, "ann@example.org").await;
        added(&app, "bob@example.org").await;
        let key = ann["token"].as_str().expect("a key");
        let all = beside(&app, &["user", "list", "--json"]).await.done(&[key]).json();
        assert_eq!(all.as_array().map(Vec::len), Some(2));
        for field in ["id", "email", "role", "isActive", "pending", "keyToken", "keyExpiresAt"] {
            assert_eq!(all[0][field], shown(&app, &ann).await[field], "{field}");
        }
        let table = beside(&app, &["user", "list", "--search", "BOB"]).await.done(&[key]).out;
        assert!(table.contains("bob@example.org") && !table.contains("ann@"), "{table}");
        assert_eq!(user(&app, &["list", "--role", "admin"]).await, json!([]));
        assert_eq!(user(&app, &["list", "--pending"]).await, json!([]));
    }

    async fn the_first_administrator_is_made(app) {
        let ann = added(&app, "ann@example.org").await;
        let made = user(&app, &["role", "Ann@Example.org", "admin"]).await;
        assert_eq!((&made["changed"], &made["user"]["role"]), (&json!(true), &json!("admin")));
        assert_eq!(shown(&app, &ann).await["role"], "admin");
        assert_eq!(user(&app, &["list", "--role", "admin"]).await[0]["id"], ann["id"]);
        let again = user(&app, &["role", "ann@example.org", "admin"]).await;
        assert_eq!(again["changed"], false);
        let words = beside(&app, &["user", "role", "ann@example.org", "user"]).await.done(&[]).out;
        assert!(words.contains("ann@example.org") && words.contains("user"), "{words}");
        assert_eq!(shown(&app, &ann).await["role"], "user");
        let target = format!("user:{}", ann["id"]);
        let role = || ("user.role".to_owned(), target.clone());
        assert_eq!(deeds(&app).await, [role(), role()], "what changed nothing is not noted");
    }

    async fn switched_off_and_on(app) {
        app.add_key("sk-cli-users-000001").await;
        let ann = added(&app, "ann@example.org").await;
        let off = user(&app, &["deactivate", "ann@example.org"]).await;
        assert_eq!((&off["changed"], &off["user"]["isActive"]), (&json!(true), &json!(false)));
        let chat = json!({"model": "llama3.2", "messages": []});
        let key = ann["token"].as_str().expect("a key");
        let refused = app.call("POST", "/v1/chat/completions", key, Some(&chat)).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "token_disabled"));
        user(&app, &["activate", "ann@example.org"]).await;
        assert_eq!(shown(&app, &ann).await["isActive"], true);
        // The service remembers for a while how it was.
        until("the key works again", async || {
            app.call("POST", "/v1/chat/completions", key, Some(&chat)).await.status == 200
        })
        .await;
        let target = format!("user:{}", ann["id"]);
        let deed = |what: &str| (what.to_owned(), target.clone());
        assert_eq!(deeds(&app).await, [deed("user.deactivate"), deed("user.activate")]);
    }

    async fn whoever_waits_is_let_in(app, ["--bcrypt-cost=4"]) {
        use crate::admin::people::{registration, sign_up};
        registration(&app, "approval").await;
        app.admin("PATCH", "/admin/settings", &json!({"user_key_hours": 5})).await;
        assert_eq!(sign_up(&app, "ann@example.org", None).await.status, 202);
        assert_eq!(user(&app, &["list", "--pending"]).await[0]["email"], "ann@example.org");
        let before = user(&app, &["list"]).await[0]["keyExpiresAt"].clone();
        let in_now = user(&app, &["activate", "ann@example.org"]).await["user"].clone();
        assert_eq!((&in_now["pending"], &in_now["isActive"]), (&json!(false), &json!(true)));
        assert!(in_now["keyExpiresAt"].as_str() > before.as_str(), "its life begins anew");
        assert_eq!(user(&app, &["list", "--pending"]).await, json!([]));
    }

    async fn nobody_is_made_up(app) {
        for arguments in [
            &["user", "role", "nobody@example.org", "admin"][..],
            &["user", "role", "nobody", "admin"],
            &["user", "role", "nobody@example.org", "owner"],
            &["user", "role", "nobody@example.org"],
            &["user", "activate", "nobody@example.org"],
            &["user", "deactivate", "nobody@example.org"],
            &["user", "list", "--role", "owner"],
        ] {
            let refused = beside(&app, arguments).await;
            assert_eq!(refused.code, Some(2), "{arguments:?}: {}", refused.err);
            assert!(refused.out.is_empty() && !refused.err.is_empty(), "{arguments:?}");
        }
        assert_eq!(deeds(&app).await, []);
    }
}
