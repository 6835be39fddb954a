//! What fails for one process, and for how long, the others needn't find out by themselves.

use pool_stub::Reply;
use serde_json::json;

use super::Replicas;
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

/// A chat whose text is its own.
async fn say(replicas: &Replicas, which: usize, text: &str) -> Answer {
    let body = json!({"model": "llama3.2", "messages": [{"role": "user", "content": text}]});
    replicas.all[which].call("POST", "/v1/chat/completions", &replicas.token, Some(&body)).await
}

#[actix_web::test]
async fn a_breaker_that_opens_is_open_at_all() {
    let replicas = Replicas::start(3, &[]).await;
    let secrets = ["sk-everywhere-0000011", "sk-everywhere-0000015"];
    for secret in secrets {
        replicas.add(0, secret).await;
    }
    replicas.answer(&[1, 2], 200, "added").await;
    secrets.iter().for_each(|secret| replicas.stub.always(secret, Reply::json(503, "{}")));
    let calls = || secrets.iter().map(|secret| replicas.stub.count(secret)).sum::<usize>();
    let before = calls();
    for n in 0..3 {
        say(&replicas, 0, &format!("first {n}")).await;
    }
    assert_eq!(say(&replicas, 0, "more").await.code(), "circuit_breaker_open");
    for which in [1, 2] {
        until("the others refuse at once", async || {
            say(&replicas, which, "another").await.code() == "circuit_breaker_open"
        })
        .await;
    }
    // Without being told each replica needs requests of its own: two attempts with two requests.
    assert!(calls() - before <= 12, "{}", calls() - before);
    assert_eq!(replicas.ask(1, "other").await.status, 503, "another model is asked for");

    secrets.iter().for_each(|secret| replicas.stub.always(secret, Reply::ok()));
    until("a probe is served", async || say(&replicas, 1, "probe").await.status == 200).await;
    for which in [0, 2] {
        until("all go on", async || say(&replicas, which, "go on").await.status == 200).await;
    }
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
    // 1 s, 2 s, then 4 s, though no replica meets it three times in a row.
    until("waits have doubled", async || {
        for which in [0, 1, 2] {
            replicas.chat(which).await;
        }
        wait(&replicas.chat(0).await) >= 4
    })
    .await;
    for which in [1, 2] {
        until("it is known", async || wait(&replicas.chat(which).await) >= 3).await;
    }

    replicas.stub.always(secret, Reply::ok());
    replicas.answer(&[0, 1, 2], 200, "it is served").await;
    be_heard(&replicas, other).await;
    replicas.stub.always(secret, Reply::json(429, "{}"));
    // News of an earlier wait may still be on its way.
    let asked = async || replicas.chat(1).await.code() == "upstream_rate_limited";
    until("the upstream is asked", asked).await;
    let mut refused = replicas.chat(1).await;
    until("it is left alone", async || {
        refused = replicas.chat(1).await;
        refused.code() == "all_keys_cooling"
    })
    .await;
    assert_eq!(wait(&refused), 1, "it begins anew");
    replicas.stop().await;
}
