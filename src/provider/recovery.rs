//! When a spent limit is whole again.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime};

use crate::clock::Millis;
use crate::pool::verdict::Until;

/// Ollama's session window: it ends at each epoch second that this divides.
const SESSION_SECS: i64 = 18_000;

/// The rule for a limit whose answer names no time.
#[derive(Debug, Clone, Copy)]
pub enum Recovery {
    /// Seconds, doubling.
    Backoff,
    /// So many seconds, unless the answer names a moment.
    After(i64),
    /// So many seconds, also when the answer names an earlier moment.
    AtLeast(i64),
    /// The end of Ollama's five-hour window.
    SessionWindow,
    /// 00:00 UTC.
    NextDay,
    /// Monday, 00:00 UTC.
    NextMonday,
    /// The first of the month, 00:00 UTC.
    NextMonth,
}

impl Recovery {
    /// The end of the wait by this rule.
    pub fn until(self, now: Millis) -> Until {
        let today = now.naive().date();
        match self {
            Self::Backoff => Until::Backoff,
            Self::After(secs) | Self::AtLeast(secs) => Until::At(now.plus_secs(secs)),
            Self::SessionWindow => {
                let secs = now.0.div_euclid(1000);
                Until::At(Millis((secs.div_euclid(SESSION_SECS) + 1) * SESSION_SECS * 1000))
            }
            Self::NextDay => midnight(today.checked_add_days(Days::new(1))),
            Self::NextMonday => {
                let passed = today.weekday().num_days_from_monday();
                midnight(today.checked_add_days(Days::new(u64::from(7 - passed))))
            }
            Self::NextMonth => midnight(
                today.with_day(1).and_then(|first| first.checked_add_months(Months::new(1))),
            ),
        }
    }

    /// The same, where the answer may name a moment itself.
    pub fn unless_told(self, told: Option<Millis>, now: Millis) -> Until {
        match (told, self.until(now)) {
            (Some(told), Until::At(least)) if matches!(self, Self::AtLeast(_)) => {
                Until::At(told.max(least))
            }
            (Some(told), _) => Until::At(told),
            (None, until) => until,
        }
    }
}

/// The beginning of this day; the calendar's last day has none after it.
fn midnight(day: Option<NaiveDate>) -> Until {
    day.map_or(Until::Backoff, |day| Until::At(Millis::from(day.and_time(NaiveTime::MIN))))
}
