//! A request's place among those of its token.

use std::sync::Arc;

use super::clerk::Books;
use super::limiter::Gauge;
use crate::clock::Clock;
use crate::slots::Slot;

/// Bytes of a prompt that make a token, about: what OpenAI's tokenizers come to in English.
const BYTES_A_TOKEN: u64 = 4;

/// Where its end is written down for other replicas, and its place among theirs.
struct Booked {
    token: i64,
    books: Books,
    _slot: Option<Slot>,
}

/// Held while a request is under way, and given back when dropped, however it ends.
pub struct Permit {
    gauge: Arc<Gauge>,
    clock: Clock,
    day: i64,
    used: u64,
    prompt_bytes: u64,
    events: u64,
    booked: Option<Booked>,
}

impl Permit {
    pub(super) fn new(gauge: Arc<Gauge>, clock: Clock, day: i64) -> Self {
        Self { gauge, clock, day, used: 0, prompt_bytes: 0, events: 0, booked: None }
    }

    /// As one of all that replicas count together.
    pub(super) fn booked(mut self, token: i64, books: &Books, slot: Option<Slot>) -> Self {
        self.booked = Some(Booked { token, books: books.clone(), _slot: slot });
        self
    }

    /// The size of what the client asks, for a guess.
    pub fn asked(&mut self, prompt_bytes: usize) {
        self.prompt_bytes = u64::try_from(prompt_bytes).unwrap_or(u64::MAX);
    }

    /// The events of the answer so far, for a guess.
    pub fn streamed(&mut self, events: u64) {
        self.events = events;
    }

    /// What the upstream counted.
    pub fn used(&mut self, tokens: i64) {
        self.used = u64::try_from(tokens).unwrap_or(0);
    }

    /// What is charged. Streams tell of their usage only when asked to and only at their end; so
    /// that neither not asking nor leaving early is free, a stream without a count is charged a
    /// guess: four bytes of the request a token, and an event of the answer a token.
    fn charged(&self) -> u64 {
        if self.used > 0 || self.events == 0 {
            return self.used;
        }
        (self.prompt_bytes / BYTES_A_TOKEN).saturating_add(self.events)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let (tokens, at) = (self.charged(), self.clock.moment());
        self.gauge.settle(self.day, tokens, at);
        if let Some(Booked { token, books, .. }) = &self.booked
            && tokens > 0
        {
            books.used(*token, &self.gauge, self.day, tokens, at);
        }
    }
}
