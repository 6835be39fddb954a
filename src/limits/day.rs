//! What was used of a day, in UTC.

use crate::clock::Millis;

const DAY_MS: i64 = 86_400_000;

/// What the statistics have of a token's day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// Requests that are over.
    pub requests: u64,
    /// Tokens of prompts and answers.
    pub tokens: u64,
}

impl Used {
    /// And so many requests more.
    pub fn plus(self, requests: u64) -> Self {
        Self { requests: self.requests.saturating_add(requests), ..self }
    }
}

/// A day's counts.
#[derive(Debug, Default)]
pub struct Day {
    /// Days since 1970.
    number: i64,
    /// Everything from its beginning on is in: what was there before this process began to count
    /// was read.
    read: bool,
    /// Requests let in.
    pub requests: u64,
    /// Tokens used.
    pub tokens: u64,
    /// Of the requests, those that aren't over.
    open: u64,
}

impl Day {
    /// Begins a new day when it is one.
    pub fn advance(&mut self, now: Millis) {
        let number = number(now);
        if number == self.number {
            return;
        }
        // Who has counted everything up to midnight has counted everything after it. A clock that
        // was set back leads into a day that was counted once already.
        let read = self.read && number > self.number;
        *self = Self { number, read, ..Self::default() };
    }

    /// Which day it is, in days since 1970.
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Whether everything from its beginning on is in.
    pub fn is_read(&self) -> bool {
        self.read
    }

    /// Something may have been used that wasn't counted here.
    pub fn doubt(&mut self) {
        self.read = false;
    }

    /// Takes over what the statistics have of it, and what they don't have yet: what is under way.
    /// What is known already may be more: not everything that others count is written.
    pub fn read(&mut self, number: i64, used: Used) {
        if number == self.number && !self.read {
            self.learn(number, used.plus(self.open));
            self.read = true;
        }
    }

    /// All together have used so much of it, at least.
    pub fn learn(&mut self, number: i64, used: Used) {
        if number == self.number {
            self.requests = self.requests.max(used.requests);
            self.tokens = self.tokens.max(used.tokens);
        }
    }

    /// What is known of it must do.
    pub fn trust(&mut self) {
        self.read = true;
    }

    /// Requests let in that aren't over.
    pub fn open(&self) -> u64 {
        self.open
    }

    /// A request was let in.
    pub fn begin(&mut self) {
        self.requests += 1;
        self.open += 1;
    }

    /// A request of the day with this number is over, and has used so many tokens.
    pub fn end(&mut self, number: i64, tokens: u64) {
        if number == self.number {
            self.open = self.open.saturating_sub(1);
            self.tokens = self.tokens.saturating_add(tokens);
        }
    }

    /// Milliseconds until the next one.
    pub fn left_ms(now: Millis) -> i64 {
        DAY_MS - now.0.rem_euclid(DAY_MS)
    }
}

fn number(now: Millis) -> i64 {
    now.0.div_euclid(DAY_MS)
}
