//! Where secrets must not be: answers, the database, the logs. Canaries tell.

use std::fs;

use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use pool_stub::{Reply, Stub};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{ADMIN_TOKEN, Home, Program, Store, both_stores, program};

const KEY: &str = "sk-canary-3c9f3c9f-upstream-key-9f3c";

/// An error in which the upstream names the key, as some do.
fn telltale(status: u16) -> Reply {
    let words = format!(r#"{{"error":{{"message":"Incorrect API key provided: {KEY}"}}}}"#);
    Reply::json(status, &words)
}

/// What an upstream may do to a request, each with a key in what it says if it says anything.
fn troubles() -> Vec<Reply> {
    let inside = format!(r#"{{"error":{{"message":"{KEY}","code":500}}}}"#);
    let mut troubles: Vec<_> = [401, 402, 403, 429, 500, 502, 503].map(telltale).into();
    troubles.extend([Reply::reset(), Reply::close(), Reply::html(), Reply::empty()]);
    troubles.extend([Reply::too_short(), Reply::json(200, &inside)]);
    troubles
}

/// The answer's head and body as text.
fn all_of(answer: &crate::support::Answer) -> String {
    format!("{:?} {}", answer.headers, answer.text())
}

fn assert_clean(what: &str, text: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!text.contains(secret), "{what} holds {secret}: {text}");
    }
}

/// Everything that the program has stored.
pub async fn stored(home: &Home) -> String {
    let (dir, url, _) = home.settings();
    if home.store() == Store::Sqlite {
        let mut all = Vec::new();
        for file in ["pool.sqlite3", "pool.sqlite3-wal"] {
            all.extend(fs::read(format!("{dir}/{file}")).expect("a file of the database"));
        }
        return String::from_utf8_lossy(&all).into_owned();
    }
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let mut conn = AsyncPgConnection::establish(&url).await.expect("Postgres answers");
    let sql = "SELECT query_to_xml(format('SELECT * FROM %I', table_name), true, true, '')::text \
        AS line FROM information_schema.tables WHERE table_schema = current_schema()";
    let lines: Vec<Line> = diesel::sql_query(sql).load(&mut conn).await.expect("all tables");
    lines.into_iter().map(|line| line.line).collect()
}

both_stores! {
    async fn answers_and_the_database_hold_none(app, ["--max-attempts=1"]) {
        let (id, token) = (app.add_key(KEY).await, app.token.clone());
        let secrets = [KEY, token.as_str(), ADMIN_TOKEN];
        for (n, trouble) in troubles().into_iter().enumerate() {
            app.stub.next("*", trouble);
            // Each with a model of its own: one that keeps failing is left alone for a while.
            let answer = app.ask(&format!("model-{n}")).await;
            assert_ne!(answer.status, 200, "trouble {n}");
            assert_clean("a failed chat", &all_of(&answer), &secrets);
            app.admin("POST", "/admin/keys/enable", &json!({"id": id})).await;
        }
        assert_eq!(app.stub.calls().len(), troubles().len());
        app.stub.on_probe("*", telltale(401));
        for body in [json!({"id": id}), json!({"apiKey": KEY})] {
            let answer = app.admin("POST", "/admin/verify-key", &body).await;
            assert_clean("verify", &all_of(&answer), &secrets);
        }
        for path in [
            "/admin/api-keys?provider=all",
            "/admin/keys/stats",
            "/admin/stats",
            "/admin/tokens",
            "/admin/client-tokens",
            "/admin/providers",
            "/admin/public-stats",
            "/health",
            "/v1/models",
            "/readyz",
        ] {
            assert_clean(path, &all_of(&app.admin_get(path).await), &secrets);
        }
        for body in [
            json!({"api_key": KEY}),
            json!({"api_key": [KEY]}),
            json!({"apiKey": KEY,
            "weight": KEY}),
            json!({"api_key": format!("{KEY} {KEY}")}),
            json!(KEY),
        ] {
            let answer = app.admin("POST", "/admin/api-keys", &body).await;
            assert!(answer.status >= 400);
            assert_clean("a refusal", &all_of(&answer), &secrets);
        }
        let stored = stored(&app.home).await;
        assert!(stored.contains("sk-c…9f3c"), "the masked key is there, so this is the place");
        assert_clean("the database", &stored, &[KEY, &token, &KEY[10..26], &token[8..24]]);
    }
}

/// The last part of a run's life in which a secret could get out.
#[actix_web::test]
async fn logs_hold_none() {
    let (dir, stub) = (TempDir::new().unwrap(), Stub::start());
    let mut command = program(dir.path());
    command.env("RUST_LOG", "debug").env("OLLAMA_BASE_URL", stub.url());
    command.env("ADMIN_TOKEN", ADMIN_TOKEN).env("MAX_ATTEMPTS", "1");
    let program = Program::start(command).await;
    let admin = async |path: &str, body: Value| {
        program.call("POST", path, ADMIN_TOKEN, Some(&body)).await.json()
    };
    let id = admin("/admin/api-keys", json!({"api_key": KEY})).await["id"].clone();
    let token = admin("/admin/tokens", json!({"name": "a"})).await;
    let token = token["token"].as_str().expect("a token");
    let prompt = "a-private-prompt-4711";
    let messages = json!([{"role": "user", "content": prompt}]);
    let mut replies = troubles();
    replies.push(Reply::ok());
    for (n, reply) in replies.into_iter().enumerate() {
        stub.next("*", reply);
        let chat = json!({"model": format!("model-{n}"), "messages": messages});
        program.call("POST", "/v1/chat/completions", token, Some(&chat)).await;
        admin("/admin/keys/enable", json!({"id": id})).await;
    }
    assert_eq!(stub.calls().len(), troubles().len() + 1);
    admin("/admin/verify-key", json!({"apiKey": KEY})).await;
    admin("/admin/api-keys", json!({"api_key": KEY, "weight": KEY})).await;
    program.call("GET", "/v1/models", token, None).await;
    program.call("GET", "/admin/stats", &format!("{ADMIN_TOKEN}-wrong"), None).await;
    let made: Value =
        serde_json::from_slice(&fs::read(dir.path().join("data/secrets.json")).unwrap())
            .expect("the other secrets");
    let (status, printed) = program.terminate().await;
    assert!(status.success() && printed.contains("DEBUG"), "debug lines: {printed}");
    let kept = made["encryption_key"].as_str().expect("a key");
    assert_clean("the log", &printed, &[KEY, token, ADMIN_TOKEN, kept, prompt]);
}
