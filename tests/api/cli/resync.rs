//! Keys that another process adds or deletes reach the pool.

use ollama_api_pool::vault::{Binding, Sealed};
use serde_json::json;

use super::{beside, command, execute};
use crate::support::{ADMIN_TOKEN, Program, TestApp, both_stores, canary, until};

/// Puts a key with this number beside the one that is there, as another process would.
async fn insert(app: &TestApp, id: i64) {
    let secret = format!("sk-put-there-{id:010}");
    canary::release(&secret);
    let fingerprint = app.app.vault.fingerprint(&secret);
    let binding = Binding::upstream_key("ollama", &fingerprint);
    let Sealed { sealed, sealed_with } = app.app.vault.seal(&binding, &secret).expect("sealed");
    let insert = format!(
        "INSERT INTO upstream_keys (id, provider, masked, fingerprint, sealed, sealed_with, \
         created_at) SELECT {id}, provider, 'sk-p…', '{fingerprint}', '{sealed}', \
         '{sealed_with}', created_at FROM upstream_keys LIMIT 1"
    );
    assert_eq!(execute(app, &insert).await, 1);
}

both_stores! {
    async fn what_another_process_did_is_found(app) {
        assert_eq!(app.ask("llama3.2").await.code(), "no_keys");
        let other = Program::start(command(&app.home, &[])).await;
        let add = async |secret: &str| {
            let body = json!({ "api_key": secret });
            let answer = other.call("POST", "/admin/api-keys", ADMIN_TOKEN, Some(&body)).await;
            answer.json()["id"].as_i64().expect("an id")
        };
        let look = async || assert!(app.app.actors.key_pool.resync().await.expect("a pool"));
        let first = add("sk-from-elsewhere-0001").await;
        look().await;
        assert_eq!(app.ask("llama3.2").await.status, 200);
        assert_eq!(app.stub.count("sk-from-elsewhere-0001"), 1);

        // One that is in use is not put back to where it was.
        app.admin("POST", "/admin/keys/disable", &json!({"id": first})).await;
        let second = add("sk-from-elsewhere-0002").await;
        look().await;
        look().await;
        assert_eq!(app.ask("llama3.2").await.status, 200);
        assert_eq!(app.stub.count("sk-from-elsewhere-0002"), 1);
        let path = format!("/admin/api-keys/{second}");
        assert_eq!(other.call("DELETE", &path, ADMIN_TOKEN, None).await.status, 200);
        look().await;
        let answer = app.ask("llama3.2").await;
        assert_ne!(answer.status, 200, "the other key is still disabled");
        assert_ne!(answer.code(), "no_keys", "but it is there");

        // As a transaction does that commits a lower id after a higher one.
        app.add_key("sk-from-here-000000003").await;
        for id in [1000, 999] {
            insert(&app, id).await;
            look().await;
        }
        for _ in 0..4 {
            assert_eq!(app.ask("llama3.2").await.status, 200);
        }
        let counts = app.app.actors.key_pool.observe("ollama").await.expect("a pool").counts;
        assert_eq!(counts.active, 3, "{counts:?}");
        assert!(other.terminate().await.0.success());
    }

    /// Replicas' news ask for looks at any time: an answer that tells of a look from before the
    /// question would be no answer.
    async fn a_look_that_is_asked_for_beside_others_sees_what_is_there(app) {
        let key_pool = app.app.actors.key_pool.clone();
        let others = actix_web::rt::spawn(async move {
            loop {
                let (one, another) = futures_util::join!(key_pool.resync(), key_pool.resync());
                assert!(one.expect("a pool") && another.expect("a pool"));
            }
        });
        app.add_key("sk-from-here-000000001").await;
        for copy in 1..=10 {
            insert(&app, 100 + copy).await;
            assert!(app.app.actors.key_pool.resync().await.expect("a pool"));
            let counts = app.app.actors.key_pool.observe("ollama").await.expect("a pool").counts;
            assert_eq!(i64::try_from(counts.active), Ok(copy + 1), "{counts:?}");
        }
        others.abort();
    }

    async fn nobody_has_to_ask_for_a_look(app) {
        let other = Program::start(command(&app.home, &[])).await;
        let body = json!({"api_key": "sk-from-elsewhere-0009"});
        other.call("POST", "/admin/api-keys", ADMIN_TOKEN, Some(&body)).await;
        let active = async || {
            app.app.actors.key_pool.observe("ollama").await.expect("a pool").counts.active
        };
        until("the key is in use", async || active().await == 1).await;
        assert_eq!(app.ask("llama3.2").await.status, 200);
        let listed = beside(&app, &["keys", "list", "--json"]).await.done(&[]).json();
        assert_eq!(listed.as_array().map(Vec::len), Some(1));
        assert!(other.terminate().await.0.success());
    }
}
