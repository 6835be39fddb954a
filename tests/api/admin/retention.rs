//! What is old goes at night.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use ollama_api_pool::with_conn;

use crate::support::{TestApp, both_stores, until};

const DAY: Duration = Duration::from_secs(86_400);

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many rows the tables have: the log, the hours, the latencies, the batches.
async fn counts(app: &TestApp) -> [i64; 4] {
    let mut counts = [0; 4];
    let tables = ["request_log", "usage_hourly", "latency_hourly", "stats_batches"];
    for (count, table) in counts.iter_mut().zip(tables) {
        let sql = format!("SELECT COUNT(*) AS count FROM {table}");
        let mut conn = app.app.database.get().await.expect("a connection");
        let row: Count =
            with_conn!(&mut conn, |conn| diesel::sql_query(sql).get_result(conn).await)
                .expect("a row");
        *count = row.count;
    }
    counts
}

/// A chat, written down.
async fn chat(app: &TestApp) {
    assert_eq!(app.ask("m").await.status, 200);
    app.app.actors.stats.flush().await.expect("the actor answers").expect("it is written");
}

both_stores! {
    async fn each_has_its_time(
        app, ["--stats-flush-interval-ms=60000", "--request-log-retention-days=5"]
    ) {
        let ages = async |expected: [bool; 4]| {
            app.app.actors.retention.round().await.expect("the actor answers");
            assert_eq!(counts(&app).await.map(|rows| rows > 0), expected);
        };
        app.add_key("sk-old-00000000001").await;
        chat(&app).await;
        ages([true; 4]).await;
        app.app.clock.advance(DAY * 4);
        ages([true, true, true, false]).await;
        app.app.clock.advance(DAY);
        app.app.clock.advance(DAY);
        ages([false, true, true, false]).await;
        app.app.clock.advance(DAY * 390);
        ages([false, true, true, false]).await;
        app.app.clock.advance(DAY * 6);
        ages([false; 4]).await;
    }

    async fn young_rows_stay_when_old_ones_go_by_themselves(app, ["--stats-flush-interval-ms=60000"]) {
        app.add_key("sk-old-00000000001").await;
        chat(&app).await;
        app.app.clock.advance(DAY * 8);
        chat(&app).await;
        until("the night's round", async || {
            let [log, hours, _, batches] = counts(&app).await;
            [log, hours, batches] == [1, 2, 1]
        })
        .await;
        let log = app.admin_get("/admin/requests").await.json();
        let at = log["requests"][0]["at"].as_str().unwrap().to_owned();
        assert!(at.starts_with(&app.app.clock.now().rfc3339()[..10]), "{at}");
    }
}
