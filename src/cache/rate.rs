//! A rate: so many at once, which come back evenly over the window (GCRA, the generic cell rate
//! algorithm). One number is kept for each name: the moment at which nothing is used any more.

use std::time::Duration;

/// The same as [`Rate::take`], in one step in Redis, by its clock, so that processes agree.
/// Moments are microseconds as whole numbers: Lua would write large ones rounded.
pub const TAKE: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local step, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local free = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local next = free + step
if next - now > window then return {0, free - now} end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
return {1, next - now}";

/// So many in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many, at once or one by one.
    pub limit: u64,
    /// In which as many come back.
    pub window: Duration,
}

/// What came of asking for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Whether there was one left.
    pub allowed: bool,
    /// The limit.
    pub limit: u64,
    /// How many are left now.
    pub remaining: u64,
    /// Until all are there again.
    pub reset: Duration,
    /// Until there is one again; nothing while there is.
    pub wait: Duration,
}

impl Rate {
    /// Takes one at `now`, if there is one left. `free` is when all are there again, and moves.
    /// Both in microseconds since whenever.
    pub fn take(self, free: &mut u64, now: u64) -> Taken {
        let before = (*free).max(now);
        let next = before.saturating_add(self.step());
        let allowed = next - now <= self.window();
        if allowed {
            *free = next;
        }
        let used = if allowed { next } else { before } - now;
        self.told(allowed, used)
    }

    /// What it comes to when it takes `used` microseconds until all are there again.
    pub fn told(self, allowed: bool, used: u64) -> Taken {
        let (step, window) = (self.step(), self.window());
        let remaining = if allowed { window.saturating_sub(used) / step } else { 0 };
        let wait = used.saturating_add(step).saturating_sub(window);
        Taken {
            allowed,
            limit: self.limit,
            remaining: remaining.min(self.limit),
            reset: Duration::from_micros(used),
            wait: Duration::from_micros(wait),
        }
    }

    /// Microseconds in which one comes back.
    pub fn step(self) -> u64 {
        (self.window() / self.limit.max(1)).max(1)
    }

    /// Microseconds in which all come back.
    pub fn window(self) -> u64 {
        u64::try_from(self.window.as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::Rate;

    proptest! {
        /// Over any span no more get through than the limit and what comes back meanwhile; a
        /// refused one costs nothing and gets through after the wait it was told, not before.
        #[test]
        fn no_more_than_the_limit_and_what_comes_back(
            limit in 1_u64..50,
            window_ms in 1_u64..100_000,
            steps in proptest::collection::vec(0_u64..5_000_000, 1..200),
        ) {
            let rate = Rate { limit, window: Duration::from_millis(window_ms) };
            let (mut free, mut now, mut taken) = (0, 1_000_000_000, Vec::new());
            for step in steps {
                now += step;
                let before = free;
                let told = rate.take(&mut free, now);
                prop_assert!(told.reset <= rate.window && told.remaining < limit);
                if told.allowed {
                    taken.push(now);
                    let mut again = free;
                    let more = (0..limit).take_while(|_| rate.take(&mut again, now).allowed);
                    prop_assert_eq!(more.count() as u64, told.remaining);
                } else {
                    prop_assert_eq!(free, before);
                    let wait = u64::try_from(told.wait.as_micros()).unwrap();
                    prop_assert!(wait > 0);
                    prop_assert!(!rate.take(&mut free.clone(), now + wait - 1).allowed);
                    prop_assert!(rate.take(&mut free.clone(), now + wait).allowed);
                }
            }
            for (n, from) in taken.iter().enumerate() {
                for (more, to) in taken[n..].iter().enumerate() {
                    prop_assert!(more as u64 <= limit + (to - from) / rate.step());
                }
            }
        }
    }

    #[test]
    fn all_at_once_and_then_one_by_one() {
        let rate = Rate { limit: 60, window: Duration::from_secs(60) };
        let mut free = 0;
        for left in (0..60).rev() {
            assert_eq!(rate.take(&mut free, 5).remaining, left);
        }
        let refused = rate.take(&mut free, 5);
        assert_eq!((refused.allowed, refused.wait), (false, Duration::from_secs(1)));
        assert_eq!(refused.reset, Duration::from_secs(60));
        assert!(rate.take(&mut free, 1_000_005).allowed);
        assert!(!rate.take(&mut free, 1_000_006).allowed);
    }
}
