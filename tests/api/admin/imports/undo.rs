//! Taking an import back.

use serde_json::json;

use super::{LIST, counts, key, report, total};
use crate::secrets::stored;
use crate::support::{TestApp, both_stores};

async fn import(app: &TestApp, numbers: std::ops::Range<usize>) -> i64 {
    let keys = json!({"keys": numbers.map(key).collect::<Vec<_>>()});
    report(&app.admin("POST", LIST, &keys).await)["import_id"].as_i64().expect("an id")
}

both_stores! {
    async fn its_keys_go_and_only_they(app) {
        let own = app.add_key(&key(0)).await;
        let first = import(&app, 0..5).await;
        let second = import(&app, 3..8).await;
        assert_eq!(total(&app, "/admin/api-keys").await, 8);
        let one_less = app.admin_get("/admin/api-keys?sort=-id").await.json()["api_keys"][0]["id"].clone();
        app.admin("DELETE", "/admin/api-keys", &json!({"ids": [one_less]})).await;

        let undone = app.admin("POST", &format!("/admin/imports/{second}/undo"), &json!({})).await;
        let expected = json!({"success": true, "import_id": second, "deleted": 2});
        assert_eq!((undone.status, undone.json()), (200, expected));
        assert_eq!(total(&app, "/admin/api-keys").await, 5);
        for _ in 0..10 {
            assert_eq!(app.ask("llama3.2").await.status, 200);
        }
        let used = (0..8).map(|number| app.stub.count(&key(number)));
        assert_eq!(used.collect::<Vec<_>>(), [2, 2, 2, 2, 2, 0, 0, 0], "the pool forgot them too");

        let list = app.admin_get("/admin/imports?pageSize=1").await.json();
        assert_eq!((&list["total"], &list["totalPages"]), (&json!(2), &json!(2)));
        assert_eq!(list["imports"][0]["id"], second);
        assert!(list["imports"][0]["undone_at"].is_string());
        let other = app.admin_get("/admin/imports?pageSize=1&page=2").await.json();
        assert_eq!((&other["imports"][0]["id"], &other["imports"][0]["undone_at"]), (&json!(first), &json!(null)));
        assert!(stored(&app.home).await.contains("key.import.undo"));

        let undone = app.admin("POST", &format!("/admin/imports/{first}/undo"), &json!({})).await;
        assert_eq!(undone.json()["deleted"], 4);
        assert_eq!(app.key(own).await["status"], "active", "it was there before");
    }

    async fn once_is_enough(app) {
        let id = import(&app, 0..3).await;
        let path = format!("/admin/imports/{id}/undo");
        let nothing = json!({});
        let both = [(); 2].map(|()| app.admin("POST", &path, &nothing));
        let mut statuses: Vec<_> =
            futures_util::future::join_all(both).await.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        let again = app.admin("POST", &path, &json!({})).await;
        assert_eq!((again.status, again.code().as_str()), (409, "already_exists"));
        let unknown = app.admin("POST", "/admin/imports/999/undo", &json!({})).await;
        assert_eq!((unknown.status, unknown.code().as_str()), (404, "not_found"));
        assert_eq!(app.admin("POST", "/admin/imports/x/undo", &json!({})).await.status, 404);
        // The keys can come back.
        let keys = json!({"keys": [key(0)]});
        assert_eq!(counts(&report(&app.admin("POST", LIST, &keys).await)), [1, 0, 0, 0, 0]);
        assert_eq!(app.ask("llama3.2").await.status, 200);
    }
}
