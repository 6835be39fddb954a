//! `secrets rotate` with the key in `secrets.json`, beside a running service.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use diesel::connection::LoadConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use pool_stub::Stub;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use super::ended;
use crate::support::{ADMIN_TOKEN, Program, program, until};

const KEYS: usize = 450;

fn with(dir: &Path, stub: &Stub, arguments: &[&str]) -> Command {
    let mut command = program(dir);
    command.env("ADMIN_TOKEN", ADMIN_TOKEN).env("OLLAMA_BASE_URL", stub.url()).args(arguments);
    command
}

fn encryption_key(dir: &Path) -> String {
    let file = fs::read(dir.join("data/secrets.json")).expect("the file");
    let stored: Value = serde_json::from_slice(&file).expect("JSON");
    stored["encryption_key"].as_str().expect("a key").to_owned()
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines<C>(conn: &mut C, sql: &str) -> Vec<String>
where
    C: LoadConnection,
    diesel::query_builder::SqlQuery: for<'a> diesel::query_dsl::LoadQuery<'a, C, Line>,
{
    let lines: Vec<Line> = diesel::sql_query(sql).load(conn).expect("rows");
    lines.into_iter().map(|line| line.line).collect()
}

/// The encryption keys under which anything is.
fn under(dir: &Path) -> Vec<String> {
    let path = dir.join("data/pool.sqlite3");
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).expect("the database");
    let sql = "SELECT sealed_with AS line FROM upstream_keys UNION \
        SELECT sealed_with FROM client_tokens UNION SELECT sealed_with FROM job_items";
    lines(&mut conn, sql)
}

async fn add(service: &Program, n: usize) -> (u16, Value) {
    let body = json!({"api_key": format!("sk-rotated-{n:010}")});
    let answer = service.call("POST", "/admin/api-keys", ADMIN_TOKEN, Some(&body)).await;
    (answer.status, answer.json())
}

#[actix_web::test]
async fn every_secret_opens_at_every_moment() {
    let (dir, stub) = (TempDir::new().unwrap(), Stub::start());
    let service = Program::start(with(dir.path(), &stub, &[])).await;
    let mut ids = Vec::new();
    for n in 0..KEYS {
        ids.push(add(&service, n).await.1["id"].as_i64().expect("an id"));
    }
    let body = json!({"name": "a"});
    service.call("POST", "/admin/tokens", ADMIN_TOKEN, Some(&body)).await;
    let (old_key, old) = (encryption_key(dir.path()), under(dir.path()));
    assert_eq!(old.len(), 1);

    let rotating =
        actix_web::rt::spawn(ended(with(dir.path(), &stub, &["secrets", "rotate", "--json"])));
    let (mut looks, mut news) = (0, KEYS);
    while !rotating.is_finished() {
        // Each opens a stored secret, wherever the rotation is.
        let body = json!({"id": ids[looks * 37 % KEYS]});
        let found = service.call("POST", "/admin/verify-key", ADMIN_TOKEN, Some(&body)).await;
        assert_eq!((found.status, &found.json()["valid"]), (200, &json!(true)), "look {looks}");
        assert_eq!(add(&service, looks * 53 % KEYS).await.0, 409, "no key twice");
        assert_eq!(add(&service, news).await.0, 201);
        (looks, news) = (looks + 1, news + 1);
    }
    assert!(looks > 3, "{looks}");
    let done = rotating.await.expect("it ends").done(&[&old_key]);
    let report = done.json();
    assert_eq!(report["complete"], true, "{report}");
    assert!(report["tables"][0]["resealed"].as_u64() >= Some(KEYS as u64), "{report}");
    let new_key = encryption_key(dir.path());
    assert!(new_key.len() == 64 && new_key != old_key && !done.out.contains(&new_key));
    assert_eq!(json!(under(dir.path())), json!([report["encryption_key"]]));
    assert_ne!(under(dir.path()), old);

    assert_eq!(add(&service, 0).await.0, 409);
    let verify = ["audit", "verify", "--json"];
    let whole = ended(with(dir.path(), &stub, &verify)).await.done(&[]).json();
    assert!(whole["rows"].as_i64() > Some(KEYS as i64), "{whole}");
    assert_eq!(whole["ok"], true, "rows under the old key are verified without it: {whole}");
    let (status, printed) = service.terminate().await;
    assert!(status.success() && !printed.contains(&new_key) && !printed.contains(&old_key));
    let again = Program::start(with(dir.path(), &stub, &[])).await;
    let body = json!({"id": ids[0]});
    let found = again.call("POST", "/admin/verify-key", ADMIN_TOKEN, Some(&body)).await;
    assert_eq!(found.json()["valid"], true);
    assert!(!again.terminate().await.1.contains("left out"));
}

#[actix_web::test]
async fn what_was_interrupted_is_finished() {
    let (dir, stub) = (TempDir::new().unwrap(), Stub::start());
    let service = Program::start(with(dir.path(), &stub, &[])).await;
    add(&service, 1).await;
    assert!(service.terminate().await.0.success());
    // As a rotation leaves it that was killed after its first step.
    let path = dir.path().join("data/secrets.json");
    let (old, new) = (encryption_key(dir.path()), "fedcba98765432100f1e2d3c4b5a6978".repeat(2));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(&old, &format!("{new},{old}"))).unwrap();
    let rotate = || ended(with(dir.path(), &stub, &["secrets", "rotate", "--json"]));
    // While another one is under way, nothing may be sealed under what may be the old key.
    let held = fs::File::create(dir.path().join("data/rotation.lock")).expect("a lock");
    held.lock().expect("a lock");
    let refused = ended(with(dir.path(), &stub, &["token", "create", "--name", "a"])).await;
    assert!(refused.code == Some(1) && refused.out.is_empty(), "{}", refused.err);
    assert_eq!(rotate().await.code, Some(1));
    drop(held);
    let report = rotate().await.done(&[&old, &new]).json();
    assert_eq!((&report["complete"], &report["tables"][0]["resealed"]), (&json!(true), &json!(1)));
    assert_eq!(encryption_key(dir.path()), new);
    rotate().await.done(&[&old, &new]);
    assert_ne!(encryption_key(dir.path()), new, "the next one makes a key of its own");
    let service = Program::start(with(dir.path(), &stub, &[])).await;
    assert_eq!(add(&service, 1).await.0, 409);
    let (status, printed) = service.terminate().await;
    assert!(status.success() && !printed.contains("left out"), "{printed}");
}

#[actix_web::test]
async fn keys_that_wait_to_be_asked_about_are_sealed_anew() {
    let (dir, stub) = (TempDir::new().unwrap(), Stub::start());
    // Lines of two arrays have the same numbers.
    let file = dir.path().join("keys.json");
    fs::write(&file, "[\"sk-waiting-000000001\"]\n[\"sk-waiting-000000002\"]\n").unwrap();
    let import = ["import", file.to_str().unwrap(), "--validate", "--json"];
    let begun = ended(with(dir.path(), &stub, &import)).await.done(&["sk-waiting"]);
    let old = under(dir.path());
    let report = ended(with(dir.path(), &stub, &["secrets", "rotate", "--json"])).await.done(&[]);
    assert_eq!(report.json()["complete"], true, "{}", report.out);
    assert_ne!(under(dir.path()), old);

    let service = Program::start(with(dir.path(), &stub, &[])).await;
    let job = format!("/admin/jobs/{}", begun.json()["job"].as_str().expect("a job"));
    let mut view = Value::Null;
    until("the import ends", async || {
        view = service.call("GET", &job, ADMIN_TOKEN, None).await.json();
        view["status"] != "running"
    })
    .await;
    assert_eq!((&view["status"], &view["added"]), (&json!("done"), &json!(2)), "{view}");
    let asked: BTreeSet<String> = stub.probes().into_iter().map(|probe| probe.key).collect();
    assert_eq!(asked.len(), 2, "each is still itself: {asked:?}");
    let list = service.call("GET", "/admin/api-keys", ADMIN_TOKEN, None).await.json();
    assert_eq!(list["total"], 2);
    assert!(service.terminate().await.0.success());
}
