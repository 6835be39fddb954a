//! What several replicas write at the same moment, into the same rows.

use futures_util::future::join_all;
use serde_json::json;

use super::Replicas;
use crate::support::{Answer, until};

const REPLICAS: usize = 3;

/// Enough that hardly two replicas would come upon them in the same order by chance.
const MODELS: usize = 24;

const KEYS: usize = 8;

const ROUNDS: usize = 12;

/// Several goes of an import.
const IMPORTED: u64 = 400;

/// What a chat of each model answers, at each replica.
async fn chats(replicas: &Replicas) -> Vec<Answer> {
    let names: Vec<String> = (0..MODELS).map(|number| format!("model-{number}")).collect();
    let all = (0..REPLICAS).flat_map(|which| names.iter().map(move |name| (which, name)));
    join_all(all.map(|(which, name)| replicas.ask(which, name))).await
}

/// Each has counted the same models, keys and tokens, and all write it down at once, while
/// administrators change the same keys in another order.
#[actix_web::test]
async fn nobody_waits_in_a_circle() {
    let replicas = Replicas::start(REPLICAS, &[("STATS_FLUSH_INTERVAL_MS", "60000")]).await;
    let mut ids = Vec::new();
    for number in 0..KEYS {
        ids.push(replicas.add(0, &format!("sk-side-by-side-00000{number}")).await);
    }
    for which in 0..REPLICAS {
        until("it knows them", async || {
            replicas.keys(which, "ollama", "active").await == KEYS as u64
        })
        .await;
    }
    for round in 0..ROUNDS {
        assert!(chats(&replicas).await.iter().all(|answer| answer.status == 200), "{round}");
        ids.reverse();
        let change = json!({"reason": format!("round {round}"), "ids": ids});
        let all = 0..REPLICAS;
        let writing = all.map(|which| replicas.admin(which, "GET", "/admin/stats", json!({})));
        let changing = replicas.admin(0, "POST", "/admin/keys/disable", change);
        let _ = tokio::join!(join_all(writing), changing);
        replicas.admin(0, "POST", "/admin/keys/enable", json!({"ids": ids})).await;
    }
    replicas.stop().await;
}

/// The same keys from two replicas, one list the other one backwards: the second to come waits for
/// the first, and finds them all there.
#[actix_web::test]
async fn imports_of_the_same_keys_wait_for_each_other() {
    let replicas = Replicas::start(2, &[]).await;
    for round in 0..ROUNDS {
        let mut keys: Vec<String> =
            (0..IMPORTED).map(|number| format!("sk-import-{round}-{number:08}")).collect();
        let forwards = json!({"keys": keys});
        keys.reverse();
        let (one, other) = tokio::join!(
            replicas.admin(0, "POST", "/admin/api-keys/import", forwards),
            replicas.admin(1, "POST", "/admin/api-keys/import", json!({"keys": keys})),
        );
        let added = |report: &Answer| report.json()["added"].as_u64().expect("a count");
        assert_eq!(added(&one) + added(&other), IMPORTED, "{}{}", one.text(), other.text());
    }
    replicas.stop().await;
}
