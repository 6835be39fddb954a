//! Client tokens that another process has changed, or the command line: they are looked up anew.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::app::App;
use crate::db::DatabaseError;
use crate::models::token_change::ChangedToken;

/// Transactions commit in another order than they took their notes' numbers, so a lower number may
/// show up when higher ones were seen long ago: for so long it is looked for. Longer than any
/// transaction with a note takes.
const LATE_MAX: Duration = Duration::from_secs(60);

/// Forgets what was changed since the last look.
pub async fn look(app: &App, seen: &mut Seen) -> Result<(), DatabaseError> {
    let found = ChangedToken::after(&mut app.database.get().await?, seen.floor()).await?;
    for change in seen.sift(found, Instant::now()) {
        // First the limits: nothing was counted while there were none.
        if let Some(token) = change.token_id {
            app.limiter.changed(token).await;
        }
        app.tokens.forget(&change.token_hash);
    }
    Ok(())
}

/// Which changes were seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Nothing new comes up to here.
    floor: i64,
    /// The next floor: the newest number of when this one was set.
    next: i64,
    newest: i64,
    set_at: Option<Instant>,
    /// Those above the floor.
    numbers: HashSet<i64>,
}

impl Seen {
    /// The number after which to look. The first look sees all: there is nothing to tell what of it
    /// was changed before this process remembered anything.
    pub fn floor(&self) -> i64 {
        self.floor
    }

    /// What is new of all that is above the floor.
    pub fn sift(&mut self, found: Vec<ChangedToken>, now: Instant) -> Vec<ChangedToken> {
        let new: Vec<_> =
            found.into_iter().filter(|change| self.numbers.insert(change.id)).collect();
        self.newest = new.iter().map(|change| change.id).fold(self.newest, i64::max);
        let set_at = *self.set_at.get_or_insert(now);
        if now.duration_since(set_at) >= LATE_MAX {
            (self.floor, self.next, self.set_at) = (self.next, self.newest, Some(now));
            self.numbers.retain(|number| *number > self.floor);
        }
        new
    }
}
