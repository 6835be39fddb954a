//! What fails for one process, and for how long, the others needn't find out by themselves.

use std::time::Instant;

use pool_stub::Reply;
use serde_json::json;

use super::{Replicas, SOON};
use crate::support::{Answer, until};

/// A provider that no chat is sent to.
const OTHER: &str = "openrouter";

/// When a refusal says to come back, in seconds.
fn wait(refused: &Answer) -> u64 {
    refused.header("retry-after").and_then(|wait| wait.parse().ok()).unwrap_or_default()
}

/// Lets the first say something of a key that serves nobody: what it said before has been heard by
/// the others when they know of that.
async fn be_heard(replicas: &Replicas, id: i64) {
    for (deed, status) in [("disable", "disabled"), ("enable", "active")] {
        let path = format!("/admin/keys/{deed}");
        replicas.admin(0, "POST", &path, json!({"ids": [id]})).await;
        for which in [1, 2] {
            until(status, async || replicas.keys(which, OTHER, status).await == 1).await;
        }
    }
}

#[actix_web::test]
async fn a_model_that_fails_is_left_alone_by_all() {
    let replicas = Replicas::start(3, &[("MAX_ATTEMPTS", "1")]).await;
    let (secret, others) = ("sk-everywhere-0000011", [1, 2]);
    let other = replicas.add_to(0, OTHER, "sk-everywhere-0000013").await;
    replicas.add(0, secret).await;
    replicas.answer(&others, 200, "added").await;
    replicas.stub.always(secret, Reply::json(503, "{}"));
    // Its waits double: one of them is long enough to look at the others meanwhile.
    let mut refused = replicas.chat(0).await;
    until("a long wait", async || {
        refused = replicas.chat(0).await;
        wait(&refused) >= 4
    })
    .await;
    assert_eq!(refused.code(), "upstream_overloaded");

    let (since, asked) = (Instant::now(), replicas.stub.count(secret));
    be_heard(&replicas, other).await;
    for which in others {
        let refused = replicas.chat(which).await;
        assert_eq!((refused.code().as_str(), wait(&refused) >= 3), ("upstream_overloaded", true));
    }
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
    assert_eq!(replicas.stub.count(secret), asked, "a failing model is left alone");

    replicas.stub.always(secret, Reply::ok());
    assert_eq!(replicas.ask(1, "other").await.status, 200, "other models are not");
    until("it is well", async || replicas.chat(0).await.status == 200).await;
    be_heard(&replicas, other).await;
    replicas.stub.always(secret, Reply::json(503, "{}"));
    let asked = replicas.stub.count(secret);
    until("the count is full", async || wait(&replicas.chat(2).await) == 1).await;
    assert_eq!(replicas.stub.count(secret), asked + 3, "the count began anew");
    replicas.stop().await;
}

#[actix_web::test]
async fn waits_double_over_all() {
    let replicas = Replicas::start(3, &[("MAX_ATTEMPTS", "1")]).await;
    let secret = "sk-everywhere-0000012";
    let other = replicas.add_to(0, OTHER, "sk-everywhere-0000014").await;
    replicas.add(0, secret).await;
    replicas.answer(&[1, 2], 200, "added").await;
    replicas.stub.always(secret, Reply::json(429, "{}"));
    let asked = replicas.stub.count(secret);
    for (which, times) in [(0, 1), (1, 2), (2, 3)] {
        until("it asks", async || {
            replicas.chat(which).await;
            replicas.stub.count(secret) == asked + times
        })
        .await;
        for which in [0, 1, 2] {
            until("it is known", async || replicas.keys(which, "ollama", "cooling").await == 1)
                .await;
        }
    }
    // 1 s, 2 s and now 4 s, though each has met it once.
    let refused = replicas.chat(0).await;
    assert_eq!((refused.code().as_str(), wait(&refused)), ("all_keys_cooling", 4));

    replicas.stub.always(secret, Reply::ok());
    until("it is served", async || replicas.chat(0).await.status == 200).await;
    be_heard(&replicas, other).await;
    replicas.stub.always(secret, Reply::json(429, "{}"));
    assert_eq!(replicas.chat(1).await.code(), "upstream_rate_limited");
    let refused = replicas.chat(1).await;
    let first = ("all_keys_cooling", 1);
    assert_eq!((refused.code().as_str(), wait(&refused)), first, "it begins anew");
    replicas.stop().await;
}
