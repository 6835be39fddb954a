//! What Redis says when it is asked for a request's place.

use crate::limits::counts::{Counts, Minute};
use crate::limits::day::Used;

/// Its answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// There is room, and it is taken if it was asked for.
    Room(Counted),
    /// A limit is reached.
    Reached(Counted),
    /// What was used of this day must be read first.
    Unread(i64),
    /// Redis has another memory than the one that is known here: this one, 0 for none yet.
    Forgot(i64),
}

/// What all replicas have counted.
#[derive(Debug, PartialEq, Eq)]
pub struct Counted {
    /// How much.
    pub counts: Counts,
    /// Which day it is, in days since 1970.
    pub day: i64,
    /// The day is to be read again, by whoever is told so.
    pub is_stale: bool,
}

impl Answer {
    /// From what the script returns; `None` when that is nothing it returns.
    pub fn read(numbers: &[i64]) -> Option<Self> {
        match *numbers {
            [3, epoch] => Some(Self::Forgot(epoch)),
            [2, day, ..] => Some(Self::Unread(day)),
            [status, day, ref rest @ ..] => {
                let counted = counted(day, rest)?;
                Some(if status == 0 { Self::Room(counted) } else { Self::Reached(counted) })
            }
            _ => None,
        }
    }
}

fn counted(day: i64, numbers: &[i64]) -> Option<Counted> {
    let [requests, less, below, tokens, tokens_less, tokens_below, rest @ ..] = numbers else {
        return None;
    };
    let [day_requests, day_tokens, day_left_ms, under_way, is_stale] = rest else { return None };
    let count = |number: &i64| u64::try_from(*number).unwrap_or(0);
    let minute = |sum, less: &i64, below: &i64| Minute {
        sum: count(sum),
        until_less: *less,
        until_below: *below,
    };
    let counts = Counts {
        requests: minute(requests, less, below),
        tokens: minute(tokens, tokens_less, tokens_below),
        day: Used { requests: count(day_requests), tokens: count(day_tokens) },
        day_left_ms: *day_left_ms,
        under_way: count(under_way),
    };
    Some(Counted { counts, day, is_stale: *is_stale == 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_script_returns() {
        assert_eq!(Answer::read(&[3, 7]), Some(Answer::Forgot(7)));
        assert_eq!(Answer::read(&[2, 20_000, 0]), Some(Answer::Unread(20_000)));
        let numbers = [1, 20_000, 3, 10, 20, 4, 30, 40, 5, 6, 50, 7, 1];
        let Some(Answer::Reached(counted)) = Answer::read(&numbers) else { panic!("reached") };
        let counts = counted.counts;
        assert_eq!(counts.requests, Minute { sum: 3, until_less: 10, until_below: 20 });
        assert_eq!(counts.tokens, Minute { sum: 4, until_less: 30, until_below: 40 });
        assert_eq!(counts.day, Used { requests: 5, tokens: 6 });
        assert_eq!((counts.day_left_ms, counts.under_way, counted.day), (50, 7, 20_000));
        assert!(counted.is_stale);
        for wrong in [&[][..], &[0], &[0, 1, 2]] {
            assert_eq!(Answer::read(wrong), None, "{wrong:?}");
        }
    }
}
