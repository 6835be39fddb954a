//! Memory of request bodies: how many bytes all of them together may take, and how many each caller.
//!
//! Each body has a [`Charge`] that grows with what arrives and ends with the body's memory. Nothing
//! is reserved for what a client only promises. Counting is a few additions under a lock.

mod charged;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

/// A budget of fewer largest bodies could refuse the only body there is: a compressed one is in
/// memory beside what is decoded of it, which moves once while it grows.
pub const BODIES_MIN: u64 = 3;

/// Largest bodies that the budget has room for unless the settings say otherwise.
pub const BODIES_USUAL: u64 = 4;

/// Caller whose bodies share an allowance.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A client token, by its row.
    Token(i64),
    /// A user who is signed in, by their row.
    Member(i64),
    /// An address (an IPv6 /64) of which nothing else is known.
    Address(String),
    /// Any administrator.
    Administrator,
}

/// Owners that share a ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    /// Owners that anyone can become many of.
    Visitors,
    Tokens,
    Administrators,
}

impl Owner {
    const fn group(&self) -> Group {
        match self {
            Self::Member(_) | Self::Address(_) => Group::Visitors,
            Self::Token(_) => Group::Tokens,
            Self::Administrator => Group::Administrators,
        }
    }

    /// Bytes that several bodies of this owner may have together. One body alone may have more.
    const fn share(&self, max: usize) -> usize {
        match self.group() {
            Group::Visitors => max / 16,
            Group::Tokens => max / 2,
            Group::Administrators => max,
        }
    }
}

/// Reason why a body has to be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The owner's other bodies take its share.
    Share,
    /// All bodies together take what there is.
    Budget,
}

/// Budget of all bodies; clones share it.
#[derive(Debug, Clone)]
pub struct Bodies(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    max: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    visitors: usize,
    tokens: usize,
    administrators: usize,
    peak: usize,
    by_owner: HashMap<Owner, Owned>,
    refused_share: u64,
    refused_budget: u64,
}

/// Bodies of one owner.
#[derive(Debug, Default)]
struct Owned {
    bodies: usize,
    bytes: usize,
}

impl Held {
    const fn all(&self) -> usize {
        self.visitors + self.tokens + self.administrators
    }

    const fn of(&mut self, group: Group) -> &mut usize {
        match group {
            Group::Visitors => &mut self.visitors,
            Group::Tokens => &mut self.tokens,
            Group::Administrators => &mut self.administrators,
        }
    }

    /// Bytes that this group may still take: visitors at most a quarter of the budget, all but
    /// administrators seven eighths, so that whoever fills it can still be stopped.
    fn room(&self, group: Group, max: usize) -> usize {
        let everyone = max.saturating_sub(self.all());
        let strangers = (max - max / 8).saturating_sub(self.visitors + self.tokens);
        match group {
            Group::Administrators => everyone,
            Group::Tokens => everyone.min(strangers),
            Group::Visitors => everyone.min(strangers).min((max / 4).saturating_sub(self.visitors)),
        }
    }
}

impl Bodies {
    /// A budget of so many bytes.
    pub fn new(max: usize) -> Self {
        Self(Arc::new(Inner { max, held: Mutex::default() }))
    }

    /// Begins a body of this owner, which takes nothing yet.
    pub fn charge(&self, owner: Owner) -> Charge {
        self.0.held.lock().by_owner.entry(owner.clone()).or_default().bodies += 1;
        Charge { bodies: self.clone(), owner, bytes: 0 }
    }

    /// Bytes that bodies may take.
    pub fn max(&self) -> usize {
        self.0.max
    }

    /// How many bodies were refused so far, by what was full.
    pub fn refused(&self) -> [(&'static str, u64); 2] {
        let held = self.0.held.lock();
        [("share", held.refused_share), ("budget", held.refused_budget)]
    }

    /// Bytes that bodies take now.
    pub fn held(&self) -> usize {
        self.0.held.lock().all()
    }

    /// Most bytes that bodies have taken at once.
    pub fn peak(&self) -> usize {
        self.0.held.lock().peak
    }
}

/// Bytes of one body, given back when it is dropped.
#[derive(Debug)]
pub struct Charge {
    bodies: Bodies,
    owner: Owner,
    bytes: usize,
}

impl Charge {
    /// Whether a body of so many bytes could be taken in now. Takes nothing.
    ///
    /// # Errors
    /// The share or the budget is used up.
    pub fn check(&self, bytes: usize) -> Result<(), Full> {
        self.room_for(&mut self.bodies.0.held.lock(), bytes.saturating_sub(self.bytes))
    }

    /// Takes so many bytes in all.
    ///
    /// # Errors
    /// The share or the budget is used up; what was taken before stays taken.
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), Full> {
        let more = bytes.saturating_sub(self.bytes);
        let mut held = self.bodies.0.held.lock();
        self.room_for(&mut held, more)?;
        *held.of(self.owner.group()) += more;
        held.peak = held.peak.max(held.all());
        if let Some(owned) = held.by_owner.get_mut(&self.owner) {
            owned.bytes += more;
        }
        drop(held);
        self.bytes += more;
        Ok(())
    }

    /// Gives back all but so many bytes.
    pub fn shrink_to(&mut self, bytes: usize) {
        let less = self.bytes.saturating_sub(bytes);
        let mut held = self.bodies.0.held.lock();
        let group = held.of(self.owner.group());
        *group = group.saturating_sub(less);
        if let Some(owned) = held.by_owner.get_mut(&self.owner) {
            owned.bytes = owned.bytes.saturating_sub(less);
        }
        drop(held);
        self.bytes -= less;
    }

    /// Counts a refusal.
    fn room_for(&self, held: &mut Held, more: usize) -> Result<(), Full> {
        self.look_for_room(held, more).inspect_err(|full| match full {
            Full::Share => held.refused_share += 1,
            Full::Budget => held.refused_budget += 1,
        })
    }

    fn look_for_room(&self, held: &Held, more: usize) -> Result<(), Full> {
        let max = self.bodies.0.max;
        let others = held.by_owner.get(&self.owner).is_some_and(|owned| owned.bytes > self.bytes);
        let owned = held.by_owner.get(&self.owner).map_or(0, |owned| owned.bytes);
        if others && owned.saturating_add(more) > self.owner.share(max) {
            return Err(Full::Share);
        }
        if more > held.room(self.owner.group(), max) {
            return Err(Full::Budget);
        }
        Ok(())
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.shrink_to(0);
        let mut held = self.bodies.0.held.lock();
        if let Some(owned) = held.by_owner.get_mut(&self.owner) {
            owned.bodies -= 1;
            if owned.bodies == 0 {
                held.by_owner.remove(&self.owner);
            }
        }
    }
}
