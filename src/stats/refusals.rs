//! What was refused since the last write, by reason.

use std::collections::HashMap;
use std::sync::Arc;

use crate::clock::Millis;
use crate::models::refusal::RefusalRow;

const HOUR_MS: i64 = 3_600_000;

/// Combinations held while the database is away: about 10 MB. Beyond it a refusal is still counted
/// by its reason, under no token.
const COMBINATIONS_MAX: usize = 50_000;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Refused {
    hour: i64,
    provider: Arc<str>,
    reason: Box<str>,
    token: i64,
}

/// Counts of what was refused.
#[derive(Debug, Default)]
pub struct Refusals {
    counts: HashMap<Refused, i64>,
    strangers: i64,
}

impl Refusals {
    /// Counts one, of the token with this id, or of nobody known (0).
    pub fn add(&mut self, hour: i64, provider: &Arc<str>, reason: &str, token: i64) {
        self.strangers += i64::from(token == 0);
        let full = self.counts.len() >= COMBINATIONS_MAX;
        let (provider, reason) = (provider.clone(), Box::from(reason));
        let refused = Refused { hour, provider, reason, token: if full { 0 } else { token } };
        *self.counts.entry(refused).or_default() += 1;
    }

    /// How many rows it would make.
    pub fn count(&self) -> usize {
        self.counts.len()
    }

    /// How many are of callers that nobody knows.
    pub fn strangers(&self) -> i64 {
        self.strangers
    }

    /// As rows, in order: two processes that added to the same ones in different orders would wait
    /// for each other.
    pub fn into_rows(self) -> Vec<RefusalRow> {
        let mut counts: Vec<_> = self.counts.into_iter().collect();
        counts.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        counts.into_iter().map(|(refused, count)| row(refused, count)).collect()
    }
}

fn row(refused: Refused, count: i64) -> RefusalRow {
    let hour = Millis(refused.hour * HOUR_MS).naive();
    RefusalRow {
        hour,
        day: hour.date(),
        provider: refused.provider.to_string(),
        reason: refused.reason.into(),
        token_id: refused.token,
        refused: count,
    }
}
