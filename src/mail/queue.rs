//! Letters that wait, and those that are being handed over. It outlives the actor, and no letter is
//! lost on the way: one that is [`Taken`] goes back unless it is told what became of it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use uuid::Uuid;

use super::Letter;
use crate::actors::mailbox::Unavailable;
use crate::clock::{Clock, Millis};

/// Letters at most, those under way included: minutes of work for a server that is well, and less
/// than a megabyte.
const LETTERS_MAX: usize = 1_000;

/// Until the second attempt, in milliseconds; it doubles with each up to the other.
const RETRY_MS: i64 = 1_000;
const RETRY_MS_MAX: i64 = 60_000;

/// A letter and its story so far.
#[derive(Clone, PartialEq, Eq)]
pub struct Posted {
    /// Makes the Message-ID, the same in each attempt.
    pub id: Uuid,
    /// When it was posted.
    pub at: Millis,
    /// The letter.
    pub letter: Letter,
    /// Ticks of the clock when it isn't worth sending any more.
    until: i64,
    /// Attempts that failed.
    attempts: u32,
}

/// What was counted since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Letters that wait or are under way.
    pub queued: u64,
    /// Letters that were handed over.
    pub sent: u64,
    /// Letters that were refused for good, or whose time was over.
    pub failed: u64,
    /// Attempts that failed and were worth another.
    pub retries: u64,
}

/// The letters themselves. Pure: the time is an argument, in ticks of the clock.
#[derive(Default)]
struct Pile {
    /// By when they are due; the number keeps those of one moment apart, and in order.
    waiting: BTreeMap<(i64, u64), Posted>,
    under_way: usize,
    next: u64,
    sent: u64,
    failed: u64,
    retries: u64,
    hurried: bool,
}

impl Pile {
    fn len(&self) -> usize {
        self.waiting.len() + self.under_way
    }

    fn put(&mut self, posted: Posted, due: i64) {
        self.waiting.insert((due, self.next), posted);
        self.next += 1;
    }

    /// The letter that has been due for the longest, if one is, and how many before it were given
    /// up because their time is over.
    fn take(&mut self, now: i64) -> (Option<Posted>, u64) {
        let mut late = 0;
        while let Some(first) = self.waiting.first_entry() {
            let due = first.key().0;
            if due > now {
                break;
            }
            let posted = first.remove();
            if posted.until > now {
                self.under_way += 1;
                return (Some(posted), late);
            }
            self.failed += 1;
            late += 1;
        }
        (None, late)
    }

    fn sent(&mut self) {
        self.under_way -= 1;
        self.sent += 1;
    }

    fn failed(&mut self) {
        self.under_way -= 1;
        self.failed += 1;
    }

    fn put_back(&mut self, mut posted: Posted, now: i64) {
        self.under_way -= 1;
        self.retries += 1;
        let wait = if self.hurried { RETRY_MS } else { wait_after(posted.attempts) };
        posted.attempts += 1;
        self.put(posted, now.saturating_add(wait));
    }

    /// Makes all that wait due, and whatever comes back due soon.
    fn hurry(&mut self, now: i64) {
        self.hurried = true;
        for posted in std::mem::take(&mut self.waiting).into_values() {
            self.put(posted, now);
        }
    }

    fn counted(&self) -> Counted {
        let &Self { sent, failed, retries, .. } = self;
        Counted { queued: self.len() as u64, sent, failed, retries }
    }
}

/// Milliseconds until the next attempt, after so many that failed before the last one.
fn wait_after(attempts: u32) -> i64 {
    RETRY_MS.saturating_mul(1 << attempts.min(16)).min(RETRY_MS_MAX)
}

/// Letters on their way; clones share them.
#[derive(Clone)]
pub struct Queue {
    pile: Arc<Mutex<Pile>>,
    clock: Clock,
}

impl Queue {
    /// An empty one.
    pub fn new(clock: Clock) -> Self {
        Self { pile: Arc::default(), clock }
    }

    /// Takes a letter in, unless there are too many.
    pub fn post(&self, letter: Letter) -> Result<(), Unavailable> {
        let (moment, id) = (self.clock.moment(), Uuid::now_v7());
        let good_for_ms = i64::try_from(letter.message.good_for().as_millis()).unwrap_or(i64::MAX);
        let until = moment.tick.saturating_add(good_for_ms);
        let mut pile = self.pile.lock();
        if pile.len() >= LETTERS_MAX {
            return Err(Unavailable);
        }
        pile.put(Posted { id, at: moment.now, letter, until, attempts: 0 }, moment.tick);
        Ok(())
    }

    /// The next letter that is due.
    pub fn take(&self) -> Option<Taken> {
        let (posted, late) = self.pile.lock().take(self.clock.ticks());
        if late > 0 {
            log::warn!("{late} mails were given up: it is too late for them");
        }
        posted.map(|posted| Taken { posted, queue: self.clone(), is_settled: false })
    }

    /// The process ends: everything is due now.
    pub fn hurry(&self) {
        self.pile.lock().hurry(self.clock.ticks());
    }

    /// What was counted.
    pub fn counted(&self) -> Counted {
        self.pile.lock().counted()
    }
}

/// A letter that is being handed over. Dropped, it goes back and is tried again later.
pub struct Taken {
    posted: Posted,
    queue: Queue,
    is_settled: bool,
}

impl Taken {
    /// The letter.
    pub fn posted(&self) -> &Posted {
        &self.posted
    }

    /// It was handed over.
    pub fn sent(mut self) {
        self.is_settled = true;
        self.queue.pile.lock().sent();
    }

    /// It will never be taken.
    pub fn failed(mut self) {
        self.is_settled = true;
        self.queue.pile.lock().failed();
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if !self.is_settled {
            let now = self.queue.clock.ticks();
            self.queue.pile.lock().put_back(self.posted.clone(), now);
        }
    }
}
