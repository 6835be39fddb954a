//! `keys list`, `keys verify`, `keys export`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use pool_stub::Reply;
use serde_json::json;

use super::{beside, command, deeds, execute};
use crate::support::{both_stores, in_time};

const GOOD: &str = "sk-good-3c9f3c9f-canary-0001";
const BAD: &str = "sk-bad-77aa77aa-canary-00002";

both_stores! {
    async fn lists_are_masked_and_narrowed(app) {
        app.add_key_with(&json!({"api_key": GOOD, "username": "ann"})).await;
        let id = app.add_key_with(&json!({"api_key": BAD, "username": "bob"})).await;
        app.admin("POST", "/admin/keys/disable", &json!({"id": id})).await;
        assert!(app.app.actors.key_pool.save().await.expect("a pool"));
        let all = beside(&app, &["keys", "list", "--json"]).await.done(&[GOOD, BAD]).json();
        assert_eq!(all.as_array().map(Vec::len), Some(2));
        assert_eq!(all[0]["api_key"], "sk-g…0001");
        let off = beside(&app, &["keys", "list", "--json", "--status", "disabled"]).await.json();
        assert_eq!((off.as_array().map(Vec::len), &off[0]["id"]), (Some(1), &json!(id)));
        let table = beside(&app, &["keys", "list", "--search", "BOB"]).await.done(&[GOOD, BAD]);
        assert!(table.out.contains("sk-b…0002") && !table.out.contains("sk-g…"), "{}", table.out);
        // As another program may have stored it: it must not steer the terminal.
        execute(&app, "UPDATE upstream_keys SET username = 'a\u{7}\u{1b}[2J\tb'").await;
        let table = beside(&app, &["keys", "list"]).await;
        assert!(table.out.starts_with("ID") && table.out.contains("a??[2J?b"), "{}", table.out);
        let none = beside(&app, &["keys", "list", "--json", "--status", "expired"]).await.json();
        assert_eq!(none, json!([]));
    }

    async fn verifying_tells_good_from_bad_and_changes_nothing(app) {
        let good = app.add_key(GOOD).await;
        let all = beside(&app, &["keys", "verify", "--json"]).await.done(&[GOOD]).json();
        assert_eq!(all, json!({"total": 1, "counts": {"valid": 1}, "keys": []}));
        let bad = app.add_key(BAD).await;
        app.stub.on_probe(BAD, Reply::json(401, r#"{"error":"unauthorized"}"#));
        let ended = beside(&app, &["keys", "verify", "--json"]).await.clean(&[GOOD, BAD]);
        assert_eq!(ended.code, Some(1));
        let found = ended.json();
        assert_eq!(found["counts"], json!({"valid": 1, "invalid": 1}));
        assert_eq!((&found["keys"][0]["id"], &found["keys"][0]["status"]), (&json!(bad), &json!("invalid")));
        assert_eq!(app.key(good).await["status"], "active");
        assert_eq!(app.key(bad).await["status"], "active");
        let table = beside(&app, &["keys", "verify"]).await.clean(&[GOOD, BAD]);
        assert!(table.out.contains("2 keys: 1 invalid, 1 valid"), "{}", table.out);
    }

    async fn exports_show_secrets_only_when_told(app) {
        app.add_key_with(&json!({"api_key": GOOD, "username": "a, \"quoted\" one"})).await;
        let masked = beside(&app, &["keys", "export"]).await.done(&[GOOD]);
        assert!(masked.out.contains("\"a, \"\"quoted\"\" one\""), "{}", masked.out);
        assert_eq!(deeds(&app).await, []);
        let open = beside(&app, &["keys", "export", "--secrets"]).await;
        assert!(open.out.contains(GOOD) && !open.err.contains(GOOD));
        assert_eq!(deeds(&app).await, [("key.export".to_owned(), "key:all".to_owned())]);
        let file = format!("{}/keys.csv", app.home.settings().0);
        let to_file = ["keys", "export", "--secrets", "--output", &file];
        beside(&app, &to_file).await.done(&[GOOD]);
        assert_eq!(fs::read_to_string(&file).expect("a file"), open.out);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(beside(&app, &to_file).await.code, Some(1), "it overwrites nothing");
    }

    async fn a_reader_that_leaves_is_no_failure(app) {
        app.add_key(GOOD).await;
        for arguments in [&["keys", "list", "--json"][..], &["keys", "list"], &["keys", "export"]] {
            let mut command = command(&app.home, arguments);
            let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
            drop(child.stdout.take());
            let output = in_time("it ends", child.wait_with_output()).await.expect("its end");
            let err = String::from_utf8_lossy(&output.stderr);
            assert_eq!((output.status.code(), err.as_ref()), (Some(0), ""), "{arguments:?}");
        }
    }
}
