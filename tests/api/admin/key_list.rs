//! The list of upstream keys: pages, filters, order.

use std::time::Duration;

use diesel_async::RunQueryDsl;
use ollama_api_pool::with_conn;
use pool_stub::Reply;
use serde_json::{Value, json};

use crate::support::{TestApp, both_stores};

/// The names of the keys on the page that this query asks for, and the answer.
async fn listed(app: &TestApp, query: &str) -> (Vec<String>, Value) {
    let answer = app.admin_get(&format!("/admin/api-keys?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let list = answer.json();
    let name = |key: &Value| key["username"].as_str().expect("a name").to_owned();
    (list["api_keys"].as_array().expect("keys").iter().map(name).collect(), list)
}

async fn names(app: &TestApp, query: &str) -> Vec<String> {
    listed(app, query).await.0
}

async fn add_named(app: &TestApp, names: &[&str]) -> Vec<i64> {
    let mut ids = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let body = json!({"api_key": format!("sk-listed-{n:010}"), "username": name});
        ids.push(app.add_key_with(&body).await);
    }
    ids
}

both_stores! {
    async fn pages(app) {
        add_named(&app, &["a", "b", "c", "d", "e"]).await;
        let (page, list) = listed(&app, "page=2&pageSize=2").await;
        assert_eq!(page, ["c", "d"]);
        let told = ["total", "page", "pageSize", "totalPages"].map(|name| list[name].clone());
        assert_eq!(json!(told), json!([5, 2, 2, 3]));
        assert_eq!(names(&app, "page=3&pageSize=2").await, ["e"]);
        let (beyond, list) = listed(&app, "page=4&pageSize=2").await;
        assert_eq!((beyond.len(), &list["total"], &list["totalPages"]), (0, &json!(5), &json!(3)));
        assert_eq!(names(&app, &format!("page={}", i64::MAX)).await.len(), 0);
        assert_eq!(listed(&app, "pageSize=100000").await.1["pageSize"], 200);
        assert_eq!(listed(&app, "page=0&pageSize=0").await.1["page"], 1);
        for query in ["page=x", "pageSize=2.5", "status=gone", "sort=sealed", "sort=-"] {
            let answer = app.admin_get(&format!("/admin/api-keys?{query}")).await;
            assert_eq!((answer.status, answer.code().as_str()), (422, "invalid_value"), "{query}");
        }
        let answer = app.admin_get("/admin/api-keys?provider=nowhere").await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "unknown_provider"));
    }

    async fn search_takes_every_character_as_it_is(app) {
        add_named(&app, &["50%off", "a_b", "axb", "back\\slash", "Zoë", "o'neil"]).await;
        assert_eq!(names(&app, "search=%25").await, ["50%off"]);
        assert_eq!(names(&app, "search=a_b").await, ["a_b"]);
        assert_eq!(names(&app, "search=%5C").await, ["back\\slash"]);
        assert_eq!(names(&app, "search=o%27n").await, ["o'neil"]);
        assert_eq!(names(&app, "search=Zo%C3%AB").await, ["Zoë"]);
        assert_eq!(names(&app, "search=0003").await, ["back\\slash"], "the masked key");
        assert_eq!(names(&app, "search=nobody").await.len(), 0);
        assert_eq!(names(&app, "search=").await.len(), 6);
        assert_eq!(names(&app, "search=sk-listed-0000000003").await.len(), 0, "never the key");
        assert_eq!(names(&app, "search=A_B").await, ["a_b"], "in any case, on either store");
        assert_eq!(listed(&app, "search=b&pageSize=1").await.1["total"], 3);
    }

    async fn statuses_and_providers(app) {
        let ids = add_named(&app, &["active", "disabled", "failed", "cooling", "expired"]).await;
        app.add_key_with(&json!({"api_key": "sk-other-0123456789", "provider": "openrouter",
            "username": "other"}))
            .await;
        app.admin("POST", "/admin/keys/disable", &json!({"id": ids[1]})).await;
        app.stub.on_probe("sk-listed-0000000002", Reply::json(401, "{}"));
        let spent = r#"{"limits":{"weekly":{"usage":1.0}}}"#;
        app.stub.on_probe("sk-listed-0000000003", Reply::json(200, spent));
        for id in [ids[2], ids[3]] {
            app.admin("POST", "/admin/verify-key", &json!({"id": id})).await;
        }
        app.admin("DELETE", &format!("/admin/api-keys/{}", ids[4]), &json!({})).await;
        app.add_key_with(&json!({"api_key": "sk-listed-0000000004", "username": "expired",
            "ttl": 60}))
            .await;
        app.app.clock.advance(Duration::from_secs(61));
        for status in ["active", "disabled", "failed", "cooling", "expired"] {
            let (found, list) = listed(&app, &format!("status={status}")).await;
            assert_eq!(found, [status]);
            assert_eq!(list["api_keys"][0]["status"], status);
        }
        assert_eq!(names(&app, "").await.len(), 5);
        assert_eq!(names(&app, "provider=openrouter").await, ["other"]);
        assert_eq!(names(&app, "provider=all").await.len(), 6);
        assert_eq!(names(&app, "category=general").await.len(), 5);
        assert_eq!(names(&app, "category=qwen").await.len(), 0);
    }

    async fn order(app) {
        add_named(&app, &["c", "a", "d", "b"]).await;
        // Each answers once in its turn, and "c" again.
        for _ in 0..5 {
            assert_eq!(app.ask("llama3.2").await.status, 200);
            app.app.clock.advance(Duration::from_secs(1));
        }
        assert_eq!(names(&app, "sort=username").await, ["a", "b", "c", "d"]);
        assert_eq!(names(&app, "sort=-username").await, ["d", "c", "b", "a"]);
        assert_eq!(names(&app, "sort=-id").await, ["b", "d", "a", "c"]);
        assert_eq!(names(&app, "sort=created_at").await, ["c", "a", "d", "b"]);
        assert_eq!(names(&app, "sort=-total_requests").await[0], "c");
        assert_eq!(names(&app, "sort=-last_used").await, ["c", "b", "d", "a"]);
        app.add_key_with(&json!({"api_key": "sk-never-used-0001", "username": "new"})).await;
        assert_eq!(names(&app, "sort=-last_used").await, ["c", "b", "d", "a", "new"]);
        assert_eq!(names(&app, "sort=last_used").await, ["new", "a", "d", "b", "c"]);
        for name in ["id", "account", "provider", "status", "weight", "expires_at", "success_rate"] {
            let mut turned = names(&app, &format!("sort=-{name}")).await;
            turned.reverse();
            assert_eq!(names(&app, &format!("sort={name}")).await, turned, "{name}");
        }
        assert_eq!(names(&app, "sort=success_rate").await[0], "new", "never used is 0");
    }

    async fn later_pages_are_counted_from_the_end(app) {
        let all: Vec<String> = (0..7).map(|n| format!("n{n}")).collect();
        add_named(&app, &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
        for sort in ["id", "-id", "username", "-username", "-created_at"] {
            for size in 1..=8 {
                let mut seen = Vec::new();
                for page in 1..=8 {
                    let query = format!("sort={sort}&page={page}&pageSize={size}");
                    seen.extend(names(&app, &query).await);
                }
                let mut wanted = all.clone();
                if sort.starts_with('-') {
                    wanted.reverse();
                }
                assert_eq!(seen, wanted, "{sort}, {size}");
            }
        }
    }

    async fn a_family_is_found_among_others(app) {
        let ids = add_named(&app, &["several", "one", "other"]).await;
        for (id, category) in [(ids[0], "kimi,llama"), (ids[1], "llama"), (ids[2], "llama2")] {
            let sql = format!("UPDATE upstream_keys SET category = '{category}' WHERE id = {id}");
            let mut conn = app.app.database.get().await.expect("a connection");
            with_conn!(&mut conn, |conn| diesel::sql_query(&sql).execute(conn).await).expect("set");
        }
        assert_eq!(names(&app, "category=llama").await, ["several", "one"]);
        assert_eq!(names(&app, "category=kimi").await, ["several"]);
        assert_eq!(names(&app, "category=kimi,llama").await, ["several"]);
        assert_eq!(names(&app, "category=lla").await.len(), 0);
        assert_eq!(names(&app, "category=%25").await.len(), 0);
    }

    async fn accounts_and_orders_narrow_and_sort(app) {
        for (name, account, weight, ttl) in
            [("a", "x", 3, 900), ("b", "y", 1, 0), ("c", "x", 2, 60)] {
            app.add_key_with(&json!({"api_key": format!("sk-sorted-00000{name}"),
                "username": name, "account": account, "weight": weight, "ttl": ttl})).await;
        }
        assert_eq!(names(&app, "account=x").await, ["a", "c"]);
        assert_eq!(names(&app, "sort=-account").await, ["b", "c", "a"]);
        assert_eq!(names(&app, "sort=weight").await, ["b", "c", "a"]);
        assert_eq!(names(&app, "sort=expires_at").await, ["c", "a", "b"]);
        app.app.clock.advance(Duration::from_secs(61));
        app.admin("POST", "/admin/keys/disable", &json!({"apiKey": "sk-sorted-00000a"})).await;
        assert_eq!(names(&app, "sort=status").await, ["b", "a", "c"]);
        assert_eq!(names(&app, "import_id=1").await.len(), 0);
        let stats = app.admin_get("/admin/keys/stats?sort=-weight&pageSize=1&page=3").await.json();
        assert_eq!((&stats["total"], &stats["stats"][0]["id"].is_i64()), (&json!(3), &true));
    }
}
