//! The official `openai` Python package calls the pool, as its users do.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::process::Command;

use crate::support::{TestApp, both_stores, in_time};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs the script; panics with all it printed unless it says that everything was as it should.
async fn python(app: &TestApp, path: &str, what: &[&str]) {
    let python = format!("{ROOT}/target/pyenv/bin/python");
    assert!(Path::new(&python).exists(), "no {python}: run `make deps`");
    let mut command = Command::new(python);
    command
        .arg(format!("{ROOT}/tests/clients/openai_chat.py"))
        .args([&app.url(path), &app.token])
        .args(what)
        // A proxy or a key of whoever runs the tests is none of theirs.
        .env_clear()
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = in_time("the script", command.output()).await.expect("Python starts");
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && printed == "ok\n", "{printed}{errors}");
}

both_stores! {
    async fn models_chats_streams_and_errors(app) {
        app.add_key("sk-python-0123456789").await;
        python(&app, "/v1", &[]).await;
        assert_eq!(app.stub.count("sk-python-0123456789"), 2, "a chat and a stream");
        assert_eq!(app.stub.calls().len(), 2, "the wrong token goes nowhere");
        assert_eq!(app.stats().await["success_count"], 2);
    }

    async fn another_provider_by_its_path(app) {
        app.add_key_with(&json!({"api_key": "sk-python-router-01", "provider": "openrouter"}))
            .await;
        python(&app, "/openrouter/v1", &[]).await;
        assert_eq!(app.stub.count("sk-python-router-01"), 2);
        assert!(app.stub.calls().iter().all(|call| call.path == "/api/v1/chat/completions"));
    }

    async fn a_token_that_has_had_its_requests(app) {
        app.add_key("sk-python-0123456789").await;
        let answer = app.admin("PATCH", "/admin/tokens/1", &json!({"rpm": 1})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        python(&app, "/v1", &["limited"]).await;
        assert_eq!(app.stub.calls().len(), 1);
    }

    async fn an_empty_pool(app) {
        python(&app, "/v1", &["empty"]).await;
        assert!(app.stub.calls().is_empty());
    }
}
