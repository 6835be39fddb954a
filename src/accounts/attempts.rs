//! Tries at an account's secrets, counted where they come from: a known device has tries of its
//! own, and a stranger shares those of their networks. So nobody spends another's.

use std::time::Duration;

use super::visitor::Visitor;
use crate::cache::Cache;

/// Tries of one kind at one account.
pub struct Attempts<'a> {
    /// The kind, as counters are named.
    pub kind: &'static str,
    /// The account.
    pub account: &'a str,
    /// How many a device or an address has. Wider networks have a multiple.
    pub max: u64,
    /// Counted from the first one for so long.
    pub window: Duration,
}

impl Attempts<'_> {
    /// Counts one more; `false` when there were too many. Counted before the secret is looked at,
    /// in one step, so that tries side by side get no more than in a row.
    pub async fn count(&self, cache: &Cache, visitor: &Visitor) -> bool {
        for (name, max) in self.counters(visitor) {
            if cache.hit(&name, self.window).await > max {
                return false;
            }
        }
        true
    }

    /// Forgets what was counted: the secret was right.
    pub async fn forget(&self, cache: &Cache, visitor: &Visitor) {
        for (name, _) in self.counters(visitor) {
            cache.forget(&name).await;
        }
    }

    /// The counters, narrowest first: one that is over doesn't spend the wider ones.
    fn counters(&self, visitor: &Visitor) -> Vec<(String, u64)> {
        let Self { kind, account, max, .. } = self;
        match &visitor.device {
            Some(device) => vec![(format!("{kind}:{account}:device:{device}"), *max)],
            None => {
                let networks = visitor.networks.iter();
                let counter = |name: &String| format!("{kind}:{account}:{name}");
                networks.map(|it| (counter(&it.name), max.saturating_mul(it.factor))).collect()
            }
        }
    }
}
