//! What a token has used, wherever that was counted, and what is left of its limits.

use super::day::Used;
use super::{Limit, Limits};

/// A slot that is taken may be free in a moment; nobody knows when.
const SLOT_WAIT_MS: i64 = 1000;

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

/// What was counted in the last 60 seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Minute {
    /// What it adds up to.
    pub sum: u64,
    /// Milliseconds until it is less; 0 when it is nothing.
    pub until_less: i64,
    /// Milliseconds until it is below its limit; 0 when it is, or has none.
    pub until_below: i64,
}

/// What a token has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests let in.
    pub requests: Minute,
    /// Tokens of prompts and answers.
    pub tokens: Minute,
    /// Of the day.
    pub day: Used,
    /// Milliseconds until the next day.
    pub day_left_ms: i64,
    /// Requests under way.
    pub under_way: u64,
}

impl Counts {
    /// Why one more must wait, if it must.
    pub fn refused(&self, limits: &Limits) -> Option<Refused> {
        let Limits { rpm, tpm, daily_requests, daily_tokens, max_concurrency } = *limits;
        let (requests, tokens, day) = (self.requests, self.tokens, self.day);
        let waits = [
            (Limit::Concurrency, max_concurrency, self.under_way, SLOT_WAIT_MS),
            (Limit::Tpm, tpm, tokens.sum, tokens.until_below),
            (Limit::Rpm, rpm, requests.sum, requests.until_below),
            (Limit::DailyTokens, daily_tokens, day.tokens, self.day_left_ms),
            (Limit::DailyRequests, daily_requests, day.requests, self.day_left_ms),
        ];
        let reached = waits.into_iter().filter(|(_, max, used, _)| *max > 0 && used >= max);
        let (limit, max, _, wait_ms) = reached.max_by_key(|(.., wait)| *wait)?;
        Some(Refused { limit, max, wait_ms, standing: self.standing(limits) })
    }

    /// What is left of every limit.
    pub fn rooms(&self, limits: &Limits) -> Rooms {
        let room = |limit: u64, used: u64, reset_ms: i64| {
            (limit > 0).then(|| Room { limit, remaining: limit.saturating_sub(used), reset_ms })
        };
        let minute = |limit, minute: Minute| room(limit, minute.sum, minute.until_less);
        let day = |limit, used| room(limit, used, self.day_left_ms);
        Rooms {
            rpm: minute(limits.rpm, self.requests),
            tpm: minute(limits.tpm, self.tokens),
            daily_requests: day(limits.daily_requests, self.day.requests),
            daily_tokens: day(limits.daily_tokens, self.day.tokens),
            max_concurrency: room(limits.max_concurrency, self.under_way, 0),
        }
    }

    /// How the token stands.
    pub fn standing(&self, limits: &Limits) -> Standing {
        let Rooms { rpm, tpm, daily_requests, daily_tokens, .. } = self.rooms(limits);
        let tighter = |minute: Option<Room>, day: Option<Room>| {
            minute.into_iter().chain(day).min_by_key(|room| room.remaining)
        };
        Standing { requests: tighter(rpm, daily_requests), tokens: tighter(tpm, daily_tokens) }
    }
}
