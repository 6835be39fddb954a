//! Random histories of one token, with a clock made up by the test.

use proptest::prelude::*;

use super::day::Used;
use super::window::Window;
use super::{Limit, Limits, Meter, Moment, Stop, duration};
use crate::clock::Millis;

const DAY_MS: i64 = 86_400_000;

/// What may happen next.
#[derive(Debug, Clone)]
enum Event {
    Ask,
    End { which: usize, tokens: u64 },
    Wait { ms: i64 },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => Just(Event::Ask),
        4 => (any::<usize>(), 0_u64..200).prop_map(|(which, tokens)| Event::End { which, tokens }),
        3 => prop_oneof![0_i64..100, 0_i64..70_000].prop_map(|ms| Event::Wait { ms }),
        1 => (0_i64..DAY_MS).prop_map(|ms| Event::Wait { ms }),
    ];
    proptest::collection::vec(event, 1..200)
}

fn limits() -> impl Strategy<Value = Limits> {
    let limit = |max: u64| prop_oneof![1 => Just(0), 3 => 1..max];
    (limit(8), limit(500), limit(40), limit(2000), limit(4)).prop_map(
        |(rpm, tpm, daily_requests, daily_tokens, max_concurrency)| Limits {
            rpm,
            tpm,
            daily_requests,
            daily_tokens,
            max_concurrency,
        },
    )
}

/// Everything that happened, kept whole, to judge the meter by.
#[derive(Default)]
struct World {
    now: i64,
    meter: Meter,
    asked: Vec<i64>,
    spent: Vec<(i64, i64, u64)>,
    open: Vec<i64>,
}

impl World {
    fn at(&self) -> Moment {
        Moment { tick: self.now, now: Millis(self.now) }
    }

    fn in_minute(&self, at: i64) -> bool {
        at >= self.now - 60_000
    }

    fn today(&self) -> i64 {
        self.now.div_euclid(DAY_MS)
    }

    /// Requests and tokens of the minute and of the day.
    fn used(&self) -> [u64; 4] {
        let asked =
            |keep: &dyn Fn(i64) -> bool| self.asked.iter().filter(|at| keep(**at)).count() as u64;
        let today = |at: i64| at.div_euclid(DAY_MS) == self.today();
        let minute = self.spent.iter().filter(|(_, ended, _)| self.in_minute(*ended));
        let day = self.spent.iter().filter(|(begun, ..)| today(*begun));
        [
            asked(&|at| self.in_minute(at)),
            minute.map(|(.., tokens)| tokens).sum(),
            asked(&today),
            day.map(|(.., tokens)| tokens).sum(),
        ]
    }

    fn has_room(&self, limits: &Limits) -> bool {
        let [requests, tokens, of_day, tokens_of_day] = self.used();
        let below = |used: u64, limit: u64| limit == 0 || used < limit;
        below(requests, limits.rpm)
            && below(tokens, limits.tpm)
            && below(of_day, limits.daily_requests)
            && below(tokens_of_day, limits.daily_tokens)
            && below(self.open.len() as u64, limits.max_concurrency)
    }

    fn ask(&mut self, limits: &Limits) -> Result<(), Stop> {
        let at = self.at();
        let mut taken = self.meter.take(limits, at);
        if taken == Err(Stop::Unread) {
            self.meter.read(self.today(), Used::default());
            taken = self.meter.take(limits, at);
        }
        taken?;
        self.asked.push(self.now);
        self.open.push(self.now);
        Ok(())
    }

    fn end(&mut self, which: usize, tokens: u64) {
        if self.open.is_empty() {
            return;
        }
        let begun = self.open.swap_remove(which % self.open.len());
        self.meter.settle(begun.div_euclid(DAY_MS), tokens, self.at());
        self.spent.push((begun, self.now, tokens));
    }
}

proptest! {
    /// A request comes in exactly when every limit has room for it: never more than the limit in
    /// any minute or day or at once, and never fewer.
    #[test]
    fn lets_in_exactly_what_there_is_room_for(limits in limits(), events in events()) {
        let mut world = World::default();
        for event in events {
            match event {
                Event::Wait { ms } => world.now += ms,
                Event::End { which, tokens } => world.end(which, tokens),
                Event::Ask => {
                    let room = world.has_room(&limits);
                    prop_assert_eq!(world.ask(&limits).is_ok(), room);
                }
            }
            prop_assert_eq!(world.meter.under_way(), world.open.len() as u64);
        }
        // Nothing leaks: when all have ended and a minute has passed, it can be forgotten.
        while !world.open.is_empty() {
            world.end(0, 1);
        }
        world.now += 60_001;
        prop_assert!(world.meter.is_idle(world.at()));
    }

    /// The wait that a refusal names is enough, and a millisecond less is not.
    #[test]
    fn the_wait_is_exact(rpm in 1_u64..6, gaps in proptest::collection::vec(0_i64..20_000, 1..40)) {
        let limits = Limits { rpm, ..Limits::default() };
        let mut world = World::default();
        for gap in gaps {
            world.now += gap;
            let Err(Stop::Refused(refused)) = world.ask(&limits) else { continue };
            prop_assert_eq!(refused.limit, Limit::Rpm);
            world.now += refused.wait_ms - 1;
            prop_assert!(world.ask(&limits).is_err());
            world.now += 1;
            prop_assert!(world.ask(&limits).is_ok());
        }
    }

    /// What remains, as told, is what can still be asked at once.
    #[test]
    fn what_remains_can_be_used(rpm in 1_u64..20, before in 0_u64..20) {
        let limits = Limits { rpm, ..Limits::default() };
        let mut world = World::default();
        for _ in 0..before {
            let _ = world.ask(&limits);
        }
        let at = world.at();
        let left = match world.meter.take(&limits, at) {
            Ok(standing) => standing.requests.expect("limited").remaining,
            Err(Stop::Refused(refused)) => refused.standing.requests.expect("limited").remaining,
            Err(Stop::Unread) => unreachable!("no daily limit"),
        };
        for _ in 0..left {
            prop_assert!(world.ask(&limits).is_ok());
        }
        prop_assert!(world.ask(&limits).is_err());
    }

    /// However often something is counted, memory is bounded by milliseconds.
    #[test]
    fn a_window_adds_up(counts in proptest::collection::vec((0_i64..5, 0_u64..9), 1..100)) {
        let (mut window, mut now, mut sum) = (Window::default(), 0, 0);
        for (gap, count) in counts {
            now += gap;
            window.add(now, count);
            sum += count;
            prop_assert_eq!(window.sum(), sum);
        }
        window.advance(now + 60_001);
        prop_assert_eq!((window.sum(), window.until_less(now)), (0, 0));
    }

    /// A day that is read counts what was there, what is under way and what comes.
    #[test]
    fn a_read_day_goes_on(requests in 0_u64..9, open in 0_u64..4, limit in 1_u64..15) {
        let at = Moment { tick: 0, now: Millis(5 * DAY_MS) };
        let mut meter = Meter::default();
        let by_minute = Limits { rpm: 100, ..Limits::default() };
        for _ in 0..open {
            prop_assert!(meter.take(&by_minute, at).is_ok());
        }
        let limits = Limits { daily_requests: limit, ..Limits::default() };
        prop_assert_eq!(meter.take(&limits, at), Err(Stop::Unread));
        meter.read(4, Used { requests: 99, tokens: 0 });
        prop_assert_eq!(meter.take(&limits, at), Err(Stop::Unread), "another day's");
        meter.read(5, Used { requests, tokens: 0 });
        meter.read(5, Used { requests: 99, tokens: 0 });
        let mut came = 0;
        while meter.take(&limits, at).is_ok() {
            came += 1;
        }
        prop_assert_eq!(came, limit.saturating_sub(requests + open));
    }
}

#[test]
fn spans_as_openai_writes_them() {
    for (ms, text) in [
        (0, "0s"),
        (20, "20ms"),
        (999, "999ms"),
        (1000, "1s"),
        (8640, "8.64s"),
        (60_000, "1m0s"),
        (86_400, "1m26.4s"),
        (360_000, "6m0s"),
        (3_600_000, "1h0m0s"),
        (86_399_001, "23h59m59.001s"),
    ] {
        assert_eq!(duration(ms), text);
    }
}
