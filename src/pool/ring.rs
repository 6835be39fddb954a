//! Whose turn it is: weighted round robin in constant time.

use std::collections::VecDeque;

/// A key's place in its provider's table.
pub type Slot = u32;

/// What a ring should do with the key whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Serve it; it may be served this many times in a turn.
    Serve {
        /// Picks a turn, at least one.
        weight: u16,
    },
    /// Not for this request, but it keeps its place.
    Pass,
    /// Take it out of the ring; whoever makes it usable again brings it back.
    Drop,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    slot: Slot,
    /// Picks left in this turn; 0 for "a whole turn's worth".
    left: u16,
}

/// A queue of keys for this turn and one for the next.
///
/// Within a turn each key is served as often as its weight says, heavier keys between the others.
/// With equal weights that is a plain queue: any `n` picks in a row over `n` keys meet each once.
/// A key that stopped being usable stays until its turn comes, so that taking a thousand keys out
/// costs nothing until they are met, and then one step each.
#[derive(Debug, Default)]
pub struct Ring {
    current: VecDeque<Place>,
    next: VecDeque<Place>,
    member: Vec<bool>,
}

impl Ring {
    /// Brings a key in, to be served from the next turn on. No effect when it is in already.
    pub fn insert(&mut self, slot: Slot) {
        let index = slot as usize;
        if index >= self.member.len() {
            self.member.resize(index + 1, false);
        }
        if let Some(member) = self.member.get_mut(index)
            && !std::mem::replace(member, true)
        {
            self.next.push_back(Place { slot, left: 0 });
        }
    }

    /// Lets the keys that wait for the next turn begin with this one of them, counted round and
    /// round. Their order stays.
    pub fn begin_at(&mut self, place: usize) {
        let by = place.checked_rem(self.next.len()).unwrap_or(0);
        self.next.rotate_left(by);
    }

    /// The next key that `fit` lets serve.
    ///
    /// Costs one step for the pick, and one for each key that `fit` passes over or drops.
    pub fn pick(&mut self, mut fit: impl FnMut(Slot) -> Fit) -> Option<Slot> {
        let mut passed = Vec::new();
        let mut picked = None;
        while let Some(place) = self.pop() {
            match fit(place.slot) {
                Fit::Serve { weight } => {
                    self.put_back(place, weight);
                    picked = Some(place.slot);
                    break;
                }
                Fit::Pass => passed.push(place),
                Fit::Drop => self.forget(place.slot),
            }
        }
        for place in passed.into_iter().rev() {
            self.current.push_front(place);
        }
        picked
    }

    fn pop(&mut self) -> Option<Place> {
        if self.current.is_empty() {
            std::mem::swap(&mut self.current, &mut self.next);
        }
        self.current.pop_front()
    }

    fn put_back(&mut self, place: Place, weight: u16) {
        let budget = if place.left == 0 { weight.max(1) } else { place.left.min(weight.max(1)) };
        let left = budget - 1;
        let queue = if left == 0 { &mut self.next } else { &mut self.current };
        queue.push_back(Place { slot: place.slot, left });
    }

    fn forget(&mut self, slot: Slot) {
        if let Some(member) = self.member.get_mut(slot as usize) {
            *member = false;
        }
    }
}
