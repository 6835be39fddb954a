//! Whose turn it is, over all replicas.

use std::collections::HashMap;

use futures_util::future::join_all;
use serde_json::json;

use super::Replicas;
use crate::support::{canary, until};

const REPLICAS: usize = 3;

/// Each replica goes round by itself, so that over any time each is off by one at most.
#[actix_web::test]
async fn keys_are_used_evenly() {
    let replicas = Replicas::start(REPLICAS, &[]).await;
    let secrets: Vec<String> = (0..7).map(|n| format!("sk-rotation-000000{n}")).collect();
    for secret in &secrets {
        replicas.add(0, secret).await;
    }
    for which in 0..REPLICAS {
        until("it knows all keys", async || {
            let before = replicas.stub.calls().len();
            for _ in &secrets {
                replicas.chat(which).await;
            }
            let asked = replicas.stub.calls().into_iter().skip(before).map(|call| call.key);
            asked.collect::<std::collections::HashSet<_>>().len() == secrets.len()
        })
        .await;
    }

    let before = replicas.stub.calls().len();
    let mut chance = fastrand::Rng::with_seed(7);
    for _ in 0..10 {
        let chats = (0..20).map(|_| chance.usize(..REPLICAS)).map(|which| replicas.chat(which));
        let answers = join_all(chats.collect::<Vec<_>>()).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    for call in replicas.stub.calls().into_iter().skip(before) {
        *counts.entry(call.key).or_default() += 1;
    }
    let (least, most) = (counts.values().min(), counts.values().max());
    let spread = most.expect("keys") - least.expect("keys");
    assert_eq!((counts.len(), counts.values().sum::<usize>()), (secrets.len(), 200));
    assert!(spread <= REPLICAS, "{counts:?}");
    replicas.stop().await;
}

/// Replicas that hear of an import together don't go round its keys in step, which would use each
/// key three times within moments.
#[actix_web::test]
async fn an_import_is_not_walked_in_step() {
    let replicas = Replicas::start(REPLICAS, &[]).await;
    let secrets: Vec<String> = (0..60).map(|n| format!("sk-in-step-{n:07}")).collect();
    secrets.iter().for_each(|secret| canary::release(secret));
    replicas.admin(0, "POST", "/admin/api-keys/import", json!({"keys": secrets})).await;
    for which in 0..REPLICAS {
        until("it knows all keys", async || {
            replicas.keys(which, "ollama", "active").await == secrets.len() as u64
        })
        .await;
    }
    let mut first = Vec::new();
    for which in 0..REPLICAS {
        let before = replicas.stub.calls().len();
        assert_eq!(replicas.chat(which).await.status, 200);
        first.push(replicas.stub.calls()[before].key.clone());
    }
    assert!(first.iter().any(|key| *key != first[0]), "all begin with {}", first[0]);
    replicas.stop().await;
}
