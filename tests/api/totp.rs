//! The second factor as it is stored.

use futures_util::future::join_all;
use ollama_api_pool::auth::SecondFactor;
use ollama_api_pool::models::user_totp::UserTotp;
use serde_json::json;

use crate::support::{TestApp, both_stores, canary};

/// A user; returns their id.
pub async fn add_user(app: &TestApp) -> i64 {
    let answer = app.admin("POST", "/admin/users", &json!({"email": "ann@example.org"})).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_i64().expect("an id")
}

async fn get(app: &TestApp, user: i64) -> Option<UserTotp> {
    UserTotp::get(&mut app.app.database.get().await.unwrap(), user).await.unwrap()
}

/// Keeps a new secret for them.
async fn put(app: &TestApp, user: i64) -> bool {
    let factor = SecondFactor::make().unwrap();
    canary::release(&factor.secret());
    let (sealed, now) = (factor.seal(&app.app.vault, user).unwrap(), app.app.clock.now().naive());
    let mut conn = app.app.database.get().await.unwrap();
    UserTotp::put(&mut conn, user, &sealed, now).await.unwrap()
}

async fn confirm(app: &TestApp, row: &UserTotp, step: i64) -> bool {
    row.confirm(&mut app.app.database.get().await.unwrap(), step).await.unwrap()
}

async fn use_up(app: &TestApp, user: i64, step: i64) -> bool {
    let mut conn = app.app.database.get().await.unwrap();
    UserTotp::use_up(&mut conn, user, step).await.unwrap()
}

both_stores! {
    async fn it_counts_once_it_is_confirmed_and_then_stays(app) {
        let user = add_user(&app).await;
        assert!(get(&app, user).await.is_none());
        assert!(put(&app, user).await);
        let first = get(&app, user).await.unwrap();
        assert!(!first.confirmed && !use_up(&app, user, 7).await, "not yet");
        app.app.clock.advance(std::time::Duration::from_secs(1));
        assert!(put(&app, user).await, "nobody has confirmed the first");
        let second = get(&app, user).await.unwrap();
        assert_ne!(first.sealed, second.sealed);
        assert!(!confirm(&app, &first, 8).await, "its code proves nothing of the second");
        assert!(confirm(&app, &second, 8).await && !confirm(&app, &second, 9).await);
        let kept = get(&app, user).await.unwrap();
        assert_eq!((kept.confirmed, kept.step, &kept.sealed), (true, 8, &second.sealed));
        assert!(SecondFactor::open(&app.app.vault, user, &kept.secret()).is_ok());
        assert!(!put(&app, user).await, "a confirmed one is not replaced");
        assert_eq!(get(&app, user).await.unwrap().sealed, second.sealed);
        let mut conn = app.app.database.get().await.unwrap();
        assert!(UserTotp::delete(&mut conn, user).await.unwrap());
        assert!(!UserTotp::delete(&mut conn, user).await.unwrap());
        drop(conn);
        assert!(get(&app, user).await.is_none() && put(&app, user).await);
        let gone = format!("/admin/users/{user}");
        assert_eq!(app.call("DELETE", &gone, crate::support::ADMIN_TOKEN, None).await.status, 200);
        assert!(get(&app, user).await.is_none(), "it goes with its user");
    }

    async fn of_many_at_once_one_uses_a_code(app) {
        let user = add_user(&app).await;
        assert!(put(&app, user).await);
        assert!(confirm(&app, &get(&app, user).await.unwrap(), 10).await);
        for step in [9, 10] {
            assert!(!use_up(&app, user, step).await, "{step}");
        }
        let used = join_all((0..20).map(|_| use_up(&app, user, 11))).await;
        assert_eq!(used.into_iter().filter(|used| *used).count(), 1);
        assert!(use_up(&app, user, 13).await && !use_up(&app, user, 12).await);
        assert_eq!(get(&app, user).await.unwrap().step, 13);
    }
}
