//! `import FILE`.

use std::fs;
use std::process::Stdio;

use pool_stub::Reply;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use super::{beside, command, deeds};
use crate::admin::validated_import::{ended, numbers};
use crate::support::{both_stores, in_time};

const KEY: &str = "sk-imported-canary-0001";
const LINES: &str = "ann@example.org----canary-password----sk-imported-canary-0001\n\
    # a remark\n\
    sk-imported-canary-0002\n\
    sk-imported-canary-0002\n\
    no key at all\n";

fn counts(report: &Value) -> [i64; 5] {
    ["total", "added", "existing", "duplicates", "failed"]
        .map(|name| report[name].as_i64().expect("a count"))
}

both_stores! {
    async fn a_file_reaches_a_running_service(app) {
        let file = format!("{}/keys.txt", app.home.settings().0);
        fs::write(&file, LINES).expect("a file");
        let secrets = [KEY, "canary-password", "sk-imported-canary-0002"];
        let dry = beside(&app, &["import", &file, "--dry-run", "--json"]).await.clean(&secrets);
        assert_eq!((dry.code, counts(&dry.json())), (Some(1), [4, 2, 0, 1, 1]), "{}", dry.err);
        assert_eq!((deeds(&app).await, &dry.json()["import_id"]), (vec![], &json!(null)));

        let account = ["import", &file, "--json", "--account", "team", "--ttl", "3600"];
        let done = beside(&app, &account).await.clean(&secrets);
        assert_eq!((done.code, counts(&done.json())), (Some(1), [4, 2, 0, 1, 1]), "{}", done.err);
        let import = done.json()["import_id"].as_i64().expect("an import");
        assert_eq!(deeds(&app).await, [("key.import".to_owned(), format!("import:{import}"))]);
        assert!(app.app.actors.key_pool.resync().await.expect("a pool"));
        assert_eq!(app.ask("llama3.2").await.status, 200);
        let list = app.admin_get("/admin/api-keys").await.json();
        let ann = &list["api_keys"][0];
        assert_eq!((&ann["username"], &ann["account"]), (&json!("ann@example.org"), &json!("team")));
        assert!(ann["expires_at"].is_string());

        let again = beside(&app, &["import", &file]).await.clean(&secrets);
        assert_eq!(again.code, Some(1));
        assert!(again.out.contains("existing    2"), "{}", again.out);
        let away = beside(&app, &["import", "/nowhere/keys.txt"]).await;
        assert!(away.code == Some(1) && away.out.is_empty(), "{}", away.err);
        let other = beside(&app, &["import", &file, "--provider", "nowhere"]).await;
        assert_eq!(other.code, Some(2), "{}", other.err);
    }

    async fn keys_come_from_stdin(app) {
        let mut command = command(&app.home, &["import", "-", "--provider", "openrouter", "--json"]);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(b"[\"sk-from-stdin-0000001\", {\"key\": \"sk-from-stdin-0000002\"}]").await.unwrap();
        drop(stdin);
        let output = in_time("it ends", child.wait_with_output()).await.expect("its end");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(counts(&report), [2, 2, 0, 0, 0]);
        let list = app.admin_get("/admin/api-keys?provider=openrouter").await.json();
        assert_eq!(list["total"], 2);
    }
    async fn a_validated_file_is_left_to_the_service(app, ["--probe-retry-ms=0"]) {
        let file = format!("{}/keys.txt", app.home.settings().0);
        fs::write(&file, LINES).expect("a file");
        let secrets = [KEY, "canary-password", "sk-imported-canary-0002"];
        let dry = ["import", &file, "--validate", "--dry-run", "--json"];
        let dry = beside(&app, &dry).await.clean(&secrets);
        assert_eq!((dry.code, counts(&dry.json())), (Some(1), [4, 2, 0, 1, 1]), "{}", dry.err);
        assert!(app.stub.probes().is_empty() && deeds(&app).await.is_empty());

        app.stub.on_probe("sk-imported-canary-0002", Reply::json(401, "{}"));
        let begun = ["import", &file, "--validate", "--weight", "4", "--json"];
        let begun = beside(&app, &begun).await.done(&secrets);
        let job = format!("/admin/jobs/{}", begun.json()["job"].as_str().expect("a job"));
        app.app.actors.jobs.look().await.expect("an actor");
        let view = ended(&app, &job).await;
        assert_eq!(numbers(&view), [4, 4, 1, 1, 2, 0, 0, 1, 0], "{view}");
        assert_eq!((&view["status"], &view["actor"]), (&json!("done"), &json!("command-line")));
        let list = app.admin_get("/admin/api-keys").await.json();
        assert_eq!((&list["total"], &list["api_keys"][0]["weight"]), (&json!(1), &json!(4)));

        let text = beside(&app, &["import", &file, "--validate", "--keep-unclear"]).await;
        assert!(text.done(&secrets).out.starts_with("job "));
        assert_eq!(beside(&app, &["import", &file, "--keep-unclear"]).await.code, Some(2));
        fs::write(&file, "# nothing\n").expect("a file");
        assert_eq!(beside(&app, &["import", &file, "--validate"]).await.code, Some(1));
    }
}
