//! `token create`, `admin reset-token`, `db migrate`, `audit verify`, `openapi`, and exit codes.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{beside, command, deeds, ended, execute};
use crate::support::{ADMIN_TOKEN, Home, Program, both_stores, each_store, program};

both_stores! {
    async fn a_token_is_shown_once_and_works(app) {
        app.add_key("sk-for-the-token-0001").await;
        let made = beside(&app, &["token", "create", "--name", "from a script", "--json"]).await;
        let token = made.json()["token"].as_str().expect("a token").to_owned();
        assert_eq!((made.code, made.err.contains(&token)), (Some(0), false));
        let chat = json!({"model": "llama3.2", "messages": []});
        let answer = app.call("POST", "/v1/chat/completions", &token, Some(&chat)).await;
        assert_eq!(answer.status, 200);
        let bound = ["token", "create", "--name", "bound", "--provider", "openrouter"];
        let bound = beside(&app, &bound).await;
        let answer = app.call("POST", "/v1/chat/completions", bound.out.trim(), Some(&chat)).await;
        assert_eq!((bound.code, answer.status), (Some(0), 403), "{}", bound.err);
        let list = app.admin_get("/admin/tokens").await;
        assert!(list.text().contains("from a script") && !list.text().contains(&token));
        let deeds = deeds(&app).await;
        assert!(deeds.iter().all(|(what, to)| what == "token.create" && to.starts_with("token:")));
        assert_eq!(deeds.len(), 2);
    }

    async fn what_is_not_possible_ends_with_2(app) {
        for arguments in [
            &["token", "create"][..],
            &["token", "create", "--name", ""],
            &["token", "create", "--name", "a", "--provider", "nowhere"],
            &["token", "create", "--name", "a", "--rpm", "-1"],
            &["token", "create", "--name", "a", "--ip-allow", "somewhere"],
            &["keys", "list", "--status", "asleep"],
            &["keys", "list", "--provider", "nowhere"],
            &["admin", "reset-token"],
            &["secrets", "rotate"],
            &["migrate-from-v3", "mysql://u:canary-word@h/d"],
            &["nonsense"],
        ] {
            let refused = beside(&app, arguments).await.clean(&["canary-word", ADMIN_TOKEN]);
            assert_eq!(refused.code, Some(2), "{arguments:?}: {}", refused.err);
            assert!(refused.out.is_empty() && !refused.err.is_empty(), "{arguments:?}");
        }
        assert_eq!(deeds(&app).await, []);
    }

    async fn a_changed_audit_log_is_found(app) {
        app.add_key("sk-for-the-audit-0001").await;
        beside(&app, &["token", "create", "--name", "a"]).await.done(&[]);
        beside(&app, &["token", "create", "--name", "b"]).await.done(&[]);
        let good = beside(&app, &["audit", "verify", "--json"]).await.done(&[]).json();
        assert_eq!(good["ok"], true);
        assert!(good["rows"].as_i64() >= Some(2), "{good}");
        let (rows, head) = (good["rows"].as_i64().unwrap(), good["head"].as_str().unwrap());
        let noted = format!("{rows}:{}", &head[..12]);
        let there = beside(&app, &["audit", "verify", "--head", &noted]).await.done(&[]);
        assert!(there.out.contains(&format!("head {rows}:{head}")), "{}", there.out);
        let gone = format!("{}:{head}", rows + 1);
        let gone = beside(&app, &["audit", "verify", "--head", &gone]).await;
        assert!(gone.code == Some(1) && gone.out.contains("noted"), "{}", gone.out);
        let odd = beside(&app, &["audit", "verify", "--head", "7"]).await;
        assert_eq!(odd.code, Some(2), "{}", odd.err);
        let sql = "UPDATE audit_log SET target = 'token:77' WHERE action = 'token.create'";
        assert!(execute(&app, sql).await >= 2);
        let bad = beside(&app, &["audit", "verify", "--json"]).await;
        assert_eq!((bad.code, &bad.json()["ok"]), (Some(1), &json!(false)));
        let bad = beside(&app, &["audit", "verify"]).await;
        assert!(bad.code == Some(1) && bad.out.contains("broken"), "{}", bad.out);
    }
}

each_store! {
    async fn migrations_are_applied_once(store) {
        let home = Home::new(store).await;
        let first = ended(command(&home, &["db", "migrate", "--json"])).await.done(&[]).json();
        assert!(first["applied"].as_array().is_some_and(|list| list.len() >= 2), "{first}");
        let second = ended(command(&home, &["db", "migrate", "--json"])).await.done(&[]).json();
        assert_eq!(second, json!({"applied": []}));
        let words = ended(command(&home, &["db", "migrate"])).await.done(&[]).out;
        assert_eq!(words, "The schema is up to date\n");
    }
}

#[actix_web::test]
async fn the_description_of_the_api_is_printed() {
    let dir = TempDir::new().unwrap();
    let mut command = program(dir.path());
    command.arg("openapi");
    let printed = ended(command).await.done(&[]).json();
    assert!(printed["paths"]["/admin/jobs/{id}"].is_object());
    assert!(!dir.path().join("data").exists(), "it needs no store");
}

#[actix_web::test]
async fn a_new_admin_token_is_taken_up_while_serving() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("data/secrets.json");
    let stored = || -> Value { serde_json::from_slice(&fs::read(&path).unwrap()).unwrap() };
    let service = Program::start(program(dir.path())).await;
    let before = stored();
    let old = before["admin_token"].as_str().expect("a token").to_owned();
    let status = async |token: &str| service.call("GET", "/admin/stats", token, None).await.status;
    assert_eq!(status(&old).await, 200);
    let mut command = program(dir.path());
    command.args(["admin", "reset-token", "--json"]);
    let new = ended(command).await.done(&[&old]).json()["admin_token"].clone();
    let new = new.as_str().expect("a token");
    assert_eq!((status(new).await, status(&old).await), (200, 401));
    let after = stored();
    assert_eq!(after["admin_token"], new);
    assert_eq!(after["encryption_key"], before["encryption_key"]);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let (ended, printed) = service.terminate().await;
    assert!(ended.success() && !printed.contains(new) && !printed.contains(&old));
    let again = Program::start(program(dir.path())).await;
    assert_eq!(again.call("GET", "/admin/stats", new, None).await.status, 200);
}
