//! What several replicas write at the same moment, into the same rows.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::Replicas;
use crate::support::{ADMIN_TOKEN, Answer, canary, until};

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

/// Administrators at all replicas change the same users, keys and tokens, a few or all of them and
/// in any order, while requests are counted.
#[actix_web::test]
async fn administrators_get_out_of_each_others_way() {
    let replicas = Replicas::start(REPLICAS, &[("STATS_FLUSH_INTERVAL_MS", "50")]).await;
    let mut office = Office::open(&replicas).await;
    for _ in 0..ROUNDS {
        let deeds: Vec<_> = (0..2 * REPLICAS).map(|_| office.deed()).collect();
        let doing = deeds.iter().enumerate().map(|(number, (method, path, body))| {
            replicas.all[number % REPLICAS].call(method, path, ADMIN_TOKEN, Some(body))
        });
        let chats =
            (0..REPLICAS).flat_map(|which| office.tokens.iter().map(move |one| (which, one)));
        let chats = chats.map(|(which, token)| replicas.chat_as(which, token));
        let (done, _) = tokio::join!(join_all(doing), join_all(chats));
        for (answer, (method, path, body)) in done.iter().zip(&deeds) {
            assert!(answer.status < 500, "{method} {path} {body}: {}", answer.text());
        }
    }
    replicas.stop().await;
}

/// What there is to change.
struct Office {
    chance: fastrand::Rng,
    users: Vec<i64>,
    keys: Vec<i64>,
    /// What users and others call the pool with.
    tokens: Vec<String>,
}

impl Office {
    async fn open(replicas: &Replicas) -> Self {
        let chance = fastrand::Rng::with_seed(6);
        let (mut users, mut keys, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..KEYS {
            keys.push(replicas.add(0, &format!("sk-office-00000000{number}")).await);
            let user = json!({"email": format!("ann{number}@example.org")});
            let made = replicas.admin(0, "POST", "/admin/users", user).await.json();
            users.push(made["id"].as_i64().expect("an id"));
            tokens.push(made["token"].as_str().expect("a token").to_owned());
            canary::release(&tokens[number]);
        }
        Self { chance, users, keys, tokens }
    }

    /// Some of them, or all, in any order.
    fn some(&mut self, of: fn(&Self) -> &Vec<i64>) -> Vec<i64> {
        let mut ids = of(self).clone();
        self.chance.shuffle(&mut ids);
        ids.truncate(self.chance.usize(1..=KEYS));
        ids
    }

    fn deed(&mut self) -> (&'static str, String, Value) {
        let (users, keys) = (self.some(|this| &this.users), self.some(|this| &this.keys));
        let (user, key) = (users[0], keys[0]);
        let bulk = |action: &str| json!({"action": action, "ids": users});
        match self.chance.u8(..20) {
            0..5 => ("POST", "/admin/users/bulk".to_owned(), bulk("activate")),
            5 => ("POST", "/admin/users/bulk".to_owned(), bulk("deactivate")),
            6 => {
                let ask = json!({"action": "extend", "days": 2, "ids": users});
                ("POST", "/admin/users/bulk".to_owned(), ask)
            }
            7 => ("POST", format!("/admin/users/{user}/extend-key"), json!({"days": 1})),
            8 => ("POST", format!("/admin/users/{user}/reset-key"), json!({})),
            9 => ("PATCH", format!("/admin/users/{user}"), json!({"isActive": true, "rpm": 1000})),
            10 => ("DELETE", format!("/admin/users/{user}"), json!({})),
            11 => ("DELETE", "/admin/api-keys".to_owned(), json!({"ids": [key]})),
            12 => ("PATCH", format!("/admin/api-keys/{key}"), json!({"weight": 2})),
            13 => ("POST", "/admin/keys/disable".to_owned(), json!({"ids": keys})),
            _ => ("POST", "/admin/keys/enable".to_owned(), json!({"ids": keys})),
        }
    }
}
