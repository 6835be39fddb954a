//! One token's meter: what it has used, and whether one more request may come in.

use super::day::{Day, Used};
use super::window::Window;
use super::{Limit, Limits};
use crate::clock::Millis;

/// A slot that is taken may be free in a moment; nobody knows when.
const SLOT_WAIT_MS: i64 = 1000;

/// Now, by two clocks.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Milliseconds of a clock that never goes back, for spans.
    pub tick: i64,
    /// The time of day, for days.
    pub now: Millis,
}

/// How much of a limit is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The limit.
    pub limit: u64,
    /// What is left of it.
    pub remaining: u64,
    /// Milliseconds until more is left.
    pub reset_ms: i64,
}

/// How a token stands: of the minute's and the day's limit the one of which less is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Requests, where they are limited.
    pub requests: Option<Room>,
    /// Tokens, where they are limited.
    pub tokens: Option<Room>,
}

/// How much is left of every limit that there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of Limits")]
pub struct Rooms {
    pub rpm: Option<Room>,
    pub tpm: Option<Room>,
    pub daily_requests: Option<Room>,
    pub daily_tokens: Option<Room>,
    pub max_concurrency: Option<Room>,
}

/// A request that must wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// For this limit; where several are reached, for the one that lasts longest.
    pub limit: Limit,
    /// What the limit is.
    pub max: u64,
    /// Milliseconds until it is not reached any more.
    pub wait_ms: i64,
    /// How the token stands.
    pub standing: Standing,
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
        if let Some((limit, max, wait_ms)) = self.reached(limits, at) {
            let standing = self.standing(limits, at);
            return Err(Stop::Refused(Refused { limit, max, wait_ms, standing }));
        }
        self.requests.add(at.tick, 1);
        self.day.begin();
        self.under_way += 1;
        Ok(self.standing(limits, at))
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

    /// Whether the day under way was read; if not, which it is.
    pub fn unread_day(&mut self, at: Moment) -> Option<i64> {
        self.day.advance(at.now);
        (!self.day.is_read()).then(|| self.day.number())
    }

    /// Which day it is counting, in days since 1970.
    pub fn day(&self) -> i64 {
        self.day.number()
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

    fn advance(&mut self, at: Moment) {
        self.requests.advance(at.tick);
        self.tokens.advance(at.tick);
        self.day.advance(at.now);
    }

    fn reached(&self, limits: &Limits, at: Moment) -> Option<(Limit, u64, i64)> {
        let Limits { rpm, tpm, daily_requests, daily_tokens, max_concurrency } = *limits;
        let (requests, tokens, day) = (&self.requests, &self.tokens, &self.day);
        let tomorrow = Day::left_ms(at.now);
        let waits = [
            (Limit::Concurrency, max_concurrency, self.under_way, SLOT_WAIT_MS),
            (Limit::Tpm, tpm, tokens.sum(), tokens.until_below(tpm, at.tick)),
            (Limit::Rpm, rpm, requests.sum(), requests.until_below(rpm, at.tick)),
            (Limit::DailyTokens, daily_tokens, day.tokens, tomorrow),
            (Limit::DailyRequests, daily_requests, day.requests, tomorrow),
        ];
        let reached = waits.into_iter().filter(|(_, max, used, _)| *max > 0 && used >= max);
        reached.max_by_key(|(.., wait)| *wait).map(|(limit, max, _, wait)| (limit, max, wait))
    }

    /// How much is left of every limit; `None` when the day's use must be read first.
    pub fn rooms(&mut self, limits: &Limits, at: Moment) -> Option<Rooms> {
        self.advance(at);
        (self.day.is_read() || !limits.is_daily()).then(|| self.left(limits, at))
    }

    fn left(&self, limits: &Limits, at: Moment) -> Rooms {
        let room = |limit: u64, used: u64, reset_ms: i64| {
            (limit > 0).then(|| Room { limit, remaining: limit.saturating_sub(used), reset_ms })
        };
        let minute = |limit, window: &Window| room(limit, window.sum(), window.until_less(at.tick));
        let day = |limit, used| room(limit, used, Day::left_ms(at.now));
        Rooms {
            rpm: minute(limits.rpm, &self.requests),
            tpm: minute(limits.tpm, &self.tokens),
            daily_requests: day(limits.daily_requests, self.day.requests),
            daily_tokens: day(limits.daily_tokens, self.day.tokens),
            max_concurrency: room(limits.max_concurrency, self.under_way, 0),
        }
    }

    fn standing(&self, limits: &Limits, at: Moment) -> Standing {
        let Rooms { rpm, tpm, daily_requests, daily_tokens, .. } = self.left(limits, at);
        let tighter = |minute: Option<Room>, day: Option<Room>| {
            minute.into_iter().chain(day).min_by_key(|room| room.remaining)
        };
        Standing { requests: tighter(rpm, daily_requests), tokens: tighter(tpm, daily_tokens) }
    }
}
