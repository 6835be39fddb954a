//! The same keys by every way in.

use serde_json::{Value, json};

use super::{ACCOUNTS, CANARY, FORM, LIST, TEXT, counts, form, key, report, total, upload};
use crate::support::{TestApp, both_stores};

/// The labels of all keys, in order.
async fn labels(app: &TestApp) -> Vec<Value> {
    let list = app.admin_get("/admin/api-keys").await.json();
    list["api_keys"].as_array().unwrap().iter().map(|key| key["username"].clone()).collect()
}

/// What the list of imports says of the last one.
async fn last(app: &TestApp) -> Value {
    app.admin_get("/admin/imports").await.json()["imports"][0].clone()
}

both_stores! {
    async fn json_lists(app) {
        let keys = json!({"keys": [key(1), {"key": key(2), "email": "b"}, null, 5]});
        let first = report(&app.admin("POST", LIST, &keys).await);
        assert_eq!(counts(&first), [2, 0, 0, 1, 1]);
        assert_eq!(first["details"][1]["line"], 4, "an item's number is its place in the list");
        let accounts = json!({"accounts": [format!("c----{CANARY}----s----{}", key(3)), key(1)]});
        assert_eq!(counts(&report(&app.admin("POST", ACCOUNTS, &accounts).await)), [1, 1, 0, 0, 0]);
        assert_eq!(labels(&app).await, ["", "b", "c"]);
        assert_eq!(last(&app).await["source"], "accounts");
    }

    async fn text_in_json(app) {
        let content = format!("{}\na----{}\n[\"{}\"]", key(1), key(2), key(3));
        let answer = app.admin("POST", TEXT, &json!({"content": content, "dry_run": false})).await;
        assert_eq!(counts(&report(&answer)), [3, 0, 0, 0, 0]);
        assert_eq!(labels(&app).await, ["", "a", ""]);
    }

    async fn bodies_as_they_are(app) {
        let csv = format!("password,API_KEY,email\n\"{CANARY}\n, x\",{},a@b.c\n", key(1));
        assert_eq!(counts(&report(&upload(&app, TEXT, "text/csv", csv).await)), [1, 0, 0, 0, 0]);
        let lines = format!("{{\"key\":\"{}\",\"username\":\"n\"}}\n\"{}\"", key(2), key(3));
        let answer = upload(&app, TEXT, "application/x-ndjson", lines).await;
        assert_eq!(counts(&report(&answer)), [2, 0, 0, 0, 0]);
        let text = format!("张三－－－－密码－－－－会话－－－－{}\n", key(4));
        let gbk = encoding_rs::GBK.encode(&text).0.into_owned();
        let answer = upload(&app, TEXT, "text/plain; charset=gbk", gbk).await;
        assert_eq!(counts(&report(&answer)), [1, 0, 0, 0, 0]);
        assert_eq!(labels(&app).await, ["a@b.c", "n", "", "张三"]);
    }

    async fn forms(app) {
        let first = format!("a----{}", key(1));
        let second = encoding_rs::GBK.encode(&format!("李四----{}", key(2))).0.into_owned();
        let body = form(&[
            ("account", None, b"shared"),
            ("weight", None, b"3"),
            ("file", Some("a.txt"), first.as_bytes()),
            ("more", Some("b.txt"), &second),
        ]);
        assert_eq!(counts(&report(&upload(&app, TEXT, FORM, body).await)), [2, 0, 0, 0, 0]);
        assert_eq!(labels(&app).await, ["a", "李四"]);
        let list = app.admin_get("/admin/api-keys").await.json();
        assert_eq!((&list["api_keys"][1]["account"], &list["api_keys"][1]["weight"]), (&json!("shared"), &json!(3)));
        assert_eq!(last(&app).await["source"], "file");

        let file = ("file", Some("c.txt"), key(3).into_bytes());
        for (fields, status) in [
            (vec![], 422),
            (vec![("account", None, "x".repeat(300).into_bytes()), file.clone()], 422),
            (vec![("colour", None, b"red".to_vec()), file.clone()], 422),
            (vec![("ttl", None, b"soon".to_vec()), file.clone()], 422),
            (vec![("provider", None, b"nowhere".to_vec()), file.clone()], 404),
            (vec![file.clone(), ("weight", None, b"2".to_vec())], 422),
        ] {
            let fields: Vec<_> = fields.iter().map(|(name, file, value)| (*name, *file, value.as_slice())).collect();
            assert_eq!(upload(&app, TEXT, FORM, form(&fields)).await.status, status, "{fields:?}");
        }
        let cut = form(&[("file", Some("c.txt"), key(3).as_bytes())]);
        let answer = upload(&app, TEXT, FORM, &cut[..cut.len() - 20]).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "malformed_request"));
        assert_eq!(total(&app, "/admin/api-keys").await, 2, "what was refused is not stored");
    }
}
