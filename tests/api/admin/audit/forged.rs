//! Somebody who can write to the database and has no key: whatever they make of the log is found.

use std::time::Duration;

use diesel_async::RunQueryDsl;
use ollama_api_pool::audit;
use ollama_api_pool::clock::Millis;
use ollama_api_pool::db::schema::audit_log;
use ollama_api_pool::models::audit::{AuditHead, AuditRow};
use ollama_api_pool::with_conn;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{announce, run_sql, six, verified};
use crate::metrics::scrape::scrape;
use crate::support::{TestApp, both_stores, until};

const DAY: Duration = Duration::from_secs(86_400);

/// The hash that rows had before hashes had a key, as anybody can work it out.
fn plain(row: &AuditRow, previous: &str) -> String {
    let mut hasher = Sha256::new();
    let mut add = |field: Option<&str>| {
        hasher.update(field.map_or(u64::MAX, |field| field.len() as u64).to_be_bytes());
        hasher.update(field.unwrap_or_default());
    };
    let (id, at) = (row.id.to_string(), Millis::from(row.at).rfc3339());
    for field in
        [previous, &id, &at, &row.actor, &row.address, &row.request_id, &row.action, &row.target]
    {
        add(Some(field));
    }
    add(row.before.as_deref());
    add(row.after.as_deref());
    hex::encode(hasher.finalize())
}

async fn head(app: &TestApp) -> AuditHead {
    let mut conn = app.app.database.get().await.expect("a connection");
    AuditHead::read(&mut conn).await.expect("a head")
}

async fn set_head(app: &TestApp, head: &AuditHead) {
    let mut conn = app.app.database.get().await.expect("a connection");
    head.put(&mut conn).await.expect("it is written");
}

async fn rows(app: &TestApp) -> Vec<AuditRow> {
    let mut conn = app.app.database.get().await.expect("a connection");
    AuditRow::after(&mut conn, 0, 10_000).await.expect("rows")
}

/// Takes four rows out of the middle, numbers the rest anew and gives all of them plain hashes.
/// Returns the new end.
async fn without_four(app: &TestApp) -> AuditHead {
    let mut rows = rows(app).await;
    let middle = rows.len() / 2 - 1;
    rows.drain(middle..middle + 4);
    let mut conn = app.app.database.get().await.expect("a connection");
    with_conn!(&mut conn, |conn| diesel::delete(audit_log::table).execute(conn).await)
        .expect("they are deleted");
    let (mut id, mut hash) = (0, String::new());
    for mut row in rows {
        id += 1;
        (row.id, row.key_id) = (id, String::new());
        row.hash = plain(&row, &hash);
        hash.clone_from(&row.hash);
        row.insert(&mut conn).await.expect("it is inserted");
    }
    AuditHead { seq: id, hash, ..AuditHead::read(&mut conn).await.expect("a head") }
}

async fn fault(app: &TestApp) -> Value {
    let found = verified(app).await;
    assert_eq!(found["ok"], false, "{found}");
    found["fault"].clone()
}

/// What verifying says of a noted head.
async fn noted(app: &TestApp, head: &AuditHead) -> (Value, Value) {
    let path = format!("/admin/audit/verify?head={}:{}", head.seq, head.hash);
    let answer = app.admin_get(&path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    (answer.json()["ok"].clone(), answer.json()["noted"].clone())
}

/// What the program does with the log when it starts.
async fn restart(app: &TestApp) {
    let mut conn = app.app.database.get().await.expect("a connection");
    audit::begin(&mut conn, &app.app.vault, app.app.clock.now()).await.expect("it begins");
}

both_stores! {
    async fn four_rows_taken_out_are_found_however_the_rest_is_hashed(app) {
        for _ in 0..3 {
            six(&app).await;
        }
        let old = head(&app).await;
        let end = without_four(&app).await;
        set_head(&app, &end).await;
        assert_eq!(fault(&app).await, "row", "hashes without a key count for nothing any more");
        announce(&app, "after").await;
        assert_eq!(fault(&app).await, "row");

        // As if the log had never had keys.
        let end = without_four(&app).await;
        let before = AuditHead { sealed_from: 0, macs: String::new(), ..end };
        set_head(&app, &before).await;
        assert_eq!(fault(&app).await, "head");
        announce(&app, "after").await;
        assert_eq!(fault(&app).await, "after_forgery", "the next row doesn't make it good");

        // And the program started on it: only a noted head tells, and the row that says so.
        let end = without_four(&app).await;
        set_head(&app, &AuditHead { sealed_from: 0, macs: String::new(), ..end }).await;
        restart(&app).await;
        assert_eq!(rows(&app).await.last().map(|row| row.action.clone()).as_deref(), Some("audit.seal"));
        assert_eq!(noted(&app, &old).await, (json!(false), json!("missing")));
    }

    async fn rows_cut_off_at_the_end_are_found(app) {
        let last = six(&app).await;
        let end = rows(&app).await[usize::try_from(last - 5).unwrap()].clone();
        run_sql(&app, &format!("DELETE FROM audit_log WHERE id > {}", end.id)).await;
        let full = head(&app).await;
        set_head(&app, &AuditHead { seq: end.id, hash: end.hash.clone(), ..full.clone() }).await;
        assert_eq!(fault(&app).await, "head", "an end for which nobody had the key");
        announce(&app, "after").await;
        let found = verified(&app).await;
        assert_eq!((&found["fault"], &found["broken_at"]), (&json!("after_forgery"), &json!(end.id + 1)));
        announce(&app, "and after").await;
        assert_eq!(verified(&app).await["broken_at"], end.id + 1, "for ever");
        assert_eq!(noted(&app, &full).await, (json!(false), json!("missing")));
    }

    async fn an_older_state_put_back_is_found_by_a_noted_head_and_by_the_running_service(app) {
        six(&app).await;
        let older = head(&app).await;
        announce(&app, "one more").await;
        let newer = head(&app).await;
        assert_eq!(noted(&app, &older).await, (json!(true), json!("contained")));
        let metric = async |name: &str| scrape(&app).await.get(name, &[]);
        let digits = u64::from_str_radix(&newer.hash[..12], 16).expect("digits");
        until("the metrics have it", async || {
            metric("ollama_pool_audit_head_seq").await == Some(newer.seq as f64)
        })
        .await;
        assert_eq!(metric("ollama_pool_audit_head_hash").await, Some(digits as f64));
        assert_eq!(metric("ollama_pool_audit_head_authentic").await, Some(1.0));
        run_sql(&app, &format!("DELETE FROM audit_log WHERE id > {}", older.seq)).await;
        set_head(&app, &older).await;
        assert_eq!(verified(&app).await["ok"], true, "the log shows nothing itself");
        assert_eq!(noted(&app, &newer).await, (json!(false), json!("missing")));
        assert_eq!(noted(&app, &older).await, (json!(true), json!("contained")));
        until("the service has seen it", async || {
            metric("ollama_pool_audit_head_authentic").await == Some(0.0)
        })
        .await;
        for bad in ["1", "1:abc", "0:0123456789ab", "x"] {
            let answer = app.admin_get(&format!("/admin/audit/verify?head={bad}")).await;
            assert_eq!((answer.status, answer.code()), (422, "invalid_value".into()), "{bad}");
        }
    }

    async fn a_log_from_before_keys_stays_verifiable(app) {
        let last = six(&app).await;
        let mut hash = String::new();
        for mut row in rows(&app).await {
            row.hash = plain(&row, &hash);
            hash.clone_from(&row.hash);
            run_sql(&app, &format!("UPDATE audit_log SET key_id = '', hash = '{hash}' WHERE id = {}", row.id)).await;
        }
        let head = head(&app).await;
        set_head(&app, &AuditHead { hash, sealed_from: 0, macs: String::new(), ..head }).await;
        restart(&app).await;
        announce(&app, "with a key").await;
        let found = verified(&app).await;
        assert_eq!((&found["ok"], &found["rows"], &found["sealed_from"]), (&json!(true), &json!(last + 2), &json!(last + 1)), "{found}");
        restart(&app).await;
        assert_eq!(rows(&app).await.len() as i64, last + 2, "once");
        run_sql(&app, &format!("UPDATE audit_log SET actor = 'x' WHERE id = {}", last - 2)).await;
        let found = verified(&app).await;
        assert_eq!((&found["fault"], &found["broken_at"]), (&json!("row"), &json!(last - 2)), "{found}");
    }

    async fn old_rows_go_and_the_rest_stays_verifiable(app) {
        app.app.actors.retention.round().await.expect("the actor answers");
        let last = six(&app).await;
        let early = head(&app).await;
        app.app.clock.advance(DAY * 364);
        announce(&app, "younger").await;
        app.app.actors.retention.round().await.expect("the actor answers");
        assert_eq!(verified(&app).await["pruned"], 0, "not a year old");
        app.app.clock.advance(DAY * 2);
        app.app.actors.retention.round().await.expect("the actor answers");
        let found = verified(&app).await;
        assert_eq!((&found["ok"], &found["pruned"], &found["rows"]), (&json!(true), &json!(last), &json!(last + 1)), "{found}");
        assert_eq!(rows(&app).await.len(), 1);
        let before = AuditHead { seq: early.seq - 1, ..early.clone() };
        assert_eq!(noted(&app, &before).await, (json!(true), json!("pruned")));
        assert_eq!(noted(&app, &early).await, (json!(true), json!("contained")));
        // Nobody else can say that rows were too old.
        let now = head(&app).await;
        let younger = rows(&app).await[0].clone();
        run_sql(&app, "DELETE FROM audit_log").await;
        set_head(&app, &AuditHead { pruned_seq: younger.id, pruned_hash: younger.hash, ..now }).await;
        assert_eq!(fault(&app).await, "head");
        announce(&app, "after").await;
        assert_eq!(fault(&app).await, "after_forgery");
    }
}
