//! What an administrator changes about a key while it works.

use super::key::{Key, KeyId, Status};
use super::provider_pool::ProviderPool;
use crate::clock::Millis;

/// New values; `None` leaves the old one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Whose limits it shares; empty for a key on its own.
    pub account: Option<String>,
    /// Picks a turn, at least one.
    pub weight: Option<u16>,
    /// Requests at once; 0 for no cap.
    pub max_concurrency: Option<u32>,
    /// When the operator's lease of the key ends; `Some(None)` for never.
    pub expires_at: Option<Option<Millis>>,
}

impl ProviderPool {
    /// Changes a key where it stands: its failures, waits and loans stay. False when unknown.
    ///
    /// One step, whatever the number of keys, and one for each key that a raised cap lets back in.
    /// Loans that were taken while there was no cap were not counted, and aren't afterwards.
    pub fn change(&mut self, id: KeyId, change: &Change, now: Millis) -> bool {
        let Some(slot) = self.slot_of(id) else { return false };
        let Some(key) = self.key_mut(slot) else { return false };
        if let Some(weight) = change.weight {
            key.weight = weight.max(1);
        }
        if let Some(expires_at) = change.expires_at {
            key.expires_at = expires_at;
        }
        let (account, before) = (key.account, key.max_concurrency);
        if let Some(after) = change.max_concurrency {
            key.max_concurrency = after;
            self.change_cap(account, before, after);
        }
        if let Some(name) = &change.account {
            self.move_to(slot, name, now);
        }
        self.changed.revalue(id);
        self.refresh(slot, now);
        if self.key_mut(slot).is_some_and(|key| key.status == Status::Active) {
            self.bring_in(slot);
        }
        true
    }

    /// Takes a key with its loans to another account. A wait that it shared goes along as its own:
    /// that the account was wrong doesn't show that the wait was.
    fn move_to(&mut self, slot: super::ring::Slot, name: &str, now: Millis) {
        let Some(Key { id, account: old, max_concurrency: cap, in_flight, .. }) =
            self.keys.get(slot as usize).and_then(Option::as_ref)
        else {
            return;
        };
        let (id, old, cap, in_flight) = (*id, *old, *cap, *in_flight);
        if self.accounts.get(old).is_some_and(|account| *account.name == *name) {
            return;
        }
        let shared = self.accounts.get(old).and_then(|account| account.cooldown.active(now));
        self.leave_account(old, slot, cap, in_flight);
        let new = self.account_for(name);
        if let Some(key) = self.key_mut(slot) {
            key.account = new;
            key.parked = false;
            if let Some((until, reason)) = shared {
                key.cooldown.extend(until, reason);
            }
        }
        self.join_account(slot);
        self.unpark(new);
        self.changed.insert(id);
    }
}
