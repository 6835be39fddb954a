//! How many replicas there are, and which of them this one is: what each may do of what all may,
//! while Redis is away and nobody knows what the others do.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::app::App;
use crate::clock::Clock;
use crate::db::{Database, DatabaseError};
use crate::models::lease;

/// Between two times of saying that this one is there.
const EVERY: Duration = Duration::from_secs(2);

/// Seconds after which one that says nothing any more is taken for dead.
const DEAD_AFTER_SECS: i64 = 10;

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

/// Who else is there, as the database knew last; clones share it.
#[derive(Debug, Clone)]
pub struct Peers {
    /// This process, as it is named there. `None` when it is alone.
    me: Option<Arc<str>>,
    share: Arc<Mutex<Share>>,
}

impl Default for Peers {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Peers {
    /// Nobody, until somebody has looked. `None` is a process that has no others.
    pub fn new(me: Option<&str>) -> Self {
        Self { me: me.map(Arc::from), share: Arc::new(Mutex::new(Share::WHOLE)) }
    }

    /// This one's share.
    pub fn share(&self) -> Share {
        *self.share.lock()
    }

    /// Says that this one is there, and looks who else is.
    pub async fn look(&self, database: &Database, clock: &Clock) -> Result<(), DatabaseError> {
        let Some(me) = &self.me else { return Ok(()) };
        let (now, until) = (clock.now(), clock.now().plus_secs(DEAD_AFTER_SECS));
        let mut conn = database.get().await?;
        let all = lease::present(&mut conn, me, now.naive(), until.naive()).await?;
        let before = all.iter().filter(|other| ***other < **me).count();
        let share = Share { count: all.len().max(1) as u64, rank: before as u64 };
        *self.share.lock() = share;
        Ok(())
    }

    async fn leave(&self, database: &Database) -> Result<(), DatabaseError> {
        let Some(me) = &self.me else { return Ok(()) };
        lease::leave(&mut database.get().await?, me).await?;
        Ok(())
    }
}

/// Looks again and again, until the other end of `stop` is dropped. With the database away it goes
/// by what was known last.
pub async fn until_stopped(app: Arc<App>, mut stop: watch::Receiver<()>) {
    if app.peers.me.is_none() {
        return;
    }
    loop {
        let _ = app.peers.look(&app.database, &app.clock).await;
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => break,
        }
    }
    // Else the others find out by themselves.
    let _ = app.peers.leave(&app.database).await;
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
