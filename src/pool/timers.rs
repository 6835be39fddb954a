//! When to look at a key again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::ring::Slot;
use crate::clock::Millis;

/// Moments at which keys may have become usable, soonest first.
///
/// An entry is a hint: the key may have been changed since, so whoever takes one looks at the key
/// itself. That spares searching the heap at each change.
#[derive(Debug)]
pub struct Timers<T = Slot>(BinaryHeap<Reverse<(Millis, T)>>);

impl<T: Ord> Default for Timers<T> {
    fn default() -> Self {
        Self(BinaryHeap::new())
    }
}

impl<T: Ord + Copy> Timers<T> {
    /// Remembers to look at `slot` at `at`.
    pub fn set(&mut self, at: Millis, slot: T) {
        self.0.push(Reverse((at, slot)));
    }

    /// Takes out one entry that is due.
    pub fn due(&mut self, now: Millis) -> Option<T> {
        match self.0.peek() {
            Some(Reverse((at, _))) if *at <= now => self.0.pop().map(|Reverse((_, slot))| slot),
            _ => None,
        }
    }

    /// The soonest entry for which `still` holds; entries before it are dropped.
    pub fn soonest(&mut self, mut still: impl FnMut(Millis, T) -> bool) -> Option<(Millis, T)> {
        while let Some(Reverse((at, slot))) = self.0.peek() {
            if still(*at, *slot) {
                return Some((*at, *slot));
            }
            self.0.pop();
        }
        None
    }
}
