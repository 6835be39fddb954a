//! A window that slides: what was counted in the last 60 seconds, to the millisecond.

use std::collections::VecDeque;

/// Its length, in milliseconds.
const SPAN_MS: i64 = 60_000;

/// Counts of the last 60 seconds. It holds one entry for each millisecond in which something was
/// counted: at most 60,001, however much is counted.
#[derive(Debug, Default)]
pub struct Window {
    entries: VecDeque<(i64, u64)>,
    sum: u64,
}

impl Window {
    /// Drops what is older than the window.
    pub fn advance(&mut self, tick: i64) {
        while let Some((at, count)) = self.entries.front().copied() {
            if leaves_at(at) > tick {
                break;
            }
            self.entries.pop_front();
            self.sum = self.sum.saturating_sub(count);
        }
    }

    /// Counts so many now.
    pub fn add(&mut self, tick: i64, count: u64) {
        if count == 0 {
            return;
        }
        // Threads read the clock before they take the lock, so that it can seem to go back.
        let tick = self.entries.back().map_or(tick, |(last, _)| tick.max(*last));
        self.sum = self.sum.saturating_add(count);
        match self.entries.back_mut() {
            Some((at, counted)) if *at == tick => *counted = counted.saturating_add(count),
            _ => self.entries.push_back((tick, count)),
        }
    }

    /// What it adds up to.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// Milliseconds until something leaves it; 0 when it is empty.
    pub fn until_less(&self, tick: i64) -> i64 {
        self.entries.front().map_or(0, |(at, _)| (leaves_at(*at) - tick).max(1))
    }

    /// When something was counted, and how much.
    pub fn entries(&self) -> Vec<(i64, u64)> {
        self.entries.iter().copied().collect()
    }

    /// Milliseconds until its sum is below `limit`; 0 when it is, or for no limit.
    pub fn until_below(&self, limit: u64, tick: i64) -> i64 {
        if limit == 0 {
            return 0;
        }
        let mut left = self.sum;
        for (at, count) in &self.entries {
            if left < limit {
                break;
            }
            left = left.saturating_sub(*count);
            if left < limit {
                return (leaves_at(*at) - tick).max(1);
            }
        }
        0
    }
}

/// A millisecond more than the span: moments are cut to milliseconds, and what came at the end of
/// one and at the beginning of another is closer together than they are.
fn leaves_at(at: i64) -> i64 {
    at.saturating_add(SPAN_MS + 1)
}
