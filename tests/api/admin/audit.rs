//! The audit log: reading it, and that nobody changes it unnoticed.

mod forged;

use diesel_async::RunQueryDsl;
use futures_util::future::join_all;
use ollama_api_pool::with_conn;
use serde_json::{Value, json};

use super::fields;
use crate::support::{TestApp, both_stores};

const PATH: &str = "/admin/audit";

async fn run_sql(app: &TestApp, sql: &str) {
    let mut conn = app.app.database.get().await.expect("a connection");
    with_conn!(&mut conn, |conn| diesel::sql_query(sql).execute(conn).await).expect("it runs");
}

async fn announce(app: &TestApp, title: &str) {
    let answer = app.admin("POST", "/admin/announcements", &json!({ "title": title })).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

async fn verified(app: &TestApp) -> Value {
    let answer = app.admin_get("/admin/audit/verify").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn count(app: &TestApp, query: &str) -> i64 {
    let answer = app.admin_get(&format!("{PATH}?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()["total"].as_i64().expect("a number")
}

/// Six rows at least; returns the last one's number.
async fn six(app: &TestApp) -> i64 {
    for n in 0..6 {
        announce(app, &format!("row {n}")).await;
    }
    let good = verified(app).await;
    assert_eq!((&good["ok"], &good["broken_at"]), (&json!(true), &json!(null)), "{good}");
    assert_eq!(good["head"].as_str().expect("a hash").len(), 64);
    good["rows"].as_i64().expect("a number")
}

/// Whether the walk ends at this row.
async fn breaks_at(app: &TestApp, row: i64) {
    let found = verified(app).await;
    assert_eq!((&found["ok"], &found["broken_at"]), (&json!(false), &json!(row)), "{found}");
}

const COLUMNS: &str = "at, actor, address, request_id, action, target, before, after, hash, key_id";

both_stores! {
    async fn read_and_searched(app) {
        announce(&app, "Maintenance on Sunday").await;
        app.app.clock.advance(std::time::Duration::from_secs(3600));
        let between = app.app.clock.now().plus_secs(-1800).rfc3339();
        let path = "/admin/settings";
        assert_eq!(app.admin("PATCH", path, &json!({"max_attempts": 5})).await.status, 200);
        let page = app.admin_get(&format!("{PATH}?pageSize=1")).await.json();
        let newest = &page["entries"][0];
        assert_eq!(
            fields(newest),
            ["action", "actor", "address", "after", "at", "before", "hash", "id", "requestId", "target"]
        );
        assert_eq!((&newest["action"], &newest["actor"]), (&json!("settings.change"), &json!("admin-token")));
        assert_eq!((&newest["address"], &newest["target"]), (&json!("127.0.0.1"), &json!("settings:max_attempts")));
        assert!(newest["requestId"].as_str().unwrap().len() > 10);
        assert_eq!(newest["after"], json!({"max_attempts": 5}));
        assert_eq!(page["total"], page["totalPages"]);

        assert_eq!(count(&app, "action=announcement.").await, 1);
        assert_eq!(count(&app, "action=nnouncement.").await, 0, "a beginning");
        assert_eq!(count(&app, "action=_").await, 0);
        assert_eq!(count(&app, "target=settings:max_attempts").await, 1);
        assert_eq!(count(&app, "target=settings:").await, 0, "the whole");
        assert_eq!(count(&app, "search=maintenance%20ON").await, 1);
        assert_eq!(count(&app, "search=max_attempts").await, 1);
        assert_eq!(count(&app, "search=nowhere-to-be-found").await, 0);
        assert_eq!(count(&app, "actor=somebody").await, 0);
        assert_eq!(count(&app, "kind=admin&action=settings.").await, 1);
        assert_eq!(count(&app, "kind=auth&action=settings.").await, 0);
        let all = count(&app, "actor=admin-token").await;
        assert_eq!(count(&app, "").await, all);
        assert_eq!(count(&app, &format!("from={between}")).await, 1);
        assert_eq!(count(&app, &format!("to={between}")).await, all - 1);
        for bad in ["from=yesterday", "to=1", "search=%00", "page=x", "kind=x"] {
            assert_eq!(app.admin_get(&format!("{PATH}?{bad}")).await.status, 422, "{bad}");
        }
        for path in [PATH, "/admin/audit/verify"] {
            assert_eq!(app.call("GET", path, &app.token, None).await.status, 401);
        }
    }

    async fn a_changed_row_is_found(app) {
        let last = six(&app).await;
        for (row, set, back) in [
            (last - 2, "actor = 'x'", "actor = 'admin-token'"),
            (last - 3, "before = 'null'", "before = NULL"),
            (last, "target = 'x'", "target = ''"),
        ] {
            run_sql(&app, &format!("UPDATE audit_log SET {set} WHERE id = {row}")).await;
            breaks_at(&app, row).await;
            run_sql(&app, &format!("UPDATE audit_log SET {back} WHERE id = {row}")).await;
        }
        // The last one's target was not put back.
        breaks_at(&app, last).await;
    }

    async fn a_deleted_row_is_found(app) {
        let last = six(&app).await;
        run_sql(&app, &format!("DELETE FROM audit_log WHERE id = {last}")).await;
        breaks_at(&app, last).await;
        run_sql(&app, &format!("DELETE FROM audit_log WHERE id = {}", last - 3)).await;
        breaks_at(&app, last - 3).await;
        run_sql(&app, "DELETE FROM audit_log").await;
        breaks_at(&app, 1).await;
    }

    async fn an_inserted_row_is_found(app) {
        let last = six(&app).await;
        let copy = async |id: i64| {
            run_sql(&app, &format!(
                "INSERT INTO audit_log (id, {COLUMNS}) SELECT {id}, {COLUMNS} FROM audit_log WHERE id = {last}"
            )).await;
        };
        copy(last + 1).await;
        breaks_at(&app, last + 1).await;
        run_sql(&app, &format!("DELETE FROM audit_log WHERE id = {}", last + 1)).await;
        assert_eq!(verified(&app).await["ok"], true);
        copy(-5).await;
        breaks_at(&app, 1).await;
    }

    async fn rows_out_of_order_are_found(app) {
        let last = six(&app).await;
        let (one, two) = (last - 3, last - 2);
        for (from, to) in [(one, -1), (two, one), (-1, two)] {
            run_sql(&app, &format!("UPDATE audit_log SET id = {to} WHERE id = {from}")).await;
        }
        breaks_at(&app, one).await;
    }

    async fn an_end_that_was_moved_is_found(app) {
        let last = six(&app).await;
        // The last row and the end together: only whoever noted the end elsewhere could tell.
        run_sql(&app, "UPDATE audit_head SET hash = 'x'").await;
        breaks_at(&app, last).await;
        run_sql(&app, &format!("UPDATE audit_head SET seq = {}", last - 1)).await;
        breaks_at(&app, last).await;
    }

    async fn side_by_side_it_stays_one_chain(app) {
        let before = count(&app, "").await;
        let titles: Vec<String> = (0..50).map(|n| format!("side by side {n}")).collect();
        join_all(titles.iter().map(|title| announce(&app, title))).await;
        let good = verified(&app).await;
        assert_eq!((&good["ok"], &good["rows"]), (&json!(true), &json!(before + 50)), "{good}");
    }

    async fn what_was_not_done_is_not_noted(app) {
        let before = count(&app, "").await;
        for (method, path, body) in [
            ("POST", "/admin/users", json!({"email": "no address"})),
            ("PATCH", "/admin/users/999999", json!({"role": "admin"})),
            ("DELETE", "/admin/announcements/999999", json!({})),
            ("PATCH", "/admin/settings", json!({"max_attempts": 0})),
        ] {
            assert!(app.admin(method, path, &body).await.status >= 400, "{method} {path}");
        }
        assert_eq!(count(&app, "").await, before);
        assert_eq!(verified(&app).await["ok"], true);
    }
}
