//! A rotation of its own for a model that some keys can't use.

use std::collections::HashMap;

use super::reason::Reason;
use super::ring::{Fit, Ring, Slot};
use super::timers::Timers;
use crate::clock::Millis;

/// The keys that can use one model.
///
/// Without it, a pick for a model that most plans lack would walk over every key that lacks it.
/// Made at the first such refusal; a model that all keys can use has none.
#[derive(Debug, Default)]
pub struct ModelRing {
    pub ring: Ring,
    absent: HashMap<Slot, (Millis, Reason)>,
    timers: Timers,
}

impl ModelRing {
    /// A rotation of these keys.
    pub fn of(slots: impl Iterator<Item = Slot>) -> Self {
        let mut this = Self::default();
        slots.for_each(|slot| this.ring.insert(slot));
        this
    }

    /// Keeps a key from this model until `until`, unless it is kept from it longer already.
    pub fn block(&mut self, slot: Slot, until: Millis, reason: Reason) {
        let longer = self.absent.get(&slot).is_none_or(|(known, _)| until > *known);
        if longer {
            self.absent.insert(slot, (until, reason));
            self.timers.set(until, slot);
        }
    }

    /// Ends a block, whatever its time. Returns whether there was one.
    pub fn unblock(&mut self, slot: Slot) -> bool {
        self.absent.remove(&slot).is_some()
    }

    /// Ends the blocks whose time is over; returns their keys.
    pub fn wake(&mut self, now: Millis) -> Vec<Slot> {
        let mut woken = Vec::new();
        while let Some(slot) = self.timers.due(now) {
            if self.absent.get(&slot).is_some_and(|(until, _)| *until <= now) {
                self.absent.remove(&slot);
                woken.push(slot);
            }
        }
        woken
    }

    /// The next key that can use the model and that `fit` lets serve.
    pub fn pick(&mut self, mut fit: impl FnMut(Slot) -> Fit) -> Option<Slot> {
        let Self { ring, absent, .. } = self;
        ring.pick(|slot| if absent.contains_key(&slot) { Fit::Drop } else { fit(slot) })
    }

    /// Whether the key is kept from this model.
    pub fn blocks(&self, slot: Slot) -> bool {
        self.absent.contains_key(&slot)
    }

    /// The keys that are kept from this model.
    pub fn blocked(&self) -> impl ExactSizeIterator<Item = Slot> {
        self.absent.keys().copied()
    }

    /// The block of a key.
    pub fn block_of(&self, slot: Slot) -> Option<(Millis, Reason)> {
        self.absent.get(&slot).copied()
    }

    /// When the first blocked key is tried again.
    pub fn soonest(&mut self) -> Option<Millis> {
        let absent = &self.absent;
        let soonest = self
            .timers
            .soonest(|at, slot| absent.get(&slot).is_some_and(|(until, _)| *until == at));
        soonest.map(|(at, _)| at)
    }
}
