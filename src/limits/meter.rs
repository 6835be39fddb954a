//! One token's meter: what it has used here, and whether one more request may come in.

use super::Limits;
use super::counts::{Counts, Minute, Refused, Rooms, Standing};
use super::day::{Day, Used};
use super::window::Window;
use crate::clock::Millis;

/// Now, by two clocks.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Milliseconds of a clock that never goes back, for spans.
    pub tick: i64,
    /// The time of day, for days.
    pub now: Millis,
}

/// Why a request did not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The day's use must be read first.
    Unread,
    /// A limit is reached.
    Refused(Refused),
}

/// What one token has used.
#[derive(Debug, Default)]
pub struct Meter {
    requests: Window,
    tokens: Window,
    day: Day,
    under_way: u64,
}

impl Meter {
    /// Lets a request in, or says what it must wait for. Checking and taking are one step, and
    /// what is refused takes nothing.
    pub fn take(&mut self, limits: &Limits, at: Moment) -> Result<Standing, Stop> {
        self.advance(at);
        if limits.is_daily() && !self.day.is_read() {
            return Err(Stop::Unread);
        }
        match self.counts(limits, at).refused(limits) {
            Some(refused) => Err(Stop::Refused(refused)),
            None => {
                self.begin(at);
                Ok(self.counts(limits, at).standing(limits))
            }
        }
    }

    /// Counts a request that was let in where all replicas count, and what all have used of a day.
    pub fn note(&mut self, day: i64, used: Used, at: Moment) {
        self.advance(at);
        self.begin(at);
        self.day.learn(day, used);
        // Others go on counting it. Whoever has to count alone must ask first what they have done.
        self.day.doubt();
    }

    fn begin(&mut self, at: Moment) {
        self.requests.add(at.tick, 1);
        self.day.begin();
        self.under_way += 1;
    }

    /// A request that was let in on this day is over, and has used so many tokens.
    pub fn settle(&mut self, day: i64, tokens: u64, at: Moment) {
        self.advance(at);
        self.under_way = self.under_way.saturating_sub(1);
        self.tokens.add(at.tick, tokens);
        self.day.end(day, tokens);
    }

    /// Takes over what the statistics have of a day.
    pub fn read(&mut self, day: i64, used: Used) {
        self.day.read(day, used);
    }

    /// Goes by what is known of the day, since nobody can tell more.
    pub fn trust(&mut self) {
        self.day.trust();
    }

    /// Whether the day under way was read; if not, which it is.
    pub fn unread_day(&mut self, at: Moment) -> Option<i64> {
        self.day.advance(at.now);
        (!self.day.is_read()).then(|| self.day.number())
    }

    /// Which day it is counting, in days since 1970.
    pub fn day(&self) -> i64 {
        self.day.number()
    }

    /// What is known of the day under way.
    pub fn used(&mut self, at: Moment) -> Used {
        self.day.advance(at.now);
        Used { requests: self.day.requests, tokens: self.day.tokens }
    }

    /// Requests of the day under way that aren't over.
    pub fn open(&self) -> u64 {
        self.day.open()
    }

    /// Requests may have passed that were not counted here.
    pub fn doubt(&mut self) {
        self.day.doubt();
    }

    /// Requests under way.
    pub fn under_way(&self) -> u64 {
        self.under_way
    }

    /// Nothing is lost when it is forgotten: what it knows of the day can be read again.
    pub fn is_idle(&mut self, at: Moment) -> bool {
        self.advance(at);
        self.under_way == 0 && self.requests.sum() == 0 && self.tokens.sum() == 0
    }

    /// What was counted here in the last minute, requests and tokens: moments and how many.
    pub fn minute(&mut self, at: Moment) -> [Vec<(i64, u64)>; 2] {
        self.advance(at);
        [self.requests.entries(), self.tokens.entries()]
    }

    /// How much is left of every limit; `None` when the day's use must be read first.
    pub fn rooms(&mut self, limits: &Limits, at: Moment) -> Option<Rooms> {
        self.advance(at);
        let is_known = self.day.is_read() || !limits.is_daily();
        is_known.then(|| self.counts(limits, at).rooms(limits))
    }

    fn advance(&mut self, at: Moment) {
        self.requests.advance(at.tick);
        self.tokens.advance(at.tick);
        self.day.advance(at.now);
    }

    fn counts(&self, limits: &Limits, at: Moment) -> Counts {
        let minute = |window: &Window, limit: u64| Minute {
            sum: window.sum(),
            until_less: window.until_less(at.tick),
            until_below: window.until_below(limit, at.tick),
        };
        Counts {
            requests: minute(&self.requests, limits.rpm),
            tokens: minute(&self.tokens, limits.tpm),
            day: Used { requests: self.day.requests, tokens: self.day.tokens },
            day_left_ms: Day::left_ms(at.now),
            under_way: self.under_way,
        }
    }
}
