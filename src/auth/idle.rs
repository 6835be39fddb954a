//! When a session that is not used ends. Pure.

use chrono::{NaiveDateTime, TimeDelta};

/// How exactly the last use is noted: a session that is in use costs one write in this time.
const NOTED_EVERY: TimeDelta = TimeDelta::seconds(60);

/// What a session is at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Unused for too long: it has ended.
    Ended,
    /// In use, and noted as that a moment ago.
    Noted,
    /// In use, which is to be noted.
    ToNote,
}

/// How long a session may be unused.
#[derive(Debug, Clone, Copy)]
pub struct Idle(TimeDelta);

impl Idle {
    /// So many minutes.
    pub const fn minutes(minutes: i64) -> Self {
        Self(TimeDelta::seconds(minutes.saturating_mul(60)))
    }

    /// What a session is that was last used at `last`.
    pub fn look(self, last: NaiveDateTime, now: NaiveDateTime) -> Use {
        let unused = now - last;
        if unused >= self.0 {
            Use::Ended
        } else if unused >= NOTED_EVERY {
            Use::ToNote
        } else {
            Use::Noted
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Idle, Use};
    use crate::clock::Millis;

    #[test]
    fn a_session_is_noted_once_a_minute_and_ends_unused() {
        let begun = Millis(1_790_000_000_000);
        let after = |secs| Idle::minutes(5).look(begun.naive(), begun.plus_secs(secs).naive());
        for (secs, expected) in [
            (-5, Use::Noted),
            (0, Use::Noted),
            (59, Use::Noted),
            (60, Use::ToNote),
            (299, Use::ToNote),
            (300, Use::Ended),
            (9_000, Use::Ended),
        ] {
            assert_eq!(after(secs), expected, "after {secs} seconds");
        }
    }
}
