//! Latencies in buckets, so that any percentile of any span of time can be had from counts.
//!
//! The bounds are fixed: 0, 1, 2, … ms, and from 10 ms on each is a fifth above the one before, up
//! to a day. A percentile is told as the middle of its bucket, which is off by 10 % at most. The
//! bounds are never changed: stored counts are by their number.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const DAY_MS: i64 = 86_400_000;

/// The last number of each bucket, in milliseconds.
static BOUNDS: LazyLock<Vec<i64>> = LazyLock::new(|| {
    let next = |bound: &i64| (*bound < DAY_MS).then(|| (bound + 1).max(bound * 6 / 5));
    std::iter::successors(Some(0), next).collect()
});

/// The bucket of a span.
pub fn bucket(ms: i64) -> i32 {
    let at = BOUNDS.partition_point(|bound| *bound < ms).min(BOUNDS.len() - 1);
    i32::try_from(at).unwrap_or(i32::MAX)
}

/// What stands for all spans of a bucket, in milliseconds.
fn middle(bucket: i32) -> i64 {
    let at = usize::try_from(bucket).unwrap_or(0).min(BOUNDS.len() - 1);
    let bound = |at: usize| BOUNDS.get(at).copied().unwrap_or(0);
    let (first, last) = (at.checked_sub(1).map_or(0, |before| bound(before) + 1), bound(at));
    #[expect(clippy::cast_precision_loss, reason = "a day in milliseconds fits")]
    let middle = (first as f64 * last as f64).sqrt().round();
    #[expect(clippy::cast_possible_truncation, reason = "it is between two of the bounds")]
    let middle = middle as i64;
    middle
}

/// How many spans fell into which bucket.
#[derive(Debug, Clone, Default)]
pub struct Spread(BTreeMap<i32, i64>);

impl Spread {
    /// Adds so many to a bucket.
    pub fn add(&mut self, bucket: i32, count: i64) {
        if count > 0 {
            *self.0.entry(bucket).or_default() += count;
        }
    }

    /// How many there are.
    pub fn count(&self) -> i64 {
        self.0.values().sum()
    }

    /// The span, in milliseconds, that so many of a hundred don't exceed; `None` when there are
    /// none.
    pub fn percentile(&self, percent: i64) -> Option<i64> {
        let rank = (self.count() * percent + 99) / 100;
        let mut passed = 0;
        let found = self.0.iter().find(|(_, count)| {
            passed += **count;
            passed >= rank
        });
        found.map(|(bucket, _)| middle(*bucket))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Spans of all sizes: as many below 100 ms as above a minute.
    fn spans() -> impl Strategy<Value = Vec<i64>> {
        let span = prop_oneof![0i64..100, 0i64..10_000, 0i64..1_000_000, 0i64..DAY_MS];
        vec(span, 1..400)
    }

    proptest! {
        #[test]
        fn a_percentile_of_buckets_is_near_the_true_one(mut spans in spans(), percent in 1i64..=100) {
            let mut spread = Spread::default();
            spans.iter().for_each(|ms| spread.add(bucket(*ms), 1));
            spans.sort_unstable();
            let rank = (spans.len() * usize::try_from(percent).unwrap()).div_ceil(100);
            let (truth, told) = (spans[rank - 1], spread.percentile(percent).unwrap());
            prop_assert!((told - truth).abs() * 10 <= truth, "{told} for {truth}");
        }

        #[test]
        fn longer_spans_are_in_no_lower_bucket(one in 0i64..DAY_MS * 2, other in 0i64..DAY_MS * 2) {
            prop_assert_eq!(one <= other, bucket(one) <= bucket(other) && one <= other);
        }
    }

    #[test]
    fn the_bounds_are_those_that_stored_counts_mean() {
        assert_eq!(BOUNDS[..14], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16]);
        assert_eq!((BOUNDS.len(), bucket(i64::MAX)), (100, 99));
        assert_eq!(Spread::default().percentile(50), None);
    }
}
