//! What a client token may use: requests and tokens a minute and a day, and requests at once.
//!
//! [`Limiter`] is the one door. Behind it each limited token has a [`Meter`] in this process's
//! memory, so that limits hold exactly within one process. The meter and its parts are pure: they
//! have no clock and do no I/O. With Redis the word that counts is that of all replicas together,
//! which `shared` has there, and the meter knows this process's part of it: for the time when
//! Redis is away, in which each goes on with its share, and for when it comes back without a
//! memory.
//!
//! - A minute is any 60 seconds, not a clock's minute: of requests no 60 seconds see more than the
//!   limit.
//! - Tokens are known only when an answer has come. A request is let in while what was used is
//!   below the limit, so the last one can go beyond it; the ones after it wait until the sum is
//!   below again.
//! - A day is one of UTC. Its counts begin with what the statistics have of it, so that a restart
//!   doesn't give it anew.
//! - What is refused costs nothing.

mod clerk;
mod counts;
mod day;
mod limiter;
mod meter;
mod permit;
#[cfg(test)]
mod properties;
mod shared;
mod told;
mod window;

pub use self::clerk::Clerk;
pub use self::counts::{Refused, Room, Rooms, Standing};
pub use self::day::Used;
pub use self::limiter::{Admitted, Limiter, LimiterParts, NotAdmitted};
pub use self::meter::{Meter, Moment, Stop};
pub use self::permit::Permit;
pub use self::told::{duration, overwrite};

/// What a token may use. 0 is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests in any 60 seconds.
    pub rpm: u64,
    /// Tokens of prompts and answers in any 60 seconds.
    pub tpm: u64,
    /// Requests of a day, in UTC.
    pub daily_requests: u64,
    /// Tokens of a day, in UTC.
    pub daily_tokens: u64,
    /// Requests under way at once.
    pub max_concurrency: u64,
}

impl Limits {
    /// These limits, if there are any.
    pub fn some(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }

    /// Whether what was used earlier in the day matters.
    pub fn is_daily(&self) -> bool {
        self.daily_requests > 0 || self.daily_tokens > 0
    }
}

/// Which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of Limits")]
pub enum Limit {
    Rpm,
    Tpm,
    DailyRequests,
    DailyTokens,
    Concurrency,
}
