//! The time of day, passed in everywhere so that tests can jump ahead.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::limits::Moment;

/// A moment, in milliseconds since 1970 UTC.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Millis(pub i64);

impl Millis {
    /// This moment and `secs` seconds.
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1000)))
    }

    /// This moment and `ms` milliseconds.
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Whole seconds from `now` until this moment, rounded up, at least one: what `Retry-After`
    /// needs, since zero would ask for a retry at once.
    pub fn secs_from(self, now: Self) -> u64 {
        u64::try_from((self.0 - now.0 + 999) / 1000).unwrap_or(0).max(1)
    }

    /// As a database column. A moment beyond the calendar becomes its last day.
    pub fn naive(self) -> NaiveDateTime {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::<Utc>::MAX_UTC).naive_utc()
    }

    /// RFC 3339 in UTC, to the millisecond.
    pub fn rfc3339(self) -> String {
        self.naive().and_utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

impl From<NaiveDateTime> for Millis {
    fn from(at: NaiveDateTime) -> Self {
        Self(at.and_utc().timestamp_millis())
    }
}

/// RFC 3339 of a column, for answers.
pub fn rfc3339(at: NaiveDateTime) -> String {
    Millis::from(at).rfc3339()
}

/// The system's clock, and how far a test has moved it.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead_ms: Arc<AtomicI64>,
}

impl Clock {
    /// The time of day.
    pub fn now(&self) -> Millis {
        let now = Utc::now().timestamp_millis();
        Millis(now.saturating_add(self.ahead_ms.load(Ordering::Relaxed)))
    }

    /// Milliseconds since some moment; unlike the time of day they never go back. For spans that
    /// tests jump over.
    pub fn ticks(&self) -> i64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        let passed = i64::try_from(START.elapsed().as_millis()).unwrap_or(i64::MAX);
        passed.saturating_add(self.ahead_ms.load(Ordering::Relaxed))
    }

    /// Now, by both.
    pub fn moment(&self) -> Moment {
        Moment { tick: self.ticks(), now: self.now() }
    }

    /// How many milliseconds it was moved ahead: none outside of tests.
    pub fn ahead_ms(&self) -> i64 {
        self.ahead_ms.load(Ordering::Relaxed)
    }

    /// Moves this clock and its clones ahead. For tests.
    pub fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }
}
