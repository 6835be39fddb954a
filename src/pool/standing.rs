//! How many keys can't serve, and why: counted at each change, so that asking costs nothing.

use std::collections::HashMap;

use super::provider_pool::ProviderPool;
use super::reason::Reason;
use super::state::Counts;
use crate::clock::Millis;

/// How the keys of a provider stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Keys by status.
    pub counts: Counts,
    /// Keys that are not in rotation, by reason, the most frequent first.
    pub reasons: Vec<(Reason, usize)>,
    /// When the first of them comes back by itself.
    pub next_return: Option<Millis>,
}

/// Keys by the reason for which they are not in rotation.
#[derive(Debug, Default)]
pub(super) struct Reasons(HashMap<Reason, usize>);

impl Reasons {
    /// Counts a key that had one reason under another.
    pub fn count(&mut self, before: Option<Reason>, after: Option<Reason>) {
        if before == after {
            return;
        }
        if let Some(reason) = before
            && let Some(keys) = self.0.get_mut(&reason)
        {
            *keys = keys.saturating_sub(1);
        }
        if let Some(reason) = after {
            *self.0.entry(reason).or_default() += 1;
        }
    }

    /// Keys that have this reason.
    pub fn of(&self, reason: Reason) -> usize {
        self.0.get(&reason).copied().unwrap_or(0)
    }
}

impl ProviderPool {
    /// How many keys stand how, and why.
    pub fn standing_of_all(&mut self, now: Millis) -> Standing {
        let counts = self.counts(now);
        let known = self.reasons.0.iter().filter(|(_, keys)| **keys > 0);
        let mut reasons: Vec<(Reason, usize)> =
            known.map(|(reason, keys)| (*reason, *keys)).collect();
        reasons.sort_unstable_by_key(|(reason, keys)| (std::cmp::Reverse(*keys), reason.as_str()));
        Standing { counts, reasons, next_return: self.soonest() }
    }
}
