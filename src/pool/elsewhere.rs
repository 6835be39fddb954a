//! Caps over all replicas: what a loan takes a place of, and leaving alone for a moment what the
//! others use to the full.

use std::collections::HashMap;
use std::hash::Hash;

use super::Loan;
use super::key::{KeyId, Status};
use super::provider_pool::ProviderPool;
use super::timers::Timers;
use crate::clock::Millis;

/// How long what is full elsewhere is left alone, in milliseconds: nobody tells of a free place.
pub const FULL_MS: i64 = 100;

/// Whose places they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// A named account's, for all its keys.
    Account(String),
    /// One key's.
    Key(KeyId),
}

/// One of so many places, over all replicas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Whose.
    pub whose: Whose,
    /// How many there are.
    pub cap: u32,
}

/// Keys or accounts without a free place, and until when they are taken to have none.
#[derive(Debug)]
pub struct Elsewhere<T> {
    until: HashMap<T, Millis>,
    timers: Timers<T>,
}

impl<T: Ord> Default for Elsewhere<T> {
    fn default() -> Self {
        Self { until: HashMap::new(), timers: Timers::default() }
    }
}

impl<T: Copy + Ord + Hash> Elsewhere<T> {
    /// Whether it has none.
    pub fn is_full(&self, index: T) -> bool {
        !self.until.is_empty() && self.until.contains_key(&index)
    }

    /// It has none until then.
    fn fill(&mut self, index: T, until: Millis) {
        self.until.insert(index, until);
        self.timers.set(until, index);
    }

    /// It may have one again. Returns whether it had none.
    pub fn end(&mut self, index: T) -> bool {
        !self.until.is_empty() && self.until.remove(&index).is_some()
    }

    /// Those which may have one again.
    fn wake(&mut self, now: Millis) -> Vec<T> {
        let mut woken = Vec::new();
        while let Some(index) = self.timers.due(now) {
            if self.until.get(&index).is_some_and(|until| *until <= now) {
                self.until.remove(&index);
                woken.push(index);
            }
        }
        woken
    }
}

impl ProviderPool {
    /// What a loan takes a place of; nothing where there is no cap. A key's own cap is below its
    /// account's, or says no more than that.
    pub fn places(&self, loan: Loan) -> Vec<Place> {
        let key = self.keys.get(loan.slot as usize).and_then(Option::as_ref);
        let Some(key) = key.filter(|key| loan.counted && key.id == loan.key) else {
            return Vec::new();
        };
        let Some(account) = self.accounts.get(key.account) else { return Vec::new() };
        let (cap, own) = (account.cap(), key.max_concurrency);
        let mut places = Vec::new();
        if !account.name.is_empty() {
            places.push(Place { whose: Whose::Account(account.name.to_string()), cap });
        }
        if own > 0 && (account.name.is_empty() || own < cap) {
            places.push(Place { whose: Whose::Key(key.id), cap: own });
        }
        places
    }

    /// Takes a key back that could not be used, since all places of this are taken elsewhere.
    pub fn full(&mut self, loan: Loan, whose: &Whose, now: Millis) {
        let until = now.plus_ms(FULL_MS);
        match whose {
            Whose::Account(name) => {
                if let Some(index) = self.account_names.get(name).copied() {
                    self.full_accounts.fill(index, until);
                    self.note_room(index);
                }
            }
            Whose::Key(id) => {
                if let Some(slot) = self.slot_of(*id) {
                    self.full_keys.fill(slot, until);
                }
            }
        }
        if loan.counted && self.key_mut(loan.slot).is_some_and(|key| key.id == loan.key) {
            self.take_back(loan.slot);
        }
    }

    /// A loan came back: whatever was full has its place now.
    pub fn end_full(&mut self, slot: super::ring::Slot) {
        let Some(account) = self.key_mut(slot).map(|key| key.account) else { return };
        self.full_accounts.end(account);
        if self.full_keys.end(slot) {
            self.bring_in_active(slot);
        }
    }

    /// Brings back what may have a place again.
    pub fn wake_full(&mut self, now: Millis) {
        for index in self.full_accounts.wake(now) {
            self.unpark(index);
        }
        for slot in self.full_keys.wake(now) {
            self.bring_in_active(slot);
        }
    }

    /// Brings back whatever has room by other rules.
    pub fn look_for_room(&mut self) {
        for index in 0..self.accounts.len() {
            self.unpark(index);
        }
        for slot in (0..).take(self.keys.len()) {
            if self.key_mut(slot).is_some_and(|key| key.max_concurrency > 0 && !key.parked) {
                self.bring_in_active(slot);
            }
        }
    }

    fn bring_in_active(&mut self, slot: super::ring::Slot) {
        if self.key_mut(slot).is_some_and(|key| key.status == Status::Active) {
            self.bring_in(slot);
        }
    }
}
