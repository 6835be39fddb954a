//! The keys of the run, and which of them are out.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::fleet::Fleet;
use crate::support::canary;

/// Keys of one spent account.
const KEYS_OF_SPENT: usize = 2;

const GOOD: &str = "sk-soak-good-";
const SPENT: &str = "sk-soak-spent-";

/// So many of the keys are watched for in answers and logs: each text is searched for each.
const CANARIES: usize = 20;

/// A cooldown of a call's own that ends within this is no consequence of an outage: random refusals
/// make such ones all the time.
const SHORT_SECS: i64 = 2;

/// Good keys that are out at a moment.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Out {
    /// Out by failures or refusals.
    pub failed: usize,
    /// Waiting for longer than two seconds more.
    pub cooling: usize,
    /// About to be back.
    pub cooling_short: usize,
    /// Of these, keys that were refused at random themselves since the outage.
    pub by_chance: usize,
    /// All that are out, by reason.
    pub reasons: BTreeMap<String, usize>,
}

impl Out {
    /// How many are benched.
    pub fn benched(&self) -> usize {
        self.failed + self.cooling
    }

    fn add(&mut self, key: &Value, now: DateTime<Utc>, refused: &HashSet<String>) {
        let (benched, key_ends) = (self.benched(), ending(key["api_key"].as_str().expect("text")));
        let text = |field: &str| key[field].as_str().unwrap_or_default().to_owned();
        let reason = if key["status"] == "cooling" {
            let until = DateTime::parse_from_rfc3339(&text("cooling_until")).ok();
            let soon = now + TimeDelta::seconds(SHORT_SECS);
            match until.is_none_or(|until| until <= soon) {
                true => self.cooling_short += 1,
                false => self.cooling += 1,
            }
            text("cooling_reason")
        } else {
            self.failed += 1;
            text("disabled_reason")
        };
        *self.reasons.entry(reason).or_default() += 1;
        if self.benched() > benched && refused.contains(&key_ends) {
            self.by_chance += 1;
        }
    }
}

/// The account of a key that is spent.
pub fn spent_account(key: &str) -> Option<String> {
    let rest = key.strip_prefix(SPENT)?;
    Some(rest.split('-').next()?.to_owned())
}

/// The end of a key, which masked ones still show.
pub fn ending(key: &str) -> String {
    key.chars().skip(key.chars().count().saturating_sub(4)).collect()
}

/// How many accounts are spent among so many good keys.
pub fn spent_accounts(keys: usize) -> usize {
    (keys / 100 / KEYS_OF_SPENT).max(2)
}

impl Fleet {
    /// Imports so many good keys, and those of the spent accounts; returns the import of the good.
    pub async fn import(&self, good: usize) -> i64 {
        let keys: Vec<String> = (0..good).map(|number| format!("{GOOD}{number:06}")).collect();
        keys.iter().take(CANARIES).for_each(|key| canary::release(key));
        let spent = (0..spent_accounts(good)).flat_map(|account| {
            (0..KEYS_OF_SPENT).map(move |number| {
                json!({"api_key": format!("{SPENT}{account:04}-{number}"),
                    "account": format!("spent-{account}")})
            })
        });
        let spent: Vec<Value> = spent.collect();
        let all = good + spent.len();
        self.import_list(json!(spent)).await;
        let import = self.import_list(json!(keys)).await;
        self.know_keys(all).await;
        import
    }

    async fn import_list(&self, keys: Value) -> i64 {
        let count = keys.as_array().expect("a list").len();
        let body = json!({"keys": keys});
        let report = self.admin(0, "POST", "/admin/api-keys/import", Some(&body)).await;
        assert_eq!(report["added"], count, "{report}");
        report["import_id"].as_i64().expect("an id")
    }

    /// Brings all keys of this import back.
    pub async fn enable(&self, import: i64) {
        for status in ["failed", "cooling"] {
            let body = json!({"filter": {"import_id": import, "status": status}});
            self.admin(0, "POST", "/admin/keys/enable", Some(&body)).await;
        }
    }

    /// Which keys of this import are out, when these were refused at random.
    pub async fn out(&self, import: i64, refused: impl Fn() -> HashSet<String>) -> Out {
        let mut out = Out::default();
        for status in ["failed", "disabled", "cooling"] {
            let (mut page, mut pages) = (1, 1);
            while page <= pages {
                let path = format!(
                    "/admin/api-keys?status={status}&import_id={import}&pageSize=200&page={page}"
                );
                let answer = self.admin(0, "GET", &path, None).await;
                pages = answer["totalPages"].as_u64().expect("a number");
                let (now, refused) = (Utc::now(), refused());
                let keys = answer["api_keys"].as_array().expect("keys");
                keys.iter().for_each(|key| out.add(key, now, &refused));
                page += 1;
            }
        }
        out
    }
}
