//! The keys of one provider: a table, the accounts behind it, and the rings that say whose turn.

use std::collections::{HashMap, HashSet};

use super::Rules;
use super::account::Account;
use super::askers::Askers;
use super::changes::Changes;
use super::elsewhere::Elsewhere;
use super::firewall::Firewall;
use super::key::{Key, KeyId, KeySpec, Status};
use super::model_breaker::ModelBreaker;
use super::model_ring::ModelRing;
use super::reason::Reason;
use super::retry_budget::RetryBudget;
use super::ring::{Ring, Slot};
use super::standing::Reasons;
use super::state::Counts;
use super::timers::Timers;
use crate::clock::Millis;

#[derive(Debug)]
pub(super) struct ProviderPool {
    pub rules: Rules,
    pub keys: Vec<Option<Key>>,
    free: Vec<Slot>,
    pub by_id: HashMap<KeyId, Slot>,
    pub accounts: Vec<Account>,
    pub account_names: HashMap<String, usize>,
    pub free_accounts: Vec<usize>,
    /// Accounts with a free slot and keys that wait nevertheless; see `unpark_all`.
    pub roomy: HashSet<usize>,
    /// Accounts and keys whose places are taken elsewhere.
    pub full_accounts: Elsewhere<usize>,
    pub full_keys: Elsewhere<Slot>,
    pub ring: Ring,
    pub model_rings: HashMap<String, ModelRing>,
    pub models: HashMap<String, ModelBreaker>,
    /// Breakers that opened for everybody, with the reason, or closed: for the log.
    pub breaker_changes: Vec<(String, Option<Reason>)>,
    /// Client tokens that asked last.
    pub askers: Askers,
    pub firewall: Firewall,
    pub retries: RetryBudget,
    /// When a key whose cooldown nobody named may be tried again for want of another.
    pub soft_try_at: Millis,
    pub timers: Timers,
    pub counts: Counts,
    /// Why keys are not in rotation, counted.
    pub reasons: Reasons,
    pub changed: Changes,
}

impl ProviderPool {
    pub fn new(rules: Rules, shared: bool) -> Self {
        Self {
            rules,
            keys: Vec::new(),
            free: Vec::new(),
            by_id: HashMap::new(),
            accounts: Vec::new(),
            account_names: HashMap::new(),
            free_accounts: Vec::new(),
            roomy: HashSet::new(),
            full_accounts: Elsewhere::default(),
            full_keys: Elsewhere::default(),
            ring: Ring::default(),
            model_rings: HashMap::new(),
            models: HashMap::new(),
            breaker_changes: Vec::new(),
            askers: Askers::default(),
            firewall: Firewall::default(),
            retries: RetryBudget::default(),
            soft_try_at: Millis(0),
            timers: Timers::default(),
            counts: Counts::default(),
            reasons: Reasons::default(),
            changed: Changes::new(shared),
        }
    }

    /// Makes room for so many more keys.
    pub fn reserve(&mut self, keys: usize) {
        self.keys.reserve(keys);
        self.by_id.reserve(keys);
        self.accounts.reserve(keys);
    }

    pub fn put(&mut self, spec: &KeySpec, now: Millis) {
        self.remove(spec.id);
        let account = self.account_for(&spec.account);
        let slot = self.place(Key::new(spec, account));
        self.by_id.insert(spec.id, slot);
        self.counts.active += 1;
        self.join_account(slot);
        let (mut news, mut shares) = (false, false);
        if let Some(account) = self.accounts.get_mut(account) {
            if let Some((reason, until)) = spec.cooling
                && spec.cooling_account
            {
                news = account.cooldown.extend(until, reason);
            }
            shares = account.cooldown.active(now).is_some();
        }
        for (model, reason, until) in &spec.model_blocks {
            self.block_model(slot, model, *until, *reason, now);
        }
        if let Some(key) = self.key_mut(slot)
            && key.disabled.is_some_and(|(_, until)| until.is_some_and(|until| until <= now))
        {
            // Its bench ended while nobody looked.
            key.disabled = None;
            key.failures = 0;
            self.changed.insert(spec.id);
        }
        if news {
            self.refresh_account(account, now);
        } else {
            self.refresh(slot, now);
        }
        if shares && !spec.cooling_account {
            self.changed.insert(spec.id);
        }
        // Its own cap may be the largest, so that there is room for the others now.
        self.unpark(account);
        self.bring_in(slot);
    }

    pub fn remove(&mut self, key: KeyId) {
        let Some(slot) = self.by_id.remove(&key) else { return };
        let Some(key) = self.keys.get_mut(slot as usize).and_then(Option::take) else { return };
        *self.count(key.status) -= 1;
        self.reasons.count(key.why, None);
        self.full_keys.end(slot);
        self.leave_account(key.account, slot, key.max_concurrency, key.in_flight);
        for ring in self.model_rings.values_mut() {
            ring.unblock(slot);
        }
        self.changed.remove(key.id);
        self.free.push(slot);
    }

    pub fn slot_of(&self, key: KeyId) -> Option<Slot> {
        self.by_id.get(&key).copied()
    }

    pub fn key_mut(&mut self, slot: Slot) -> Option<&mut Key> {
        self.keys.get_mut(slot as usize)?.as_mut()
    }

    /// Looks at a key anew: counts it under its status and brings it into the rings when usable.
    pub fn refresh(&mut self, slot: Slot, now: Millis) {
        let Some(key) = self.keys.get_mut(slot as usize).and_then(Option::as_mut) else { return };
        let Some(account) = self.accounts.get(key.account) else { return };
        let (status, why, look_again) = key.judge(&account.cooldown, now);
        let before = std::mem::replace(&mut key.status, status);
        self.reasons.count(std::mem::replace(&mut key.why, why), why);
        let back = status == Status::Active && before != Status::Active;
        if back && key.disabled.take().is_some() {
            // The bench is over: the key starts with a clean sheet.
            key.failures = 0;
            self.changed.insert(key.id);
        }
        if key.wake_at != look_again {
            key.wake_at = look_again;
            look_again.into_iter().for_each(|at| self.timers.set(at, slot));
        }
        *self.count(before) -= 1;
        *self.count(status) += 1;
        if back {
            self.bring_in(slot);
        }
    }

    /// Puts a key into every ring that it is missing from.
    pub fn bring_in(&mut self, slot: Slot) {
        self.ring.insert(slot);
        for own in self.model_rings.values_mut() {
            if !own.blocks(slot) {
                own.ring.insert(slot);
            }
        }
    }

    fn place(&mut self, key: Key) -> Slot {
        if let Some(slot) = self.free.pop()
            && let Some(place) = self.keys.get_mut(slot as usize)
        {
            *place = Some(key);
            return slot;
        }
        self.keys.push(Some(key));
        u32::try_from(self.keys.len() - 1).unwrap_or(Slot::MAX)
    }
}
