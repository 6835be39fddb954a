//! A day that ends while something about it is still on its way.

use bb8_redis::redis::{AsyncTypedCommands, Client};
use diesel_async::RunQueryDsl;
use ollama_api_pool::with_conn;
use serde_json::json;

use super::{CHAT, add_keys, advance};
use crate::support::{Store, TestApp};

/// What the database has of a day is read beside the requests. Read before midnight and brought to
/// Redis after it, it must not take the place of the new day's counts.
#[actix_web::test]
async fn what_is_brought_late_is_about_the_day_before() {
    let app = TestApp::start(Store::Postgres, &[]).await;
    add_keys(&app, 1).await;
    let day = 86_400;
    let today = app.app.clock.now().0.rem_euclid(day * 1000) / 1000;
    advance(&app, u64::try_from(day - today + day / 2).expect("noon"));
    let made = app.admin("POST", "/admin/tokens", &json!({"name": "t", "daily_requests": 2})).await;
    let (token, id) =
        (made.json()["token"].as_str().expect("it").to_owned(), made.json()["id"].clone());
    let status = async || {
        let body = json!({"model": "m", "messages": []});
        app.call("POST", CHAT, &token, Some(&body)).await.status
    };
    assert_eq!(status().await, 200);

    let mut held = app.app.database.get().await.expect("a connection");
    for statement in ["BEGIN", "LOCK TABLE usage_hourly IN ACCESS EXCLUSIVE MODE"] {
        with_conn!(&mut held, |conn| diesel::sql_query(statement).execute(conn).await)
            .expect("SQL");
    }
    // The day has to be read again by now, and can't be: this request has begun to.
    advance(&app, 3600);
    assert_eq!((status().await, status().await), (200, 429));
    // Nor is the new day read again, which would mend it.
    let client = Client::open(app.home.settings().2).expect("an address");
    let mut redis = client.get_multiplexed_async_connection().await.expect("Redis");
    let hash = format!("{}limit:{id}", app.home.prefix());
    let late = (app.app.clock.now().0 + 2 * day * 1000).to_string();
    assert_eq!(redis.hset(&hash, "again", late).await.expect("a hash"), 0, "it was there");
    advance(&app, 12 * 3600);
    assert_eq!((status().await, status().await), (200, 200), "a new day");
    with_conn!(&mut held, |conn| diesel::sql_query("COMMIT").execute(conn).await).expect("SQL");
    drop(held);
    for _ in 0..30 {
        app.stats().await;
        assert_eq!(status().await, 429, "both are counted");
    }
    app.stop().await;
}
