//! `migrate-from-v3`: from a database as version 3 left it, into both stores.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use serde_json::{Value, json};

use super::{Ended, command, ended};
use crate::support::{Home, Store, TestApp, each_store};

/// Every secret in the old database.
const SECRETS: [&str; 6] = [
    "sk-v3-active-canary-0001",
    "sk-v3-disabled-canary-02",
    "sk-v3-router-canary-0003",
    "pool-v3-token-canary-001",
    "pool-v3-user-canary-0002",
    "canary-password-hash",
];

/// Times in three spellings, as nobody knows which one version 3 used.
const TABLES: &str = "
CREATE TABLE ollama_api_keys (api_key TEXT PRIMARY KEY, username TEXT, status TEXT,
    created_at BIGINT, expires_at TEXT, failed_until BIGINT, disabled_until TIMESTAMPTZ,
    consecutive_failures INTEGER);
INSERT INTO ollama_api_keys VALUES
    ('sk-v3-active-canary-0001', 'ann', 'active', 1735689600123, NULL, NULL, NULL, 0),
    ('sk-v3-disabled-canary-02', 'bob', 'disabled', 1735689600, '4102444800000', 0, NULL, 7),
    ('short', 'eve', 'active', 1735689600, NULL, NULL, NULL, 0);
CREATE TABLE ollama_api_key_stats (api_key TEXT PRIMARY KEY, total_requests BIGINT,
    success_count BIGINT, failure_count BIGINT, success_rate REAL, last_used TIMESTAMP,
    last_success TEXT, last_failure BIGINT, consecutive_failures INTEGER, created_at BIGINT);
INSERT INTO ollama_api_key_stats VALUES
    ('sk-v3-active-canary-0001', 12, 10, 2, 0.83, '2025-02-01 10:00', '', 0, 0, 0),
    ('sk-v3-gone', 5, 5, 0, 1, NULL, NULL, NULL, 0, 0);
CREATE TABLE openrouter_api_keys (LIKE ollama_api_keys);
INSERT INTO openrouter_api_keys VALUES
    ('sk-v3-router-canary-0003', '', 'active', 1735689600, '', NULL, NULL, 0);
CREATE TABLE ollama_api_client_tokens (token TEXT PRIMARY KEY, name TEXT, created_at TIMESTAMP,
    expires_at BIGINT, request_count INTEGER);
INSERT INTO ollama_api_client_tokens VALUES
    ('pool-v3-token-canary-001', 'web', '2025-01-01 00:00:00', NULL, 41),
    ('pool-v3-user-canary-0002', 'ann@example.org', '2025-01-01 00:00:00', NULL, 3);
CREATE TABLE ollama_api_model_stats (id SERIAL, provider TEXT, model TEXT, total_requests BIGINT,
    success_count BIGINT, failure_count BIGINT, last_used BIGINT, created_at TEXT);
INSERT INTO ollama_api_model_stats (provider, model, total_requests, success_count, failure_count,
    created_at) VALUES ('ollama', 'llama3.2', 100, 90, 10, '2025-01-01T00:30:00.000Z'),
    ('ollama', 'qwen3', 4, 4, 0, '2025-01-02T00:30:00.000Z');
CREATE TABLE ollama_api_model_hourly (id SERIAL, provider TEXT, model TEXT, hour TEXT,
    requests BIGINT, success BIGINT, failure BIGINT, created_at BIGINT);
INSERT INTO ollama_api_model_hourly (provider, model, hour, requests, success, failure) VALUES
    ('ollama', 'llama3.2', '2025-01-01T00:00:00.000Z', 10, 9, 1),
    ('ollama', 'llama3.2', '2025-02-01T10', 30, 25, 5),
    ('ollama', 'llama3.2', '1738404000000', 2, 2, 0),
    ('ollama', 'qwen3', '2025-02-01T10:00:00Z', 4, 4, 0),
    ('ollama', 'qwen3', 'lunch', 4, 4, 0);
CREATE TABLE ollama_api_users (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), email TEXT,
    password_hash TEXT, is_active BOOLEAN, role TEXT, default_provider TEXT, key_token TEXT,
    key_provider TEXT, key_expires_at TIMESTAMPTZ, created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ,
    last_login_at TIMESTAMPTZ, last_sign_in_at TIMESTAMPTZ);
INSERT INTO ollama_api_users (email, password_hash, is_active, role, key_token, key_provider,
    key_expires_at, created_at) VALUES
    ('Ann@Example.org', 'canary-password-hash', TRUE, 'admin', 'pool-v3-user-canary-0002',
        'ollama', '2100-01-01 00:00:00+00', now()),
    ('bob@example.org', 'canary-password-hash', FALSE, 'user', NULL, NULL, NULL, now()),
    ('nobody', 'x', TRUE, 'user', NULL, NULL, NULL, now());
CREATE TABLE ollama_api_user_signins (id SERIAL, user_id UUID, sign_day DATE,
    created_at TIMESTAMPTZ);
INSERT INTO ollama_api_user_signins (user_id, sign_day, created_at)
    SELECT id, day, now() FROM ollama_api_users, (VALUES (DATE '2025-01-01'), ('2025-01-02')) AS d(day)
    WHERE email = 'Ann@Example.org';
";

/// An old database with these tables.
pub async fn old(sql: &str) -> (Home, String) {
    let home = Home::new(Store::Postgres).await;
    let url = home.settings().1;
    let mut conn = AsyncPgConnection::establish(&url).await.expect("Postgres answers");
    conn.batch_execute(sql).await.expect("good SQL");
    (home, url)
}

pub async fn migrate(home: &Home, from: &str, arguments: &[&str]) -> Ended {
    let arguments = [&["migrate-from-v3", from, "--json"], arguments].concat();
    ended(command(home, &arguments)).await.clean(&SECRETS)
}

/// `read, taken, existing, skipped, failed` of a table.
pub fn counts(report: &Value, table: &str) -> [u64; 5] {
    let tables = report["tables"].as_array().expect("tables");
    let found = tables.iter().find(|one| one["table"] == table).expect("the table");
    let counts = ["read", "taken", "existing", "skipped", "failed"]
        .map(|name| found[name].as_u64().expect("a count"));
    assert_eq!(counts[0], counts[1..].iter().sum::<u64>(), "{found}");
    counts
}

each_store! {
    async fn everything_is_taken_once(store) {
        let (home, (_old, from)) = (Home::new(store).await, old(TABLES).await);
        // Three rows make no sense, and are told of by the exit code.
        let dry = migrate(&home, &from, &["--dry-run"]).await;
        assert_eq!((dry.code, &dry.json()["dry_run"]), (Some(1), &json!(true)), "{}", dry.err);
        let first = migrate(&home, &from, &[]).await;
        assert_eq!(first.code, Some(1), "{}", first.err);
        let first = first.json();
        assert_eq!(dry.json()["tables"], first["tables"], "the dry run took nothing");
        for (table, expected) in [
            ("ollama_api_keys", [3, 2, 0, 0, 1]),
            ("ollama_api_key_stats", [2, 1, 0, 1, 0]),
            ("openrouter_api_keys", [1, 1, 0, 0, 0]),
            ("openrouter_api_key_stats", [0; 5]),
            ("ollama_api_client_tokens", [2, 2, 0, 0, 0]),
            ("openrouter_api_client_tokens", [0; 5]),
            ("ollama_api_model_hourly", [5, 4, 0, 0, 1]),
            ("ollama_api_model_stats", [2, 1, 0, 1, 0]),
            ("ollama_api_users", [3, 2, 0, 0, 1]),
            ("ollama_api_users.key_token", [1, 1, 0, 0, 0]),
            ("ollama_api_user_signins", [2, 2, 0, 0, 0]),
        ] {
            assert_eq!(counts(&first, table), expected, "{table}");
        }
        let second = migrate(&home, &from, &[]).await.json();
        for table in second["tables"].as_array().expect("tables") {
            let name = table["table"].as_str().expect("a name");
            let [_, taken, existing, ..] = counts(&second, name);
            assert_eq!((taken, existing), (0, counts(&first, name)[1]), "{name}");
        }

        let app = TestApp::start_in(home, &[]).await;
        look_at_keys(&app).await;
        look_at_tokens(&app).await;
        look_at_users(&app).await;
        app.stop().await;
    }
}

async fn look_at_keys(app: &TestApp) {
    let list = app.admin_get("/admin/api-keys?provider=all").await.json();
    let keys = list["api_keys"].as_array().expect("keys");
    let of = |name: &str| keys.iter().find(|key| key["username"] == name).expect("a key").clone();
    let (ann, bob, router) = (of("ann"), of("bob"), of(""));
    assert_eq!((&ann["status"], &ann["total_requests"]), (&json!("active"), &json!(12)));
    assert_eq!(ann["created_at"], "2025-01-01T00:00:00.123Z");
    assert_eq!(ann["last_used"], "2025-02-01T10:00:00.000Z");
    assert_eq!((&bob["status"], &bob["disabled_reason"]), (&json!("disabled"), &json!("manual")));
    assert_eq!(bob["expires_at"], "2100-01-01T00:00:00.000Z");
    assert_eq!(router["provider"], "openrouter");
    // 100 of llama3.2 and 4 of qwen3, whatever their hours say.
    let stats = app.admin_get("/admin/stats?provider=all").await.json();
    let sums = ["total_requests", "success_count", "failure_count"].map(|name| stats[name].clone());
    assert_eq!(sums, [json!(104), json!(94), json!(10)], "{stats}");
}

async fn look_at_tokens(app: &TestApp) {
    let chat = json!({"model": "llama3.2", "messages": []});
    for token in [SECRETS[3], SECRETS[4]] {
        let answer = app.call("POST", "/v1/chat/completions", token, Some(&chat)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let path = "/openrouter/v1/chat/completions";
        assert_eq!(app.call("POST", path, token, Some(&chat)).await.status, 403);
    }
    assert_eq!(app.stub.count(SECRETS[0]), 2);
    let list = app.admin_get("/admin/tokens").await;
    assert!(SECRETS.iter().all(|secret| !list.text().contains(secret)));
    // Sealed as nobody's when they were read, one has become a user's own.
    for token in list.json()["tokens"].as_array().expect("tokens") {
        let path = format!("/admin/tokens/{}/reveal", token["id"]);
        let shown = app.admin("POST", &path, &json!({})).await;
        assert_eq!(shown.status, 200, "{}", shown.text());
    }
}

async fn look_at_users(app: &TestApp) {
    use diesel::prelude::*;
    use diesel_async::RunQueryDsl;
    use ollama_api_pool::db::schema::{client_tokens, user_signins, users};
    let mut conn = app.app.database.get().await.expect("a connection");
    type Person = (String, String, bool, Option<String>, i64);
    let people: Vec<Person> = ollama_api_pool::with_conn!(&mut conn, |conn| {
        let columns =
            (users::email, users::role, users::is_active, users::password_hash, users::id);
        users::table.order(users::email).select(columns).load(conn).await
    })
    .expect("users");
    let [ann, bob] = people.as_slice() else { panic!("two users") };
    assert_eq!((ann.0.as_str(), ann.1.as_str(), ann.2), ("ann@example.org", "admin", true));
    assert_eq!((bob.0.as_str(), bob.1.as_str(), bob.2), ("bob@example.org", "user", false));
    assert!(people.iter().all(|person| person.3.is_none()), "no password is carried over");
    let own: Vec<(Option<i64>, i64, bool)> = ollama_api_pool::with_conn!(&mut conn, |conn| {
        let columns = (
            client_tokens::user_id,
            client_tokens::request_count,
            client_tokens::expires_at.is_not_null(),
        );
        client_tokens::table
            .filter(client_tokens::user_id.is_not_null())
            .select(columns)
            .load(conn)
            .await
    })
    .expect("tokens");
    // The count is the token table's, or one more when the chat above is counted already.
    assert!(own.len() == 1 && own[0].0 == Some(ann.4) && own[0].1 >= 3 && own[0].2, "{own:?}");
    let days: i64 = ollama_api_pool::with_conn!(&mut conn, |conn| {
        user_signins::table.filter(user_signins::user_id.eq(ann.4)).count().get_result(conn).await
    })
    .expect("check-ins");
    assert_eq!(days, 2);
}
