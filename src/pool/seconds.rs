//! Two counts by second over the last `N` seconds.

use crate::clock::Millis;

/// A second, and what was counted in it; a place is used again after `N` seconds.
#[derive(Debug)]
pub(super) struct Seconds<const N: usize>([(i64, u32, u32); N]);

impl<const N: usize> Default for Seconds<N> {
    fn default() -> Self {
        Self([(0, 0, 0); N])
    }
}

impl<const N: usize> Seconds<N> {
    /// Adds to both counts.
    pub fn add(&mut self, now: Millis, first: u32, second: u32) {
        let at = now.0.div_euclid(1000);
        let place = i64::try_from(N).map_or(0, |length| at.rem_euclid(length));
        let Some(counted) = usize::try_from(place).ok().and_then(|place| self.0.get_mut(place))
        else {
            return;
        };
        if counted.0 != at {
            *counted = (at, 0, 0);
        }
        counted.1 = counted.1.saturating_add(first);
        counted.2 = counted.2.saturating_add(second);
    }

    /// Both counts over the last `N` seconds.
    pub fn sum(&self, now: Millis) -> (u32, u32) {
        let oldest = now.0.div_euclid(1000).saturating_sub(i64::try_from(N).unwrap_or(0));
        let young = self.0.iter().filter(|(at, ..)| *at > oldest);
        young.fold((0, 0), |(first, second), (_, one, other)| {
            (first.saturating_add(*one), second.saturating_add(*other))
        })
    }
}
