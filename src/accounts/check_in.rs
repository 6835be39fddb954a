//! The daily check-in: what it is worth, and how many days in a row there were.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use crate::settings::Values;

/// What a check-in is worth. Comes from the settings `check_in_…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Hours of each.
    hours: i64,
    /// The most hours ahead that they may bring an end to; 0 for no such end.
    cap_hours: i64,
    /// Every so many days in a row bring the bonus; 0 for none.
    streak_days: i64,
    /// Hours of the bonus.
    streak_hours: i64,
}

impl Rule {
    /// What the settings say.
    pub fn of(settings: &Values) -> Self {
        Self {
            hours: settings.check_in_hours,
            cap_hours: settings.check_in_cap_hours,
            streak_days: settings.check_in_streak_days,
            streak_hours: settings.check_in_streak_hours,
        }
    }

    /// Hours of the check-in that makes so many days in a row.
    pub fn hours(&self, streak: i64) -> i64 {
        let bonus = self.streak_days > 0 && streak > 0 && streak % self.streak_days == 0;
        self.hours + if bonus { self.streak_hours } else { 0 }
    }

    /// A key's new end: from its end, or from now if that has passed; up to the cap, and never
    /// sooner than it was.
    pub fn extend(&self, end: NaiveDateTime, streak: i64, now: NaiveDateTime) -> NaiveDateTime {
        let later = |from: NaiveDateTime, hours| {
            from.checked_add_signed(TimeDelta::hours(hours)).unwrap_or(NaiveDateTime::MAX)
        };
        let wanted = later(end.max(now), self.hours(streak));
        let capped = match self.cap_hours {
            0 => wanted,
            hours => wanted.min(later(now, hours)),
        };
        capped.max(end)
    }
}

/// Days in a row up to today, or up to yesterday while there is none today. `days` are each there
/// once, the newest first.
pub fn streak(days: &[NaiveDate], today: NaiveDate) -> i64 {
    let Some(newest) = days.first() else { return 0 };
    if (today - *newest).num_days() > 1 {
        return 0;
    }
    runs(days).first().copied().unwrap_or(0)
}

/// The most days in a row there ever were.
pub fn longest(days: &[NaiveDate]) -> i64 {
    runs(days).into_iter().max().unwrap_or(0)
}

/// The lengths of all runs of days, the newest first.
fn runs(days: &[NaiveDate]) -> Vec<i64> {
    let mut runs = Vec::new();
    let mut before: Option<NaiveDate> = None;
    for day in days {
        match (before, runs.last_mut()) {
            (Some(later), Some(run)) if later.pred_opt() == Some(*day) => *run += 1,
            _ => runs.push(1),
        }
        before = Some(*day);
    }
    runs
}

#[cfg(test)]
mod tests {
    use chrono::{Days, NaiveDate, TimeDelta};
    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::{Rule, longest, streak};
    use crate::clock::Millis;

    fn day(number: u64) -> NaiveDate {
        NaiveDate::default() + Days::new(number)
    }

    proptest! {
        #[test]
        fn a_check_in_takes_nothing_away_and_keeps_to_the_cap(
            now in 0_i64..4_000_000_000_000, ahead in -10_000_000_i64..10_000_000,
            hours in 0_i64..100, cap_hours in 0_i64..1000, streak in 0_i64..30,
            streak_days in 0_i64..10, streak_hours in 0_i64..50
        ) {
            let rule = Rule { hours, cap_hours, streak_days, streak_hours };
            let (end, now) = (Millis(now).plus_secs(ahead).naive(), Millis(now).naive());
            let new = rule.extend(end, streak, now);
            prop_assert!(new >= end, "never sooner");
            let most = end.max(now) + TimeDelta::hours(rule.hours(streak));
            prop_assert!(new <= most.max(end));
            if cap_hours == 0 {
                prop_assert_eq!(new, most);
            } else {
                prop_assert_eq!(new, most.min(now + TimeDelta::hours(cap_hours)).max(end));
            }
        }

        #[test]
        fn a_streak_is_as_a_walk_back_finds_it(days in btree_set(0_u64..40, 0..30), today in 0_u64..42) {
            let newest_first: Vec<NaiveDate> =
                days.iter().rev().filter(|number| **number <= today).map(|number| day(*number)).collect();
            let there = |number: u64| number <= today && days.contains(&number);
            let mut from = if there(today) { Some(today) } else { today.checked_sub(1) };
            let mut walked = 0;
            while let Some(number) = from.filter(|number| there(*number)) {
                walked += 1;
                from = number.checked_sub(1);
            }
            prop_assert_eq!(streak(&newest_first, day(today)), walked);
            prop_assert!(longest(&newest_first) >= walked);
        }
    }

    #[test]
    fn the_bonus_comes_with_every_so_many_days() {
        let rule = Rule { hours: 24, cap_hours: 0, streak_days: 7, streak_hours: 12 };
        let hours: Vec<i64> = [1, 6, 7, 8, 14].map(|streak| rule.hours(streak)).to_vec();
        assert_eq!(hours, [24, 24, 36, 24, 36]);
        assert_eq!(longest(&[day(9), day(7), day(6), day(5), day(1)]), 3);
        assert_eq!(longest(&[]), 0);
    }
}
