//! The operator's rules, and new ones while the pool is at work.

use super::Pool;
use crate::peers::Share;

/// The operator's settings for the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Failures of its own in a row that disable a key.
    pub failure_threshold: u32,
    /// How long they disable it, in seconds.
    pub disable_secs: i64,
    /// Share of a provider's keys that failures may disable at a time, in percent. One may always
    /// be.
    pub max_ejected_percent: u32,
    /// What this process may have under way of each cap. All of it while replicas share places.
    pub share: Share,
}

impl Rules {
    /// What a cap allows here; 0 for no cap.
    pub fn allowed(&self, cap: u32) -> u32 {
        u32::try_from(self.share.of(cap.into())).unwrap_or(cap)
    }
}

impl Pool {
    /// The rules it goes by.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Goes by these rules from now on. What was decided by the old ones stands: a key that is out
    /// stays out for its time, and one with more failures than are allowed now is out at its next.
    pub fn obey(&mut self, rules: Rules) {
        let shares = self.rules.share != rules.share;
        self.rules = rules;
        for pool in self.providers.values_mut() {
            pool.rules = rules;
            if shares {
                pool.look_for_room();
            }
        }
    }
}
