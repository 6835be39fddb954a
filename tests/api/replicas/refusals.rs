//! What several replicas refuse adds up, whoever is asked.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{CHAT, Replicas};

const REPLICAS: usize = 3;

async fn refused(replicas: &Replicas, which: usize) -> Value {
    // Each writes what it has counted when it is asked for statistics.
    let writing = (0..REPLICAS).map(|one| replicas.admin(one, "GET", "/admin/stats", json!({})));
    join_all(writing).await;
    let usage = replicas.admin(which, "GET", "/admin/usage?group=reason", json!({})).await.json();
    let rows = usage["rows"].as_array().expect("rows").iter();
    rows.map(|row| json!([row["id"], row["refused"]])).collect()
}

#[actix_web::test]
async fn they_add_up() {
    let replicas = Replicas::start(REPLICAS, &[("STATS_FLUSH_INTERVAL_MS", "60000")]).await;
    for round in 1..=3 {
        for program in &replicas.all {
            let chat = async |token: &str, body: Value| {
                program.call("POST", CHAT, token, Some(&body)).await.code()
            };
            for _ in 0..2 {
                assert_eq!(chat(&replicas.token, json!({"messages": []})).await, "invalid_value");
            }
            assert_eq!(chat("sk-pool-unknown", json!({})).await, "invalid_api_key");
        }
        let expected = json!([["invalid_value", 6 * round], ["invalid_api_key", 3 * round]]);
        for which in 0..REPLICAS {
            assert_eq!(refused(&replicas, which).await, expected);
        }
    }
    replicas.stop().await;
}
