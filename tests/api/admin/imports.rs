//! Importing keys, and taking them back.

mod doors;
mod faults;
mod undo;
mod validated;

use std::time::Duration;

use awc::http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::secrets::stored;
use crate::support::{ADMIN_TOKEN, Answer, TestApp, both_stores};

const LIST: &str = "/admin/api-keys/import";
const ACCOUNTS: &str = "/admin/import";
const TEXT: &str = "/admin/api-keys/import-from-txt";

/// In every password and session.
const CANARY: &str = "cAnArY-pAsSwOrD";

fn key(number: usize) -> String {
    format!("{number:032x}.imported-key-{number}")
}

/// A body of this kind.
async fn upload(app: &TestApp, path: &str, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
    let client = awc::Client::builder().disable_timeout().finish();
    let request = client.post(app.url(path)).bearer_auth(ADMIN_TOKEN);
    let sent = request.insert_header((CONTENT_TYPE, kind)).send_body(body.into()).await;
    Answer::read(sent.expect("the pool answers")).await
}

const FORM: &str = "multipart/form-data; boundary=xxBOUNDARYxx";

/// A form with these fields; those with a file's name are files.
fn form(fields: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, value) in fields {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let head = format!(
            "--xxBOUNDARYxx\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
        );
        body.extend([head.as_bytes(), value, b"\r\n"].concat());
    }
    body.extend(b"--xxBOUNDARYxx--\r\n");
    body
}

/// The report, which must add up.
fn report(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let report = answer.json();
    let count = |name: &str| report[name].as_u64().expect("a count");
    let parts = ["added", "existing", "duplicates", "failed", "skipped"];
    assert_eq!(count("total"), parts.iter().map(|name| count(name)).sum::<u64>(), "{report}");
    assert_eq!((&report["success"], &report["imported"]), (&json!(true), &report["added"]));
    report
}

/// `added, existing, duplicates, failed, skipped`.
fn counts(report: &Value) -> [u64; 5] {
    ["added", "existing", "duplicates", "failed", "skipped"]
        .map(|name| report[name].as_u64().unwrap())
}

async fn total(app: &TestApp, path: &str) -> u64 {
    app.admin_get(path).await.json()["total"].as_u64().expect("a total")
}

/// A file with something of everything: two new keys, one known, one twice, two at fault, one
/// without a key.
fn file() -> String {
    let line = |label: &str, key: &str| format!("{label}----{CANARY}----{CANARY};a=b----{key}\r\n");
    [
        "\u{feff}# accounts\r\n\r\n".to_owned(),
        line("ann@example.com", &key(1)),
        line("张三", &key(2)),
        line("known@example.com", &key(3)),
        line("again@example.com", &key(1)),
        line("nokey@example.com", ""),
        line("bad@example.com", &format!("{CANARY} with spaces")),
        format!("{{\"api_key\":\"{}\",\"password\":\"{CANARY}\",\"ttl\":\"{CANARY}\"}}", key(4)),
    ]
    .concat()
}

both_stores! {
    async fn the_report_adds_up_and_keys_serve_at_once(app) {
        app.add_key(&key(3)).await;
        let report = report(&upload(&app, TEXT, "text/plain", file()).await);
        assert_eq!(counts(&report), [2, 1, 1, 2, 1]);
        let lines: Vec<_> =
            report["details"].as_array().unwrap().iter().map(|it| it["line"].as_u64().unwrap()).collect();
        assert_eq!(lines, [5, 6, 7, 8, 9]);
        assert_eq!(report["categories"], json!({"general": 2}));
        assert_eq!(report["dry_run"], false);
        for _ in 0..3 {
            assert_eq!(app.ask("llama3.2").await.status, 200);
        }
        assert_eq!([1, 2, 3].map(|number| app.stub.count(&key(number))), [1, 1, 1]);
        let names = app.admin_get("/admin/api-keys?sort=username").await.json();
        let names: Vec<_> =
            names["api_keys"].as_array().unwrap().iter().map(|key| key["username"].clone()).collect();
        assert!(names.contains(&json!("张三")) && names.contains(&json!("ann@example.com")));
    }

    async fn passwords_are_nowhere(app) {
        app.add_key(&key(3)).await;
        let mut seen = upload(&app, TEXT, "text/plain", file()).await.text();
        let accounts = json!({"accounts": [format!("a----{CANARY}----{CANARY}----{}", key(9)),
            {"key": key(8), "password": CANARY}, {"key": [CANARY]}, CANARY.repeat(200)]});
        seen += &app.admin("POST", ACCOUNTS, &accounts).await.text();
        seen += &app.admin("POST", ACCOUNTS, &json!({"accounts": CANARY, "ttl": CANARY})).await.text();
        seen += &app.admin("POST", TEXT, &json!({"content": [CANARY]})).await.text();
        for path in ["/admin/api-keys", "/admin/imports", "/admin/keys/stats"] {
            seen += &app.admin_get(path).await.text();
        }
        let stored = stored(&app.home).await;
        assert!(stored.contains("ann@example.com") && stored.contains("key.import"));
        for secret in [CANARY, &key(1), &key(8), &key(9)] {
            assert!(!seen.contains(secret), "{secret}: {seen}");
            assert!(!stored.contains(secret), "{secret} is stored");
        }
    }

    async fn a_dry_run_changes_nothing(app) {
        app.add_key(&key(3)).await;
        for flag in ["dry_run", "dryRun"] {
            let answer = upload(&app, &format!("{TEXT}?{flag}=true"), "text/plain", file()).await;
            let report = report(&answer);
            assert_eq!(counts(&report), [2, 1, 1, 2, 1]);
            assert_eq!((&report["dry_run"], &report["import_id"]), (&json!(true), &Value::Null));
        }
        assert_eq!(total(&app, "/admin/api-keys").await, 1);
        assert_eq!(total(&app, "/admin/imports").await, 0);
        assert!(!stored(&app.home).await.contains("key.import"));
    }

    async fn what_keys_have_in_common_is_set(app) {
        let body = json!({"keys": [key(1), {"apiKey": key(2), "username": "Bob", "account": "own",
            "ttl": 60}], "account": "shared", "ttl": 3600, "weight": 2, "max_concurrency": 3,
            "provider": "openrouter"});
        assert_eq!(counts(&report(&app.admin("POST", LIST, &body).await)), [2, 0, 0, 0, 0]);
        let list = app.admin_get("/admin/api-keys?provider=openrouter").await.json();
        let shown: Vec<_> = list["api_keys"].as_array().unwrap().iter().map(|key| json!([
            key["username"], key["account"], key["weight"], key["max_concurrency"], key["status"],
        ])).collect();
        assert_eq!(shown, [json!(["", "shared", 2, 3, "active"]), json!(["Bob", "own", 2, 3, "active"])]);
        app.app.clock.advance(Duration::from_secs(61));
        let expired = "/admin/api-keys?provider=openrouter&status=expired";
        assert_eq!(total(&app, expired).await, 1);
        app.app.clock.advance(Duration::from_secs(3600));
        assert_eq!(total(&app, expired).await, 2);
        assert_eq!(total(&app, "/admin/api-keys").await, 0, "of the default provider");
    }

    async fn a_key_is_known_by_its_provider(app) {
        app.add_key(&key(1)).await;
        let keys = json!({"keys": [key(1)]});
        let there = app.admin("POST", LIST, &keys).await;
        assert_eq!(counts(&report(&there)), [0, 1, 0, 0, 0]);
        let elsewhere = app.admin("POST", &format!("{LIST}?provider=openrouter"), &keys).await;
        assert_eq!(counts(&report(&elsewhere)), [1, 0, 0, 0, 0]);
    }

    async fn many_at_once_add_each_key_once(app) {
        let keys = json!({"keys": (0..300).map(key).collect::<Vec<_>>()});
        let all = (0..4).map(|_| app.admin("POST", LIST, &keys));
        let reports = futures_util::future::join_all(all).await;
        let counts: Vec<_> = reports.iter().map(|answer| counts(&report(answer))).collect();
        assert_eq!(counts.iter().map(|[added, ..]| added).sum::<u64>(), 300);
        assert!(counts.iter().all(|[added, existing, ..]| added + existing == 300));
        assert_eq!(app.stats().await["total_api_keys"], 300);
        let list = app.admin_get("/admin/imports").await.json();
        let added = list["imports"].as_array().unwrap().iter().map(|it| it["added"].as_u64().unwrap());
        assert_eq!(added.sum::<u64>(), 300, "the list tells what came of the race");
    }
}
