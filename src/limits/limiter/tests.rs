//! Meters are held as long as something would be lost with them, and no longer.

use std::collections::HashMap;

use super::{Gauges, SWEEP_AT};
use crate::clock::Millis;
use crate::limits::{Limits, Moment};

#[test]
fn idle_meters_go_and_others_stay() {
    let by_minute = Limits { rpm: 5, ..Limits::default() };
    let at = |tick| Moment { tick, now: Millis(tick) };
    let mut gauges = Gauges { by_token: HashMap::new(), sweep_at: SWEEP_AT };
    for token in 0..1024 {
        gauges.by_token.entry(token).or_default();
    }
    // One has used something of its minute, one has a request under way, one is being asked.
    for (token, ends) in [(1, true), (2, false)] {
        let mut meter = gauges.by_token.get(&token).expect("it is there").meter.lock();
        assert!(meter.take(&by_minute, at(0)).is_ok());
        if ends {
            meter.settle(0, 0, at(0));
        }
    }
    let asked = gauges.by_token.get(&3).expect("it is there").clone();
    gauges.sweep(at(60_000));
    let mut left: Vec<i64> = gauges.by_token.keys().copied().collect();
    left.sort_unstable();
    assert_eq!(left, [1, 2, 3]);
    drop(asked);

    // Few are not looked through, so that a sweep costs next to nothing a request.
    gauges.sweep(at(120_000));
    assert_eq!(gauges.by_token.len(), 3);
    gauges.sweep_at = 0;
    gauges.sweep(at(120_000));
    assert_eq!(gauges.by_token.keys().collect::<Vec<_>>(), [&2], "only what is under way");
}
