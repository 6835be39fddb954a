//! `migrate-from-v3` from databases that are not as they should be.

use super::v3::{counts, migrate, old};
use super::{command, ended};
use crate::support::{Home, TestApp, each_store};

/// Hardly anything is there, and what is has the wrong columns.
const FEW: &str = "
CREATE TABLE ollama_api_keys (api_key TEXT, status TEXT);
INSERT INTO ollama_api_keys VALUES ('sk-v3-few-columns-0001', 'failed');
CREATE TABLE ollama_api_client_tokens (name TEXT);
INSERT INTO ollama_api_client_tokens VALUES ('without a token');
CREATE TABLE openrouter_api_client_tokens (token TEXT);
INSERT INTO openrouter_api_client_tokens VALUES ('pool-v3-few-columns-01');
";

/// A token that worked at both providers, and statistics that grow.
const BOTH: &str = "
CREATE TABLE ollama_api_client_tokens (token TEXT, name TEXT);
CREATE TABLE openrouter_api_client_tokens (token TEXT, name TEXT);
INSERT INTO ollama_api_client_tokens VALUES ('pool-v3-both-providers', 'both');
INSERT INTO openrouter_api_client_tokens VALUES ('pool-v3-both-providers', 'both');
CREATE TABLE ollama_api_model_hourly (provider TEXT, model TEXT, hour TIMESTAMPTZ, requests INT,
    success INT, failure INT);
INSERT INTO ollama_api_model_hourly VALUES ('ollama', 'm', '2025-01-01 02:00+02', 1, 1, 0);
";

const MORE: &str = "UPDATE ollama_api_model_hourly SET requests = 5, success = 4, failure = 1";

each_store! {
    async fn what_is_missing_is_said_and_skipped(store) {
        let (home, (_old, from)) = (Home::new(store).await, old(FEW).await);
        let ended = migrate(&home, &from, &[]).await.done(&["sk-v3-few-columns-0001"]);
        let report = ended.json();
        assert_eq!(counts(&report, "ollama_api_keys"), [1, 1, 0, 0, 0]);
        assert_eq!(counts(&report, "ollama_api_client_tokens"), [0; 5]);
        assert_eq!(counts(&report, "openrouter_api_client_tokens"), [1, 1, 0, 0, 0]);
        for words in ["no column created_at", "skipped: it has no column token", "not there"] {
            assert!(ended.out.contains(words), "{words}: {}", ended.out);
        }
    }

    async fn an_empty_database_is_a_mistake(store) {
        let (home, (_old, from)) = (Home::new(store).await, old("SELECT 1").await);
        let refused = migrate(&home, &from, &[]).await;
        assert!(refused.code == Some(2) && refused.out.is_empty(), "{}", refused.err);
        let away = "postgres://u:canary-word@127.0.0.1:1/d";
        let failed = migrate(&home, away, &[]).await.clean(&["canary-word"]);
        assert!(failed.code == Some(1) && !failed.err.is_empty(), "{}", failed.err);
        // The address may be told where `ps` doesn't show it.
        let mut by_environment = command(&home, &["migrate-from-v3"]);
        by_environment.env("V3_DATABASE_URL", &from);
        assert_eq!(ended(by_environment).await.code, Some(2));
    }

    async fn run_again_it_brings_what_has_come_since(store) {
        let (home, (old_home, from)) = (Home::new(store).await, old(BOTH).await);
        let report = migrate(&home, &from, &[]).await.done(&[]).json();
        assert_eq!(counts(&report, "openrouter_api_client_tokens"), [1, 0, 1, 0, 0]);
        assert_eq!(counts(&report, "ollama_api_model_hourly"), [1, 1, 0, 0, 0]);
        more(&old_home).await;
        let report = migrate(&home, &from, &[]).await.done(&[]).json();
        assert_eq!(counts(&report, "ollama_api_model_hourly"), [1, 1, 0, 0, 0]);
        let app = TestApp::start_in(home, &[]).await;
        let stats = app.admin_get("/admin/stats?provider=all").await.json();
        assert_eq!((&stats["total_requests"], &stats["failure_count"]), (&5.into(), &1.into()));
        for path in ["/v1/chat/completions", "/openrouter/v1/chat/completions"] {
            let body = serde_json::json!({"model": "m", "messages": []});
            let answer = app.call("POST", path, "pool-v3-both-providers", Some(&body)).await;
            assert_eq!(answer.code(), "no_keys", "the token may ask: {}", answer.text());
        }
        app.stop().await;
    }
}

async fn more(old: &Home) {
    use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
    let url = old.settings().1;
    let mut conn = AsyncPgConnection::establish(&url).await.expect("Postgres answers");
    conn.batch_execute(MORE).await.expect("good SQL");
}
