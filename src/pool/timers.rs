//! When to look at a key again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::ring::Slot;
use crate::clock::Millis;

/// Moments at which keys may have become usable, soonest first.
///
/// An entry is a hint: the key may have been changed since, so whoever takes one looks at the key
/// itself. That spares searching the heap at each change.
#[derive(Debug, Default)]
pub struct Timers(BinaryHeap<Reverse<(Millis, Slot)>>);

impl Timers {
    /// Remembers to look at `slot` at `at`.
    pub fn set(&mut self, at: Millis, slot: Slot) {
        self.0.push(Reverse((at, slot)));
    }

    /// Takes out one entry that is due.
    pub fn due(&mut self, now: Millis) -> Option<Slot> {
        match self.0.peek() {
            Some(Reverse((at, _))) if *at <= now => self.0.pop().map(|Reverse((_, slot))| slot),
            _ => None,
        }
    }

    /// The soonest entry for which `still` holds; entries before it are dropped.
    pub fn soonest(&mut self, mut still: impl FnMut(Millis, Slot) -> bool) -> Option<Millis> {
        while let Some(Reverse((at, slot))) = self.0.peek() {
            if still(*at, *slot) {
                return Some(*at);
            }
            self.0.pop();
        }
        None
    }
}
