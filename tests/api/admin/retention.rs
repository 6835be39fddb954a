//! What is old goes at night.

use std::time::Duration;

use chrono::TimeDelta;
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use ollama_api_pool::with_conn;
use serde_json::json;

use crate::support::{TestApp, both_stores, until};

const INVITATIONS: &str =
    "invitations (note, masked, code_hash, uses, uses_max, created_at, expires_at)";

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

/// Puts a row there.
async fn put(app: &TestApp, table: &str, values: &str) {
    let sql = format!("INSERT INTO {table} VALUES ({values})");
    let mut conn = app.app.database.get().await.expect("a connection");
    with_conn!(&mut conn, |conn| diesel::sql_query(sql).execute(conn).await).expect(values);
}

/// What a table of accounts has, by a column of text.
async fn left(app: &TestApp, table: &str, column: &str) -> String {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let sql = format!("SELECT {column} AS name FROM {table} ORDER BY {column}");
    let mut conn = app.app.database.get().await.expect("a connection");
    let names: Vec<Name> =
        with_conn!(&mut conn, |conn| diesel::sql_query(sql).load(conn).await).expect("rows");
    names.into_iter().map(|row| row.name).collect::<Vec<_>>().join(" ")
}

both_stores! {
    async fn what_accounts_leave_behind_goes_when_it_is_of_no_use(app) {
        let made = app.admin("POST", "/admin/users", &json!({"email": "ann@example.org"})).await;
        let user = made.json()["id"].as_i64().expect("an id");
        // The night's round at the start is over: what is put now waits for the next one.
        app.app.actors.retention.round().await.expect("the actor answers");
        let now = app.app.clock.now().naive();
        let at = |hours: i64| (now + TimeDelta::hours(hours)).format("%F %T%.6f").to_string();
        // By the next round a day has passed.
        for (id, end) in [("gone", 23), ("here", 25)] {
            let (soon, end) = (at(0), at(end));
            let session = format!("'{id}', {user}, '127.0.0.1', 'a', '{soon}', '{end}', NULL, NULL");
            put(&app, "sessions", &session).await;
            put(&app, "admin_sessions", &format!("'{id}', '{soon}', '{end}', '{soon}'")).await;
            put(&app, "email_codes", &format!("'{id}@example.org', 'login', 'x', '{end}', 0")).await;
        }
        for (hash, deleted) in [("gone", 23 - 90 * 24), ("here", 25 - 90 * 24)] {
            let former = format!("'{hash}', 0, NULL, NULL, '{}'", at(deleted));
            put(&app, "former_users", &former).await;
        }
        let limits = [("both-old", -25, -25), ("mailed", -23, -25), ("tried", -25, -23)];
        for (email, mailed, tried) in limits {
            let (day, mailed, tried) = (now.date(), at(mailed), at(tried));
            let limit = format!("'{email}', '{mailed}', '{day}', 1, '{tried}', 1");
            put(&app, "email_limits", &limit).await;
        }
        // Made and ended so many hours ago, used once of so many times.
        let month = -29 * 24;
        for (note, made, end, uses_max) in [
            ("1-ended", month - 9, Some(month - 1), 0),
            ("2-just-ended", month - 9, Some(month + 1), 0),
            ("3-used-up", month - 1, None, 1),
            ("4-used-up-young", month + 1, None, 1),
            ("5-unlimited", month - 1, None, 0),
            ("6-unused", month - 1, Some(9), 2),
        ] {
            let end = end.map_or("NULL".to_owned(), |end| format!("'{}'", at(end)));
            let made = at(made);
            let one = format!("'{note}', 'x', '{note}', 1, {uses_max}, '{made}', {end}");
            put(&app, INVITATIONS, &one).await;
        }
        app.app.clock.advance(DAY);
        app.app.actors.retention.round().await.expect("the actor answers");
        assert_eq!(left(&app, "former_users", "email_hash").await, "here");
        assert_eq!(left(&app, "sessions", "id").await, "here");
        assert_eq!(left(&app, "admin_sessions", "id").await, "here");
        assert_eq!(left(&app, "email_codes", "email").await, "here@example.org");
        assert_eq!(left(&app, "email_limits", "email").await, "mailed tried");
        let invitations = left(&app, "invitations", "note").await;
        assert_eq!(invitations, "2-just-ended 4-used-up-young 5-unlimited 6-unused");
    }

    async fn notes_of_changed_tokens_go_after_an_hour(app) {
        app.app.actors.retention.round().await.expect("the actor answers");
        let now = app.app.clock.now().naive();
        for (hash, minutes) in [("old", 0), ("young", 1)] {
            let at = (now + TimeDelta::minutes(minutes)).format("%F %T%.6f");
            put(&app, "token_changes (token_hash, at)", &format!("'{hash}', '{at}'")).await;
        }
        app.app.clock.advance(Duration::from_secs(3_630));
        app.app.actors.retention.round().await.expect("the actor answers");
        assert_eq!(left(&app, "token_changes", "token_hash").await, "young");
    }
}
