//! One of how many: what a replica may do of what all may, while nobody knows what the others do.

use std::sync::Arc;

use parking_lot::Mutex;

/// One of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// How many there are.
    pub count: u64,
    /// Which one it is, from 0.
    pub rank: u64,
}

impl Share {
    /// All of it.
    pub const WHOLE: Self = Self { count: 1, rank: 0 };

    /// What this one may have of `whole`, so that all together have that. Never nothing of
    /// something: who may have one thing would have it nowhere, for as long as Redis is away.
    pub fn of(self, whole: u64) -> u64 {
        let count = self.count.max(1);
        let share = whole / count + u64::from(self.rank < whole % count);
        share.max(u64::from(whole > 0))
    }
}

/// Who else is there, as far as was heard; clones share it.
#[derive(Debug, Clone)]
pub struct Peers {
    /// This process, as the others know it. `None` when it is alone.
    me: Option<Arc<str>>,
    share: Arc<Mutex<Share>>,
}

impl Default for Peers {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Peers {
    /// Nobody, until somebody is heard of. `None` is a process that has no others.
    pub fn new(me: Option<&str>) -> Self {
        Self { me: me.map(Arc::from), share: Arc::new(Mutex::new(Share::WHOLE)) }
    }

    /// This process, as the others know it, if there may be others.
    pub fn me(&self) -> Option<&str> {
        self.me.as_deref()
    }

    /// This one's share.
    pub fn share(&self) -> Share {
        *self.share.lock()
    }

    /// These are there now, this one among them.
    pub fn are(&self, all: &[String]) {
        let before = all.iter().filter(|other| Some(other.as_str()) < self.me()).count();
        let share = Share { count: all.len().max(1) as u64, rank: before as u64 };
        *self.share.lock() = share;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Share;

    proptest! {
        /// All shares together are the whole, and differ by one at most; where there is less than
        /// one for each, everyone has one.
        #[test]
        fn shares_add_up(whole in 0_u64..10_000, count in 1_u64..20) {
            let shares: Vec<u64> =
                (0..count).map(|rank| Share { count, rank }.of(whole)).collect();
            let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
            prop_assert!(most - least <= 1);
            let expected = if whole > 0 { whole.max(count) } else { 0 };
            prop_assert_eq!(shares.iter().sum::<u64>(), expected);
        }
    }
}
