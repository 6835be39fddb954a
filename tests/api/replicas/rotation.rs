//! Whose turn it is, over all replicas.

use std::collections::HashMap;

use futures_util::future::join_all;

use super::Replicas;
use crate::support::until;

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
