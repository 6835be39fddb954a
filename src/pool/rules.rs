//! New rules while the pool is at work.

use super::{Pool, Rules};

impl Pool {
    /// Goes by these rules from now on. What was decided by the old ones stands: a key that is out
    /// stays out for its time, and one with more failures than are allowed now is out at its next.
    pub fn obey(&mut self, rules: Rules) {
        self.rules = rules;
        for pool in self.providers.values_mut() {
            pool.rules = rules;
        }
    }
}
