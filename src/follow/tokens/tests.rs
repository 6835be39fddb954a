use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{LATE_MAX, Seen};
use crate::models::token_change::ChangedToken;

fn change(id: i64) -> ChangedToken {
    ChangedToken { id, token_hash: format!("{id:064x}"), token_id: None }
}

/// What a look at `at` finds new, when these have been committed.
fn look(seen: &mut Seen, committed: &[i64], at: Instant) -> Vec<i64> {
    let above = committed.iter().filter(|id| **id > seen.floor());
    let found = above.copied().map(change).collect();
    seen.sift(found, at).into_iter().map(|change| change.id).collect()
}

#[test]
fn each_is_new_once_and_late_ones_are_found() {
    let (mut seen, start) = (Seen::default(), Instant::now());
    assert_eq!(look(&mut seen, &[1, 2, 5], start), [1, 2, 5]);
    assert_eq!(look(&mut seen, &[1, 2, 5], start), [0; 0]);
    assert_eq!(look(&mut seen, &[1, 2, 3, 5, 6], start), [3, 6], "3 was slower");
    let later = start + LATE_MAX / 2;
    assert_eq!(look(&mut seen, &[1, 2, 3, 4, 5, 6], later), [4]);
}

#[test]
fn what_is_old_is_not_asked_for_again() {
    let (mut seen, start) = (Seen::default(), Instant::now());
    look(&mut seen, &[1, 2, 3], start);
    look(&mut seen, &[1, 2, 3], start + LATE_MAX);
    assert_eq!((seen.floor(), seen.numbers.len()), (0, 3), "not yet");
    look(&mut seen, &[1, 2, 3, 4], start + LATE_MAX * 2);
    assert_eq!((seen.floor(), seen.numbers.len()), (3, 1));
    // Deleted rows leave the floor where it is.
    look(&mut seen, &[], start + LATE_MAX * 3);
    look(&mut seen, &[], start + LATE_MAX * 4);
    assert_eq!((seen.floor(), seen.numbers.len()), (4, 0));
    assert_eq!(look(&mut seen, &[5], start + LATE_MAX * 5), [5]);
}

proptest! {
    /// Numbers are taken in order, transactions take up to 59 seconds, looks come at odd times.
    #[test]
    fn every_change_is_seen_exactly_once(
        takes in prop::collection::vec((0_u64..20_000, 0_u64..59_000), 1..60),
        pauses in prop::collection::vec(1_u64..40_000, 1..80),
    ) {
        let start = Instant::now();
        let (mut begun, mut commits) = (0, Vec::new());
        for (id, (pause, takes)) in (1..).zip(takes) {
            begun += pause;
            commits.push((id, begun + takes));
        }
        let end = commits.iter().map(|(_, at)| *at).max().unwrap_or(0);
        let (mut seen, mut times, mut now) = (Seen::default(), BTreeMap::new(), 0);
        for pause in pauses.iter().cycle() {
            now += pause;
            let committed: Vec<i64> =
                commits.iter().filter(|(_, at)| *at <= now).map(|(id, _)| *id).collect();
            for id in look(&mut seen, &committed, start + Duration::from_millis(now)) {
                *times.entry(id).or_insert(0) += 1;
            }
            if now > end {
                break;
            }
        }
        prop_assert_eq!(times.len(), commits.len());
        prop_assert!(times.values().all(|times| *times == 1), "{:?}", times);
    }
}
